"""How lengths of time and times of day are understood in English text.

Own code, because the maintained library for it, ovos-date-parser 0.29, read 11 of 26
lengths and 14 of 45 times as they were meant (sentences of our tests, 2026-11-23).

The expressions have no groups and may stand in those of a plugin, which must be compiled with
``re.IGNORECASE``; the functions read what they find. All take a text that went through
`plain_text`.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from assistant.spoken_times import SMALL_NUMBERS, TENS, UNITS_S


def _any_of(words: Iterable[str]) -> str:
    return rf"(?:{'|'.join(words)})\b"


_DIGIT = _any_of(SMALL_NUMBERS[1:10])
_IN_WORDS = rf"(?:{_any_of(TENS[2:])}(?: {_DIGIT})?|{_any_of(SMALL_NUMBERS[1:])})"
_VALUES = {word: n for n, word in enumerate(SMALL_NUMBERS)} | {
    word: 10 * n for n, word in enumerate(TENS)
}

NUMBER = rf"\b(?:{_IN_WORDS}|\d+)"
"""A whole number below a hundred, in words, or any in digits."""

# Lengths of time.

_UNITS_S = UNITS_S | {"sec": 1, "min": 60, "hr": 3_600, "week": 7 * 86_400}
_UNIT = rf"(?:{'|'.join(_UNITS_S)})s?\b"
_FACTORS = {"half": 0.5, "quarter": 0.25, "hundred": 100}
_FRACTION = r"(?:(?:an? |three )?(?:half|quarters?)\b)"
_COUNT = (
    rf"(?:\d+(?:[.,]\d+)?|(?:(?:an?|{_IN_WORDS}) )?hundred(?: and)?(?: {_IN_WORDS})?"
    rf"|{_IN_WORDS}|an?\b(?: couple\b)?(?: of\b)?|couple of)"
)
_PART = (
    rf"(?:{_FRACTION}(?: of)?(?: an?)? {_UNIT}"
    rf"|{_COUNT}(?: and {_FRACTION})?(?: more)? {_UNIT}(?: and {_FRACTION})?)"
)
LENGTH = rf"\b{_PART}(?:(?: and)? {_PART})*(?: {_IN_WORDS}(?=$| please| timer))?"
"""A length of time: "an hour and a half", "one minute thirty"."""

# Times on a clock.

_HOUR = rf"(?:{_any_of(SMALL_NUMBERS[1:13])}|\d\d?\b)"
_READING = (
    r"\b(?:(?P<name>noon|midday|midnight)\b|(?P<digits>\d\d?[:.]\d\d)\b"
    rf"|(?:(?P<count>half|(?:a )?quarter|{_IN_WORDS}|\d\d?)(?: minutes?)? (?P<way>past|to) )?"
    rf"(?P<hour>{_HOUR})(?: o'clock\b)?(?: (?P<minute>(?:oh|o) {_DIGIT}|{_IN_WORDS}))?)"
    r"(?: (?:am|pm|in the (?:morning|afternoon|evening)|at night)\b)?"
    rf"(?! {_UNIT})"
)
CLOCK = re.sub(r"\?P<\w+>", "?:", _READING)
"""A time on a clock: "ten to six in the evening", "19:30"."""

_WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
DAY = (
    r"\b(?:today|tonight|(?:this|in the) (?:morning|afternoon|evening)"
    rf"|(?:tomorrow|(?:on |this |next )?{_any_of(_WEEKDAYS)})"
    r"(?: (?:morning|afternoon|evening|night))?)\b"
)
"""A day of the coming week, or a part of one: "on Sunday evening"."""

# Both.

_FROM_NOW = rf"{LENGTH}(?! (?:past|to) {_HOUR})(?: from now| time)?"
SURE_TIME = (
    rf"\b(?:(?:in|after)(?: about)? {_FROM_NOW}|(?:{DAY} )?at(?: about)? {CLOCK}(?: {DAY})?)"
)
"""What can be nothing but a time, wherever it stands: "in ten minutes", "at seven"."""

_LEADING = r"(?:(?:in|after|for|of|to) )?(?:about )?"
_BEFORE_CLOCK = rf"(?:{DAY} )?(?:(?:at|for|by|to|until|till) )?(?:about )?"
LIKELY_TIME = rf"{_LEADING}(?:{_FROM_NOW}|{_BEFORE_CLOCK}{CLOCK}(?: {DAY})?)"
"""What is a time where one is expected: "ten minutes", "seven"."""

_ORDINAL = r"(?:\d+|first|second|third|\w+th)\b"
_DATE = re.compile(
    r"\b(?:january|february|april|june|july|august|september|october|november|december"
    rf"|of (?:march|may)|(?:march|may) (?:the )?{_ORDINAL}|next (?:week|month|year))\b"
    rf"|^(?:on |for )?the (?:\w+ )?{_ORDINAL}",
    re.IGNORECASE,
)
_SURE, _LIKELY, _DAY, _ONLY_LENGTH, _ONLY_CLOCK = (
    re.compile(expression, re.IGNORECASE)
    for expression in (
        SURE_TIME,
        LIKELY_TIME,
        DAY,
        rf"(?:(?:in|after|for|of|to|about) ){{0,2}}{_FROM_NOW}",
        rf"{_LEADING}{_BEFORE_CLOCK}{_READING}(?: {DAY})?",
    )
)
_DAY_AT_AN_END = re.compile(rf"^{DAY}|(?<= ){DAY}$", re.IGNORECASE)

_HALF_DAY = timedelta(hours=12)
_HOURS = {
    "am": range(12), "morning": range(12), "pm": range(12, 24), "afternoon": range(12, 18),
    "evening": range(16, 24), "tonight": (*range(17, 24), *range(5)),
    "night": (*range(17, 24), *range(5)),
}  # fmt: skip
"""Of each part of a day."""


def plain_text(text: str) -> str:
    """Return the words and numbers of a text, with one space between them.

    "Wake me at 7:30 p.m., please!" is "Wake me at 7:30 pm please".
    """
    text = re.sub(r"\b([ap])\.? ?m\b", r"\1m", text.replace("’", "'"), flags=re.IGNORECASE)
    return " ".join(re.findall(r"\d+(?:[.:,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*", text))


def split_time(text: str) -> tuple[str, str]:
    """Return the time that is said in a text, and the other words; "" for what there is not.

    "to call Anna in ten minutes" gives "in ten minutes" and "to call Anna". A time is taken
    at the beginning, unless that is "to", or else the last one that is surely one, or else a
    day at an end; `next_moment` tells no time of a day alone.
    """
    found = None if text.lower().startswith("to ") else _LIKELY.match(text)
    found = found or [None, *_SURE.finditer(text)][-1] or _DAY_AT_AN_END.search(text)
    if found is None:
        return "", text
    others = f"{text[: found.start()]} {text[found.end() :]}"
    return found.group(), " ".join(others.split())


def names_date(text: str) -> bool:
    """Return whether a day is named that `next_moment` does not know: "the third of june"."""
    return _DATE.search(text) is not None


def length_of(text: str) -> float | None:
    """Return how long that is, s; None for what is no length, as a time on a clock.

    Args:
        text: a length and no more, but for what leads to it: "in about an hour and a half".
    """
    return _total_s(text) if _ONLY_LENGTH.fullmatch(text) else None


def _total_s(length: str) -> float:
    total_s = whole = amount = unit_s = 0.0
    for word in length.lower().split():
        singular = word.removesuffix("s")
        if singular in _UNITS_S:
            unit_s = _UNITS_S[singular]
            total_s += (whole + amount) * unit_s
            whole = amount = 0.0
        elif singular in _FACTORS:
            amount = (amount or 1) * _FACTORS[singular]
        elif word == "and":
            whole, amount = whole + amount, 0.0
        elif word in ("a", "an"):
            amount = amount or 1
        else:
            amount = 2 if word == "couple" else amount + _value(word)
    left = whole + amount  # "an hour and a half", "one hour thirty"
    return total_s + left * (unit_s if left < 1 else unit_s / 60)


def _value(word: str) -> float:
    """Return the number that a word is; 0 for another word."""
    digits = word.replace(",", ".")
    return float(digits) if digits[:1].isdigit() else _VALUES.get(word, 0)


def next_moment(
    text: str, now: datetime, usual_hours: Collection[int] | None = None
) -> datetime | None:
    """Return when a time on a clock comes next; None where the text is no such time.

    Args:
        text: a time on a clock, with the day if one was named: "tomorrow at seven".
        now: a local time without a zone.
        usual_hours: the hours, 0 to 23, that are meant rather where it may be two: for waking
            "at seven" is in the morning. None for those of the day where a day is named, and
            for whichever comes first where none is.
    """
    text = text.lower()
    clock = _ONLY_CLOCK.fullmatch(text)
    times = _times_of(clock) if clock else []
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = (midnight + timedelta(days) + time for days in range(8) for time in times)
    words = text.split()
    fitting = [moment for moment in moments if moment > now and _fits(moment, words, now)]
    usual = usual_hours or (range(6, 18) if _DAY.search(text) else range(24))
    return min(fitting, key=lambda moment: (moment.hour not in usual, moment), default=None)


def _times_of(clock: re.Match[str]) -> list[timedelta]:
    """Return the times that are meant, counted from midnight: of "seven" there are two."""
    if clock["name"]:
        return [timedelta() if clock["name"] == "midnight" else _HALF_DAY]
    hour_word, *minute_words = re.split(r"[:. ]", clock["digits"] or clock["hour"])
    minute_words += (clock["minute"] or "").split()
    hour, minute = int(_value(hour_word)), _minutes(minute_words)
    if hour > 23 or minute > 59:
        return []
    if clock["way"]:
        count = _minutes(clock["count"].split())
        minute = count if clock["way"] == "past" else -count
    time = timedelta(hours=hour, minutes=minute) % (2 * _HALF_DAY)
    if hour > 12 or hour_word.startswith("0"):
        return [time]
    return [time % _HALF_DAY, time % _HALF_DAY + _HALF_DAY]


def _minutes(words: Iterable[str]) -> int:
    """Return the sum of number words; of an hour a half is 30 and a quarter 15."""
    return int(sum({"half": 30, "quarter": 15}.get(word) or _value(word) for word in words))


def _fits(moment: datetime, words: Sequence[str], now: datetime) -> bool:
    """Return whether a moment is on the day, and in the part of it, that the words name."""
    hours = next((_HOURS[word] for word in words if word in _HOURS), range(24))
    weekday = next((word for word in words if word in _WEEKDAYS), "")
    days = (moment.date() - now.date()).days
    if weekday:
        is_that_day = _WEEKDAYS[moment.weekday()] == weekday
    elif "tomorrow" in words:
        is_that_day = days == 1
    else:
        is_that_day = days == 0 or not {"today", "this"} & set(words)
    return is_that_day and moment.hour in hours
