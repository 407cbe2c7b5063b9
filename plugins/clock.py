"""Tells the time and the date, and keeps timers, alarms and reminders.

Each speaks by itself when it is due, also after a restart; the store knows what runs.
"""

import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from assistant import AssistantError, Context, Reply, Utterance

ASKS_S = 20.0
"""So long the answer to a question is waited for, s."""

LONGEST_REQUEST = 300
"""Who says more, in characters, wants something else."""

LONGEST_S = 366 * 86_400.0
"""No timer takes longer, s."""

MAX_TIMERS = 50
"""Of all kinds; the assistant takes a hundred announcements of a plugin."""


class Lines:
    """Wordings of one thing, said in turn, so that none comes twice in a row."""

    def __init__(self, *wordings: str) -> None:
        """Take at least two; braces name what is filled in."""
        self.wordings = wordings
        self._n_said = 0

    def line(self, **values: str) -> str:
        """Return the next one, filled in."""
        self._n_said += 1
        said = self.wordings[(self._n_said - 1) % len(self.wordings)].format(**values)
        return said[:1].upper() + said[1:]


TIME = Lines("It is {time}.", "My clock says {time}.", "It is now {time}.")
DAYS = {
    -1: Lines("Yesterday was {date}.", "It was {date}."),
    0: Lines("Today is {date}.", "It is {date}."),
    1: Lines("Tomorrow is {date}.", "It will be {date}."),
}
"""By how many days from today."""
MONTH = Lines("It is {month}.", "This is {month}.")
HOW_LONG = Lines("For how long?", "How long shall it run?")
FOR_WHEN = Lines("At what time?", "For what time?")
OF_WHAT = Lines("What shall I remind you of?", "Of what?")
TOO_VAGUE = Lines("How many minutes is that?", "Tell me a number, such as ten minutes.")
ALL_RIGHT = Lines("All right.", "Then I leave it.")
SET = {
    "timer": Lines("Your {label} runs for {length}.", "{length} for your {label}."),
    "alarm": Lines("The alarm will ring {when}.", "Your alarm is set: {when}."),
    "reminder": Lines("I will remind you {when}{task}.", "A reminder comes {when}{task}."),
}
DUE = {
    "timer": Lines("Your {label} is done.", "Time is up for your {label}."),
    "alarm": Lines("Ring, ring. This is your {label}.", "Wake up. This is your {label}."),
    "reminder": Lines("This is your reminder{task}.", "You wanted a reminder{task}."),
}
STATUS = {
    "timer": Lines("Your {label} has {left} left.", "{left} left for your {label}."),
    "alarm": Lines("Your alarm comes {when}.", "Your alarm rings {when}."),
    "reminder": Lines("Your reminder comes {when}{task}.", "I remind you {when}{task}."),
}
NONE = Lines("There is no {kind}.", "No {kind} is set.")
HOW_MANY = Lines("There are {count} {kind}s.", "{count} {kind}s are set.")
NO_SUCH = Lines("There is no such {kind}.", "I know no such {kind}.")
WHICH = Lines("Which one: {labels}?", "Do you mean {labels}?")
CANCELLED = Lines("I cancelled the {label}.", "It is off: the {label}.")
CANCELLED_MANY = Lines("I cancelled {count} {kind}s.", "They are off, {count} {kind}s.")
TOO_MANY = Lines("So many are set. Cancel one first.", "I keep fifty. Cancel one first.")
TOO_LONG = Lines("A year is the most that I can wait.", "I can wait for a year at most.")
NO_DATES = Lines(
    "I know the days of a week, and no dates. Say a day or a number of days.",
    "I can't look so far. Say a day of this week, or in how many days.",
)
NO_CHANGE = Lines(
    "I can't change it. Cancel it and set another one.",
    "It can't be changed. Set a new one and cancel this.",
)
NOT_KEPT = Lines("I can't keep it. Is the disk full?", "It was not kept. Is the disk full?")

# How numbers and times are said.

SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
    "nineteen",
)  # fmt: skip
TENS = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth",
    "nine": "ninth", "twelve": "twelfth", "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip
LENGTHS_S = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}


def in_words(number: int) -> str:
    """Return a number as it is said; from a hundred on in digits."""
    if number < len(SMALL):
        return SMALL[number]
    if number > 99:
        return str(number)
    tens, ones = divmod(number, 10)
    return f"{TENS[tens]} {SMALL[ones]}" if ones else TENS[tens]


def spoken_length(length_s: float) -> str:
    """Return a length of time in its two largest units: "one hour and ten minutes"."""
    left, parts = max(1, round(length_s)), []
    for unit, unit_s in LENGTHS_S.items():
        count, left = divmod(left, unit_s)
        if count:
            parts.append(f"{in_words(count)} {unit}{'s' if count > 1 else ''}")
    return " and ".join(parts[:2])


def spoken_time(moment: datetime) -> str:
    """Return the time of day: "ten past seven in the morning"."""
    hour, minute = moment.hour, moment.minute
    if minute == 0:
        if hour % 12 == 0:
            return "noon" if hour else "midnight"
        return f"{in_words(hour % 12)} o'clock {part_of_day(hour)}"
    way, count = ("past", minute) if minute <= 30 else ("to", 60 - minute)
    full = (hour + (way == "to")) % 12 or 12
    unit = "" if count % 5 == 0 else " minute" if count == 1 else " minutes"
    counted = {15: "a quarter", 30: "half"}.get(count, in_words(count) + unit)
    return f"{counted} {way} {in_words(full)} {part_of_day(hour)}"


