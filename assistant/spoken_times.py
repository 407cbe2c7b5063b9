"""How numbers, lengths of time, times and choices are said in English.

For plugins too: a voice reads "7:10" in many ways, and "ten past seven" in one.
"""

from collections.abc import Sequence
from datetime import datetime

SMALL_NUMBERS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
"""By their values."""

TENS = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
"""By a tenth of their values."""

UNITS_S = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
"""How long each unit of time lasts, s; the longest is the first."""

_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip
_FRACTIONS = {15: "a quarter", 30: "half"}


def in_words(number: int) -> str:
    """Return a number as it is said: "twenty one"; in digits unless it is from 0 to 99."""
    if not 0 <= number <= 99:
        return str(number)
    if number < len(SMALL_NUMBERS):
        return SMALL_NUMBERS[number]
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]} {SMALL_NUMBERS[ones]}" if ones else TENS[tens]


def spoken_length(length_s: float) -> str:
    """Return a length of time in its two largest units: "one hour and ten minutes".

    Args:
        length_s: how long, s; less than a second is said as one.
    """
    left, parts = max(1, round(length_s)), []
    for unit, unit_s in UNITS_S.items():
        count, left = divmod(left, unit_s)
        if count:
            parts.append(f"{in_words(count)} {unit}{'s' if count > 1 else ''}")
    return " and ".join(parts[:2])


def spoken_time(moment: datetime) -> str:
    """Return the time of day to the minute: "ten past seven in the morning"."""
    hour, minute = moment.hour, moment.minute
    if minute == 0:
        if hour % 12 == 0:
            return "noon" if hour else "midnight"
        return f"{in_words(hour % 12)} o'clock {part_of_day(hour)}"
    way, count = ("past", minute) if minute <= 30 else ("to", 60 - minute)
    full = (hour + (way == "to")) % 12 or 12
    unit = "" if count % 5 == 0 else " minute" if count == 1 else " minutes"
    counted = _FRACTIONS.get(count, in_words(count) + unit)
    return f"{counted} {way} {in_words(full)} {part_of_day(hour)}"


def part_of_day(hour: int) -> str:
    """Return when an hour is, 0 to 23: "in the morning"; from 22 to 4 it is night."""
    if hour < 5 or hour >= 22:
        return "at night"
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    return f"in the {part}"


def spoken_date(moment: datetime) -> str:
    """Return the day: "Friday, the first of January"."""
    *front, last = in_words(moment.day).split()
    day = " ".join([*front, _ORDINALS.get(last, f"{last}th")])
    return f"{moment:%A}, the {day} of {moment:%B}"


def spoken_moment(moment: datetime, now: datetime) -> str:
    """Return when a later time is, as heard now: "tomorrow at noon".

    The day is named by its date from a week on, and not at all where it is today.
    """
    days = (moment.date() - now.date()).days
    day = f"on {moment:%A}" if days < 7 else f"on {spoken_date(moment)}"
    day = {0: "", 1: "tomorrow"}.get(days, day)
    return f"{day} at {spoken_time(moment)}".strip()


def one_of(choices: Sequence[str]) -> str:
    """Return a choice as it is said: "one, two or three"; there must be one at least."""
    *front, last = choices
    return f"{', '.join(front)} or {last}" if front else last