def part_of_day(hour: int) -> str:
    """Return when that hour is: "in the morning"."""
    if hour < 5 or hour >= 22:
        return "at night"
    part = "morning" if hour < 12 else "afternoon" if hour < 18 else "evening"
    return f"in the {part}"


def spoken_date(moment: datetime) -> str:
    """Return the day: "Friday, the first of January"."""
    *front, last = in_words(moment.day).split()
    day = " ".join([*front, ORDINALS.get(last, f"{last}th")])
    return f"{moment:%A}, the {day} of {moment:%B}"


def spoken_moment(moment: datetime, now: datetime) -> str:
    """Return when it is, as heard now: "tomorrow at noon"."""
    days = (moment.date() - now.date()).days
    day = f"on {moment:%A}" if days < 7 else f"on {spoken_date(moment)}"
    day = {0: "", 1: "tomorrow"}.get(days, day)
    return f"{day} at {spoken_time(moment)}".strip()


def one_of(labels: Sequence[str]) -> str:
    """Return a choice as one says it: "one, two or three"."""
    *front, last = labels
    return f"{', '.join(front)} or {last}"


# How lengths and times are understood. The expressions find them, functions read them.


def any_of(words: Iterable[str]) -> str:
    """Return the expression of one of these words."""
    return rf"(?:{'|'.join(words)})\b"


DIGIT = any_of(SMALL[1:10])
NUMBER = rf"(?:{any_of(TENS[2:])}(?: {DIGIT})?|{any_of(SMALL[1:])})"
VALUES = {word: n for n, word in enumerate(SMALL)} | {
    word: 10 * n for n, word in enumerate(TENS)
}
UNITS_S = LENGTHS_S | {"sec": 1, "min": 60, "hr": 3_600, "week": 7 * 86_400}
BARE = rf"(?:{NUMBER}|\d+)"
"""A number alone."""
UNIT = rf"(?:{'|'.join(UNITS_S)})s?\b"
FRACTION = r"(?:(?:an? |three )?(?:half|quarters?)\b)"
COUNT = (
    rf"(?:\d+(?:[.,]\d+)?|(?:(?:an?|{NUMBER}) )?hundred(?: and)?(?: {NUMBER})?|{NUMBER}"
    r"|an?\b(?: couple\b)?(?: of\b)?|couple of)"
)
PART = (
    rf"(?:{FRACTION}(?: of)?(?: an?)? {UNIT}"
    rf"|{COUNT}(?: and {FRACTION})?(?: more)? {UNIT}(?: and {FRACTION})?)"
)
LENGTH = rf"\b{PART}(?:(?: and)? {PART})*(?: {NUMBER}(?=$| please| timer))?"

HOUR = rf"(?:{any_of(SMALL[1:13])}|\d\d?\b)"
PART_OF_DAY = r"(?:am|pm|in the (?:morning|afternoon|evening)|at night)\b"
CLOCK = (
    r"(?:(?P<name>noon|midday|midnight)\b|(?P<digits>\d\d?[:.]\d\d)\b"
    rf"|(?:(?P<count>half|(?:a )?quarter|{NUMBER}|\d\d?)(?: minutes?)? (?P<way>past|to) )?"
    rf"(?P<hour>{HOUR})(?: o'clock\b)?(?: (?P<minute>(?:oh|o) {DIGIT}|{NUMBER}))?)"
    rf"(?: {PART_OF_DAY})?(?! {UNIT})"
)
CLOCK_TIME = re.compile(CLOCK, re.IGNORECASE)
WEEKDAYS = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
)  # fmt: skip
DAY = (
    r"(?:today|tonight|(?:this|in the) (?:morning|afternoon|evening)"
    rf"|(?:tomorrow|(?:on |this |next )?{any_of(WEEKDAYS)})"
    r"(?: (?:morning|afternoon|evening|night))?)\b"
)
A_CLOCK = re.sub(r"\?P<\w+>", "?:", CLOCK)
A_LENGTH = rf"{LENGTH}(?! (?:past|to) {HOUR})(?: from now| time)?"
SURE = rf"(?:(?:in|after)(?: about)? {A_LENGTH}|(?:{DAY} )?at(?: about)? {A_CLOCK}(?: {DAY})?)"
"""What can be nothing but a time, wherever it stands."""
LIKELY = (
    rf"(?:(?:in|after|for|of|to) )?(?:about )?(?:{A_LENGTH}"
    rf"|(?:{DAY} )?(?:(?:at|for|by|to|until|till) )?(?:about )?{A_CLOCK}(?: {DAY})?)"
)
"""What is a time where one is expected."""
SURE_TIME, LIKELY_TIME = re.compile(SURE, re.IGNORECASE), re.compile(LIKELY, re.IGNORECASE)
LEADING = r"(?:(?:in|after|for|of|to|about) ){0,2}"
ONLY_LENGTH = re.compile(rf"{LEADING}{A_LENGTH}", re.IGNORECASE)
ONLY_NUMBER = re.compile(rf"{LEADING}{BARE}", re.IGNORECASE)
DAY_NAMED = re.compile(DAY, re.IGNORECASE)
DAY_AT_AN_END = re.compile(rf"^{DAY}|(?<= ){DAY}$", re.IGNORECASE)
NO_TIME = re.compile(rf"(?:(?:for )?{DAY}|early|later|soon|please|at|for| )*", re.IGNORECASE)
"""What leaves open at what time."""
ORDINAL = r"(?:\d+|first|second|third|\w+th)\b"
FAR = re.compile(
    r"\b(?:january|february|april|june|july|august|september|october|november|december"
    rf"|of (?:march|may)|(?:march|may) (?:the )?{ORDINAL}|next (?:week|month|year))\b"
    rf"|^(?:on |for )?the (?:\w+ )?{ORDINAL}",
    re.IGNORECASE,
)
"""A day that is not of this week."""
PARTS = {
    "am": range(12), "morning": range(12), "pm": range(12, 24), "afternoon": range(12, 18),
    "evening": range(16, 24), "tonight": (*range(17, 24), *range(5)),
    "night": (*range(17, 24), *range(5)),
}  # fmt: skip
"""The hours of each part of a day."""
HALF_DAY = 12 * 60
"""Minutes."""
FACTORS = {"half": 0.5, "quarter": 0.25, "hundred": 100}


def length_of(text: str) -> float:
    """Return how long something lasts, s; a number alone means minutes."""
    total_s = whole = amount = 0.0
    unit_s = 3_600
    for word in text.lower().split():
        singular = word.removesuffix("s")
        if singular in UNITS_S:
            unit_s = UNITS_S[singular]
            total_s += (whole + amount) * unit_s
            whole = amount = 0.0
        elif singular in FACTORS:
            amount = (amount or 1) * FACTORS[singular]
        elif word == "and":
            whole, amount = whole + amount, 0.0
        elif word in ("a", "an"):
            amount = amount or 1
        else:
            amount = 2 if word == "couple" else amount + value_of(word)
    left = whole + amount
    return total_s + left * (unit_s if left < 1 else unit_s / 60)


def value_of(word: str) -> float:
    """Return the number that a word is; 0 for another word."""
    digits = word.replace(",", ".")
    return float(digits) if digits[:1].isdigit() else VALUES.get(word, 0)


def minutes_of(clock: re.Match[str]) -> tuple[int, bool] | None:
    """Return the time on a clock in minutes, and whether it says which half of the day."""
    if name := clock["name"]:
        return (0 if name.lower() == "midnight" else HALF_DAY), True
    hour_word, *minute_words = re.split(r"[:. ]", clock["digits"] or clock["hour"])
    minute_words += (clock["minute"] or "").split()
    hour, minute = int(value_of(hour_word.lower())), spoken_number(minute_words)
    if hour > 23 or minute > 59:
        return None
    if clock["way"]:
        count = spoken_number(clock["count"].split())
        minute = count if clock["way"].lower() == "past" else -count
    return (60 * hour + minute) % (2 * HALF_DAY), hour > 12 or hour_word.startswith("0")


def spoken_number(words: Iterable[str]) -> int:
    """Return the sum of number words; of an hour a half is 30 and a quarter 15."""
    minutes = VALUES | {"half": 30, "quarter": 15}
    return int(sum(minutes.get(word.lower(), 0) or value_of(word) for word in words))


def moment_of(when: str, is_alarm: bool, now: datetime) -> datetime | None:
    """Return the next time that is meant; None where there is no such time.

    Args:
        when: a day, if one was named, and a time on a clock.
        is_alarm: whether somebody is to be woken: "at seven" is in the morning then.
        now: a local time.
    """
    clock = CLOCK_TIME.search(when)
    read = minutes_of(clock) if clock else None
    if read is None:
        return None
    minutes, is_exact = read
    times = [minutes] if is_exact else [minutes % HALF_DAY, minutes % HALF_DAY + HALF_DAY]
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    moments = (midnight + timedelta(days, minutes=n) for days in range(8) for n in times)
    words = when.lower().split()
    fitting = [moment for moment in moments if moment > now and fits(moment, words, now)]
    usual = range(5, 12) if is_alarm else range(6, 18) if DAY_NAMED.search(when) else range(24)
    return min(fitting, key=lambda moment: (moment.hour not in usual, moment), default=None)


def fits(moment: datetime, words: Sequence[str], now: datetime) -> bool:
    """Return whether a moment is on the day, and in the part of it, that the words name."""
    hours = next((PARTS[word] for word in words if word in PARTS), range(24))
    weekday = next((word for word in words if word in WEEKDAYS), "")
    days = (moment.date() - now.date()).days
    if weekday:
        is_that_day = WEEKDAYS[moment.weekday()] == weekday
    elif "tomorrow" in words:
        is_that_day = days == 1
    else:
        is_that_day = days == 0 or not {"today", "this"} & set(words)
    return is_that_day and moment.hour in hours


def due_of(when: str, kind: str, now_s: float) -> float | None:
    """Return when that is, in seconds since 1970; None where it is no time."""
    is_minutes = kind == "timer" and ONLY_NUMBER.fullmatch(when)
    if is_minutes or ONLY_LENGTH.fullmatch(when):
        return now_s + length_of(when)
    moment = moment_of(when, kind == "alarm", datetime.fromtimestamp(now_s))
    return moment.timestamp() if moment else None


# What runs.


@dataclass(frozen=True)
class Timer:
    """What is to be said at some time: a timer, an alarm or a reminder."""

    kind: str
    """``timer``, ``alarm`` or ``reminder``."""
    due_s: float
    """When, in seconds since 1970 (UTC)."""
    name: str = ""
    """Of a reminder what it is about, such as "to call Anna"."""
    length_s: float = 0.0
    """How long it was set for, s; 0 for a time of the day."""
    key: str = ""
    """By which the assistant knows it."""

    @property
    def label(self) -> str:
        """What it is called: "egg timer"."""
        if self.kind == "timer":
            length = re.sub(r"(?<=[a-z])s\b", "", spoken_length(self.length_s))
            return f"{self.name or length} timer"
        if self.kind == "reminder":
            return f"reminder{self.task}"
        return f"{self.name} alarm for {spoken_time(self.due)}".strip()

    @property
    def task(self) -> str:
        """What it is about, as it follows other words."""
        is_joined = re.match(r"(?:to|that|about) ", self.name)
        return f" {self.name}" if is_joined else f": {self.name}" if self.name else ""

    def confirmation(self, now_s: float) -> str:
        """Return what is said when it was set."""
        return self.said(SET[self.kind], now_s, self.length_s > 0)

    @property
    def due(self) -> datetime:
        """When, by the clock on the wall."""
        return datetime.fromtimestamp(self.due_s)

    def said(self, lines: Lines, now_s: float, is_new: bool = False) -> str:
        """Return the next of the lines, with what it tells of this one."""
        length = spoken_length(self.length_s)
        moment = spoken_moment(self.due, datetime.fromtimestamp(now_s))
        return lines.line(
            label=f"{self.name} timer".strip() if is_new else self.label,
            length=length,
            left=spoken_length(self.due_s - now_s),
            when=f"in {length}" if is_new else moment,
            task=self.task,
        )


def running(context: Context, now_s: float) -> list[Timer]:
    """Return what has not come yet, in the order in which it was set."""
    kept = [Timer(**each) for each in context.store.get("timers", [])]
    return [timer for timer in kept if timer.due_s > now_s]


def keep(context: Context, timers: Iterable[Timer]) -> None:
    """Know these from now on, and no others."""
    context.store["timers"] = [asdict(timer) for timer in timers]


def announce(context: Context, timer: Timer) -> str:
    """Have it said when it is due; returns its key."""
    text = timer.said(DUE[timer.kind], timer.due_s)
    return context.say(text, at=timer.due, key=timer.key)


def start(context: Context) -> None:
    """Announce again what runs: the assistant forgets it while this plugin is disabled."""
    for timer in running(context, time.time()):
        announce(context, timer)


# What is asked for.

Take = Callable[[str, Context, float], Reply | None]
"""Takes what was said, the context and the time in seconds since 1970."""


@dataclass
class Question:
    """What was asked back."""

    take: Take | None = None
    """Takes the answer."""


question = Question()


def ask(line: str, take: Take) -> Reply:
    """Return a question whose answer is given to ``take``."""
    question.take = take
    return Reply(line, asks_s=ASKS_S)


@dataclass(frozen=True)
class Request:
    """What is to be set, as far as it was said."""

    kind: str
    name: str = ""
    when: str = ""
    day: str = ""
    """Which day, where only that was said."""


NO = re.compile(
    r"(?:no|nope|none|nothing|never|don't|cancel|(?:cancel|forget|leave) (?:it|that)"
    r"|no (?:thanks|thank you|timer|alarm|reminder))",
    re.IGNORECASE,
)
VAGUE = re.compile(
    r"(?:(?:for|just|only|about|in|quite|not|a) )*(?:few|some|several|while|moment|bit|long)"
    r"(?: (?:minutes|hours|seconds))?|minutes|hours",
    re.IGNORECASE,
)
BEFORE = (
    r"(?:(?:for|in|about|around|make it|let's say|say|maybe|yes|okay|well|uh|um|a|an|the) )*"
)
AFTER = r"(?: (?:please|then|from now|long|will do|is fine|thanks|thank you|timer|alarm))*"
WHEN_ANSWERED = re.compile(rf"{BEFORE}?(?P<when>{LIKELY}|{BARE}){AFTER}", re.IGNORECASE)


def fulfil(request: Request, context: Context, now_s: float) -> Reply:
    """Return the confirmation that it is set, or a question for what is missing."""
    due_s = due_of(request.when, request.kind, now_s) if request.when else None
    if due_s is None or due_s <= now_s:
        lines = HOW_LONG if request.kind == "timer" else FOR_WHEN
        return ask(lines.line(), partial(take_when, request))
    if due_s > now_s + LONGEST_S:
        return Reply(TOO_LONG.line())
    if request.kind == "reminder" and not request.name:
        return ask(OF_WHAT.line(), partial(take_task, due_s))
    is_length = request.kind == "timer" or bool(ONLY_LENGTH.fullmatch(request.when))
    length_s = due_s - now_s if is_length else 0.0
    return set_timer(Timer(request.kind, due_s, request.name, length_s), context, now_s)


def set_timer(timer: Timer, context: Context, now_s: float) -> Reply:
    """Set it; returns the confirmation."""
    timers = running(context, now_s)
    if len(timers) >= MAX_TIMERS:
        return Reply(TOO_MANY.line())
    key = announce(context, timer)
    try:
        keep(context, [*timers, replace(timer, key=key)])
    except AssistantError:
        context.cancel(key)  # or it would speak and nobody could cancel it
        raise
    return Reply(timer.confirmation(now_s))


def take_when(request: Request, said: str, context: Context, now_s: float) -> Reply | None:
    """Return what follows the answer to "For how long?"; None where it is none."""
    if NO.fullmatch(said):
        return Reply(ALL_RIGHT.line())
    on_day = f"{request.day} {said}".strip()
    if answered := WHEN_ANSWERED.fullmatch(on_day) or WHEN_ANSWERED.fullmatch(said):
        return fulfil(replace(request, when=answered["when"]), context, now_s)
    if VAGUE.fullmatch(said):
        return ask(TOO_VAGUE.line(), partial(take_when, request))
    return None


def take_task(due_s: float, said: str, context: Context, now_s: float) -> Reply | None:
    """Return what follows the answer to "Of what?"; the time may have come meanwhile."""
    if NO.fullmatch(said):
        return Reply(ALL_RIGHT.line())
    timer = Timer("reminder", max(due_s, now_s + 1), task_of(said))
    return set_timer(timer, context, now_s)


# Which one is meant.

ALL = re.compile(r"\b(?:all|both|every|everything)\b", re.IGNORECASE)
IDLE = re.compile(
    r"the|my|our|an?|all|of|both|every|everything|this|that|them|for|to|about|at|on|in|with"
    r"|until|o'clock|one|is|are|do|does|have|has|running|set|still|left|long|time|remaining|go|it|and"
    r"|please|cancel|timers?|alarms?|reminders?"
)
"""Words that tell nothing of which one is meant."""
PLACES = {"first": 0, "next": 0, "second": 1, "third": 2}
"""In the order in which they are due; the last is the one that was set last."""


def telling(text: str) -> set[str]:
    """Return the words that tell which one is meant, in the singular."""
    words = (in_words(int(word)) if word.isdigit() else word for word in text.lower().split())
    return {word.removesuffix("s") for word in words if not IDLE.fullmatch(word)}


def described(timers: Sequence[Timer], description: str) -> list[Timer]:
    """Return those that are described so; all of them by no telling word."""
    if length := re.search(LENGTH, description, re.IGNORECASE):
        length_s = length_of(length.group())
        if alike := [timer for timer in timers if abs(timer.length_s - length_s) < 1]:
            return alike
    words = telling(description)
    if words == {"last"}:
        return [timers[-1]]
    if len(words) == 1 and (place := PLACES.get(min(words))) is not None:
        return sorted(timers, key=lambda timer: timer.due_s)[place : place + 1]
    return [timer for timer in timers if words <= telling(timer.label)]


def cancel_some(
    found: Sequence[Timer], is_all: bool, context: Context, now_s: float
) -> Reply | None:
    """Return what was cancelled, or a question where several are meant; None for none."""
    if not found:
        return None
    if len(found) > 1 and not is_all:
        labels = list(dict.fromkeys(f"the {timer.label}" for timer in found))
        alike = ["the first", "the last"]
        line = WHICH.line(labels=one_of(labels if len(labels) > 1 else alike))
        return ask(line, partial(take_which, found))
    keep(context, [timer for timer in running(context, now_s) if timer not in found])
    for timer in found:
        context.cancel(timer.key)
    if len(found) == 1:
        return Reply(CANCELLED.line(label=found[0].label))
    return Reply(CANCELLED_MANY.line(count=in_words(len(found)), kind=found[0].kind))


def take_which(
    timers: Sequence[Timer], said: str, context: Context, now_s: float
) -> Reply | None:
    """Return what follows the answer to "Which one?"; None where it is none."""
    if NO.fullmatch(said):
        return Reply(ALL_RIGHT.line())
    is_all = bool(ALL.search(said))
    if not is_all and not telling(said):
        return None
    left = [timer for timer in timers if timer.due_s > now_s]
    return cancel_some(described(left, said) if left else [], is_all, context, now_s)


def told(timers: Iterable[Timer], now_s: float) -> str:
    """Return how long each has left, or when it comes."""
    return " ".join(timer.said(STATUS[timer.kind], now_s) for timer in timers)


# What a reminder is about.

YOU = {
    "i am": "you are", "i'm": "you are", "i was": "you were", "i've": "you have",
    "i'll": "you will", "i'd": "you would", "i": "you", "me": "you", "my": "your",
    "mine": "yours", "myself": "yourself",
}  # fmt: skip
FIRST_PERSON = re.compile(rf"\b(?:{'|'.join(YOU)})\b(?!')", re.IGNORECASE)


def task_of(text: str) -> str:
    """Return what somebody is to be reminded of, as it is said to them."""
    text = re.sub(r"^(?:(?:and|also|please) )+| please$", "", " ".join(text.split()))
    said = FIRST_PERSON.sub(lambda word: YOU[word.group().lower()], text)
    return re.sub(r"^(?:of|for)\b(?: |$)", "about ", said).strip()


# How it is asked for.

POLITE = re.compile(
    r"^(?:(?:please|hey|hi|hello|okay|ok|so|well|now|and|then|uh|um|oh|just|also|thanks|yes"
    r"|computer|tonewise|(?:can|could|would|will) you|let's|let me"
    r"|(?:i want|i would like|i'd like|i need) (?:you )?to) )+",
    re.IGNORECASE,
)
"""What may stand before a request."""
TIME_BEFORE = re.compile(rf"^({SURE}) ((?:remind|wake) me\b.*)$", re.IGNORECASE)
END = (
    r"(?: (?:please|now|right now|today|again|exactly|then|for me|thanks|thank you|of mine"
    r"|uh|um))*"
)
"""What may follow it."""
MISHEARD_SETTING = re.compile(
    r"^(?:set|said|should|shut|send|sir|sat)(?: (?:up|it|that))? "
    r"(?P<which>(?:(?:an?|the) )?(?:\w+ ){0,2}?)(?:timers?|time or|diner|(?P<alarm>alarm))"
    rf" (?:for|four) (?P<rest>{LIKELY}{END})$",
    re.IGNORECASE,
)
"""What PocketSphinx makes of "set a timer for ten minutes": the length it hears well."""
MISHEARD = tuple(
    (re.compile(heard, re.IGNORECASE), meant)
    for heard, meant in (
        (r"^(?:counsel|can sell)\b", "cancel"),
        (r"^((?:cancel|stop)\b.*) (?:diner|tenor|tiger)(s?)$", r"\1 timer\2"),
        (r"^(which|what) (?:diners|tenors|tigers)(?= are running$)", r"\1 timers"),
        (r"^(?:said|shouted|send|sir|sat)\b(.* (?:timer|alarm))$", r"set\1"),
    )
)
"""What it makes of other requests, and what was said."""
SETTING = (
    r"(?:(?:set|start|make|create|begin|run|add|give|get|put on|i need|i want|i'd like"
    r"|i would like)(?: up)?(?: me| us)? )"
)
THE = r"(?:(?:an?|the|my|our|another|one|this|a new|another new) )"
NO_NAME = (
    r"(?:an?|the|my|our|to|for|of|and|with|in|at|on|no|any|all|some|few|while|until|till|about"
    r"|minutes?|hours?|seconds?|days?|half|quarter|set|start|timer|alarm|it|this|that|what"
    r"|which|how|long)\b"
)
WORD = rf"(?!{NO_NAME})[^\W\d_]+"
NAME = rf"(?P<name>(?:{WORD} ){{0,3}}?)"
BY_NAME = (
    rf"(?: (?:for|called|named) {THE}?(?P<purpose>(?!{BARE}\b){WORD}(?: {WORD}){{0,2}}?))?"
)
LASTING = r"(?: (?:for|of|to|on|with|at|in|lasting))?(?: about| around)?"
SET_TIMER = (
    rf"(?P<set>{SETTING})?{THE}?(?:(?P<before>{LENGTH}) )?{NAME}(?:timers?|count ?down)"
    rf"(?:{LASTING} (?P<after>{LENGTH}|{BARE}))?{BY_NAME}(?:{LASTING} (?P<last>{LENGTH}))?{END}"
)
SET_ANY_TIMER = (
    rf"{SETTING}{THE}?{NAME}(?:timers?|count ?down) "
    rf"(?:(?P<until>(?:for|until|till|at) {A_CLOCK}){END}|.*)"
)
WAKE = r"(?:wake (?:me|us)(?: up)?|get me up)(?: (?P<rest>.*))?"
SET_ALARM = rf"(?P<set>{SETTING})?{THE}?{NAME}alarm(?: clock)?(?: (?P<rest>.*))?"
REMIND = (
    rf"(?:remind me|don't let me forget|(?:{SETTING}{THE}?)?reminder)"
    r"(?: (?P<rest>(?!(?:what|who|how|why|when|where|if|whether)\b).+))?"
)
KIND = r"(?P<kind>timer|alarm|reminder)(?P<many>s)?"
CANCEL = (
    r"(?:cancel|stop|delete|remove|end|clear|forget|drop|(?:turn|switch)(?: off)?)"
    rf"(?P<which>(?: .*)?) {KIND}"
    rf"(?: (?:for|to|about|of|at|called) (?P<more>.*?))?(?: off)?{END}"
)
HOW_LONG_LEFT = (
    r"how (?:long|much (?:more )?time|much longer|many (?:more )?(?:minutes|seconds|hours))\b"
)
LEFT = (
    rf"(?:{HOW_LONG_LEFT}(?: (?:is|his|are|do i have|have i got|there|still))*"
    rf" (?:left|remaining|to go)|how much longer|time left){END}"
)
LEFT_OF = (
    rf"(?:{HOW_LONG_LEFT}|when (?:does|do|is|are|will))(?P<which>(?: .*)?) {KIND}"
    r"(?: (?:left|remaining|to go|have|has|is|still|run|running|take|go off|ring|end|finish|be"
    rf"|done|due|over|up|set|come))*{END}"
)
LIST = (
    r"(?:which|what|what's|how many|list|show|read|tell|are|is|do|have|all)"
    r"(?: (?:me|all|of|there|any|i|a|an|the|my|got|have|are|is|do))* "
    rf"{KIND}(?: (?:are|is|do|have|i|we|there|still|set|running|active|on|got|left))*{END}"
)
CHANGE = rf"(?:add|change|pause|resume|extend|restart|shorten|move|snooze)\b.* {KIND}\b.*"

ASKED = r"(?:^| )(?<!asked )(?<!asked me )(?<!care )"
"""Before a question that is not only told of."""
TIME_ASKED = re.compile(
    rf"{ASKED}(?:what time is (?:it|a)|how late is it"
    r"|(?:what is|what's|tell me|give me) th(?:e|at) (?:exact |current )?time"
    r"|what time (?:do we have|have we got|do you have|have you got)"
    r"|(?:have you got|do you have|know) the time"
    rf"|(?:tell me|know|wonder) what time it is){END}$",
    re.IGNORECASE,
)
DATE_ASKED = re.compile(
    rf"{ASKED}(?:(?:what|which) (?:(?:week ?)?day|date)(?: of the week)?"
    r" (?:(?:is(?: it)?|will it be|do we have|have we got)(?: today| tomorrow)?"
    r"|was(?: it)? yesterday)"
    r"|(?:what is|what's|tell me) (?:the(?: current)?|today's|tomorrow's|yesterday's)"
    r" (?:day|date)"
    r"|(?:what is|what's) today|today's date"
    rf"|(?:tell me|know|wonder) (?:what|which) (?:day|date) it is){END}$",
    re.IGNORECASE,
)
MONTH_ASKED = re.compile(
    rf"{ASKED}(?:what|which) (?P<unit>month|year) (?:is it|is this|do we have){END}$",
    re.IGNORECASE,
)

Asked = re.Match[str]


def begin_timer(asked: Asked, context: Context, now_s: float) -> Reply | None:
    """Return the answer to "set an egg timer for ten minutes"."""
    when = asked["before"] or asked["after"] or asked["last"] or ""
    name = (asked["name"] or asked["purpose"] or "").strip()
    if not (when or asked["set"]) and name:
        return None  # somebody speaks of a timer
    return fulfil(Request("timer", name, when), context, now_s)


def begin_any_timer(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return the answer to what is a timer, whatever else it is."""
    name = asked["name"].strip()
    return fulfil(Request("timer", name, asked["until"] or ""), context, now_s)


def begin_waking(asked: Asked, context: Context, now_s: float) -> Reply | None:
    """Return the answer to "wake me at seven"; None where that is not all."""
    rest = asked["rest"] or ""
    if found := LIKELY_TIME.match(rest) or SURE_TIME.search(rest):
        return fulfil(Request("alarm", "", found.group()), context, now_s)
    if NO_TIME.fullmatch(rest):
        return fulfil(Request("alarm", day=day_in(rest)), context, now_s)
    return None


def begin_alarm(asked: Asked, context: Context, now_s: float) -> Reply | None:
    """Return the answer to "set an alarm for seven"; None where somebody speaks of one."""
    rest, name = asked["rest"] or "", asked["name"].strip()
    found = LIKELY_TIME.match(rest)
    if not asked["set"] and not (found and re.fullmatch(END, rest[found.end() :])):
        return None
    if FAR.search(rest):
        return Reply(NO_DATES.line())
    if found := found or SURE_TIME.search(rest):
        return fulfil(Request("alarm", name, found.group()), context, now_s)
    return fulfil(Request("alarm", name, day=day_in(rest)), context, now_s)


def day_in(rest: str) -> str:
    """Return the day that begins or ends what was said; empty where none does."""
    day = DAY_AT_AN_END.search(rest)
    return day.group() if day else ""


def begin_reminder(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return the answer to "remind me at seven to call Anna"."""
    rest = asked["rest"] or ""
    if FAR.search(rest):
        return Reply(NO_DATES.line())
    time_said = time_in(rest)
    if time_said is None:
        task = task_of(DAY_AT_AN_END.sub("", rest))
        return fulfil(Request("reminder", task, day=day_in(rest)), context, now_s)
    task = task_of(f"{rest[: time_said.start()]} {rest[time_said.end() :]}")
    return fulfil(Request("reminder", task, time_said.group()), context, now_s)


def time_in(rest: str) -> Asked | None:
    """Return where a time is at the beginning, else the last that is surely one."""
    if not rest.lower().startswith("to ") and (first := LIKELY_TIME.match(rest)):
        return first
    times = list(SURE_TIME.finditer(rest))
    return times[-1] if times else None


def cancel(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return the answer to "cancel the egg timer"."""
    kind = asked["kind"].lower()
    description = f"{asked['which']} {asked['more'] or ''}"
    of_kind = [timer for timer in running(context, now_s) if timer.kind == kind]
    if not of_kind:
        return Reply(NONE.line(kind=kind))
    found = described(of_kind, description)
    is_all = bool(asked["many"] or ALL.search(description))
    return cancel_some(found, is_all, context, now_s) or Reply(NO_SUCH.line(kind=kind))


def tell_left(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return how long all timers have left; of other things when they come."""
    all_kinds = running(context, now_s)
    timers = [timer for timer in all_kinds if timer.kind == "timer"] or all_kinds
    return Reply(told(timers, now_s) or NONE.line(kind="timer"))


def tell_left_of(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return the answer to "how long is left on the egg timer"."""
    kind = asked["kind"].lower()
    of_kind = [timer for timer in running(context, now_s) if timer.kind == kind]
    found = told(described(of_kind, asked["which"]), now_s)
    return Reply(found or (NO_SUCH if of_kind else NONE).line(kind=kind))


def tell_all(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return the answer to "which timers are running"."""
    kind = asked["kind"].lower()
    of_kind = [timer for timer in running(context, now_s) if timer.kind == kind]
    if not of_kind:
        return Reply(NONE.line(kind=kind))
    if len(of_kind) == 1:
        return Reply(told(of_kind, now_s))
    counted = HOW_MANY.line(count=in_words(len(of_kind)), kind=kind)
    return Reply(f"{counted} {told(of_kind, now_s)}")


def refuse_change(asked: Asked, context: Context, now_s: float) -> Reply:
    """Return what to do instead."""
    return Reply(NO_CHANGE.line())


REQUESTS: tuple[tuple[re.Pattern[str], Callable[[Asked, Context, float], Reply | None]], ...]
REQUESTS = tuple(
    (re.compile(pattern, re.IGNORECASE), begin)
    for pattern, begin in (
        (SET_TIMER, begin_timer),
        (SET_ANY_TIMER, begin_any_timer),
        (WAKE, begin_waking),
        (SET_ALARM, begin_alarm),
        (REMIND, begin_reminder),
        (CANCEL, cancel),
        (LEFT, tell_left),
        (LEFT_OF, tell_left_of),
        (LIST, tell_all),
        (CHANGE, refuse_change),
    )
)
"""The first that fits answers."""


def words_of(text: str) -> str:
    """Return the words and numbers of a text with one space between them."""
    text = re.sub(r"\b([ap])\.? ?m\b", r"\1m", text.replace("’", "'"), flags=re.IGNORECASE)
    return " ".join(re.findall(r"\d+(?:[.:,]\d+)*|[^\W\d_]+(?:'[^\W\d_]+)*", text))


def as_meant(request: str) -> str:
    """Return a request as it is understood below, whatever the recogniser made of it."""
    if misheard := MISHEARD_SETTING.match(request):
        kind = "alarm" if misheard["alarm"] else "timer"
        return f"set {misheard['which']}{kind} for {misheard['rest']}"
    for heard, meant in MISHEARD:
        request = heard.sub(meant, request)
    return TIME_BEFORE.sub(r"\2 \1", request)


def told_time(words: str, now: datetime) -> Reply | None:
    """Return the time or the date if the words ask for it."""
    if TIME_ASKED.search(words):
        return Reply(TIME.line(time=spoken_time(now)))
    if asked := DATE_ASKED.search(words):
        said = asked.group().lower()
        days = ("tomorrow" in said) - ("yesterday" in said)
        return Reply(DAYS[days].line(date=spoken_date(now + timedelta(days))))
    if asked := MONTH_ASKED.search(words):
        return Reply(MONTH.line(month=f"{now:%B}" if asked["unit"] == "month" else f"{now:%Y}"))
    return None


def answer(text: str, context: Context, now_s: float) -> Reply | None:
    """Return the answer to what is for a clock, None to all else.

    Args:
        text: what was said.
        context: the plugin's own.
        now_s: the time in seconds since 1970.
    """
    take, question.take = question.take, None
    words = words_of(text)
    if not words or len(words) > LONGEST_REQUEST:
        return None
    if context.is_answer and take and (reply := take(words, context, now_s)):
        return reply
    request = as_meant(POLITE.sub("", words))
    for pattern, begin in REQUESTS:
        if (asked := pattern.fullmatch(request)) and (reply := begin(asked, context, now_s)):
            return reply
    return told_time(words, datetime.fromtimestamp(now_s))


SHORT_COMMANDS = (
    "what time is it", "what's the time", "what is the time", "tell me the time",
    "what day is it", "what's the date", "what is the date", "what's today's date",
    "set a timer", "set an alarm", "how long is left", "how much time is left",
    "which timers are running", "what timers are running", "cancel the timer",
    "cancel all timers", "cancel the alarm", "cancel all alarms", "stop the timer",
    "stop the alarm", "set an egg timer", "cancel the egg timer",
)  # fmt: skip
"""Short commands; none with a number, which would be taken for another."""


@dataclass
class Settings:
    """The table ``[plugins.clock]`` of the settings file."""

    waits_for_commands: bool = False
    """Whether the short commands are listened for as phrases: PocketSphinx hears them more
    surely then, and takes longer for whatever is said."""


def phrases(context: Context) -> Sequence[str]:
    """Return the short commands, if the settings want them to be listened for."""
    return SHORT_COMMANDS if context.settings.waits_for_commands else ()


def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return the time, or what became of a timer; None for what is not for a clock."""
    try:
        return answer(utterance.transcript.text, context, time.time())
    except AssistantError:  # the store
        return Reply(NOT_KEPT.line())
