"""Tells the time and the date, and keeps timers, alarms and reminders.

Each speaks by itself when it is due, also after a restart; the store knows what runs.
"""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from assistant import AssistantError, Context, Reply, Utterance, Wordings, is_no
from assistant.spoken_times import (
    in_words,
    one_of,
    spoken_date,
    spoken_length,
    spoken_moment,
    spoken_time,
)
from assistant.understood_times import (
    CLOCK,
    DAY,
    LENGTH,
    LIKELY_TIME,
    NUMBER,
    SURE_TIME,
    length_of,
    names_date,
    next_moment,
    plain_text,
    split_time,
)

LONGEST_REQUEST = 300
"""Who says more, in characters, wants something else."""

LONGEST_S = 366 * 86_400.0
"""No timer takes longer, s."""

MAX_TIMERS = 50
"""Of all kinds; the assistant takes a hundred announcements of a plugin."""

WAKING_HOURS = range(5, 12)
"""An alarm at seven is one in the morning."""

SHORT_COMMANDS = (
    "what time is it", "what's the time", "what is the time", "tell me the time",
    "what day is it", "what's the date", "what is the date", "what's today's date",
    "set a timer", "set an alarm", "how long is left", "how much time is left",
    "which timers are running", "what timers are running", "cancel the timer",
    "cancel all timers", "cancel the alarm", "cancel all alarms", "stop the timer",
    "stop the alarm", "set an egg timer", "cancel the egg timer",
)  # fmt: skip
"""Short commands; none with a number, which would be taken for another."""

# What the assistant calls.


@dataclass
class Settings:
    """The table ``[plugins.clock]`` of the settings file."""

    waits_for_commands: bool = False
    """Whether the short commands are listened for as phrases: PocketSphinx hears them more
    surely then, and takes longer for whatever is said."""


def phrases(context: Context) -> Sequence[str]:
    """Return the short commands, if the settings want them to be listened for."""
    return SHORT_COMMANDS if context.settings.waits_for_commands else ()


def start(context: Context) -> None:
    """Announce again what runs: the assistant forgets it while this plugin is disabled."""
    for timer in running(context, time.time()):
        announce(context, timer)


def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return the time, or what became of a timer; None for what is not for a clock."""
    try:
        return answer(utterance.transcript.text, context, time.time())
    except AssistantError:  # the store
        return Reply(NOT_KEPT.next())


def answer(text: str, context: Context, now_s: float) -> Reply | None:
    """Return the answer to what is for a clock, None to all else.

    Args:
        text: what was said.
        context: the plugin's own.
        now_s: the time in seconds since 1970.
    """
    follow_up: Callable[[str, Context, float], Reply | None] | None = context.follow_up()
    words = plain_text(text)
    if not words or len(words) > LONGEST_REQUEST:
        return None
    if follow_up and is_no(words, NO):
        return Reply(ALL_RIGHT.next())
    if follow_up and (reply := follow_up(words, context, now_s)):
        return reply
    request = as_meant(words)
    for pattern, begin in REQUESTS:
        if match := pattern.fullmatch(request):
            parts = defaultdict(str, match.groupdict(""))
            if reply := begin(parts, context, now_s):
                return reply
    return None


# What is said.

TIME = Wordings("It is {time}.", "My clock says {time}.", "It is now {time}.")
DAYS = {
    -1: Wordings("Yesterday was {date}.", "It was {date}."),
    0: Wordings("Today is {date}.", "It is {date}."),
    1: Wordings("Tomorrow is {date}.", "It will be {date}."),
}
"""By how many days from today."""
MONTH = Wordings("It is {month}.", "This is {month}.")
HOW_LONG = Wordings("For how long?", "How long shall it run?")
FOR_WHEN = Wordings("At what time?", "For what time?")
OF_WHAT = Wordings("What shall I remind you of?", "Of what?")
TOO_VAGUE = Wordings("How many minutes is that?", "Tell me a number, such as ten minutes.")
ALL_RIGHT = Wordings("All right.", "Then I leave it.")
SET = {
    "timer": Wordings("Your {name} runs for {length}.", "{length} for your {name}."),
    "alarm": Wordings("The alarm will ring {then}.", "Your alarm is set: {then}."),
    "reminder": Wordings("I will remind you {then}{task}.", "A reminder comes {then}{task}."),
}
DUE = {
    "timer": Wordings("Your {label} is done.", "Time is up for your {label}."),
    "alarm": Wordings("Ring, ring. This is your {label}.", "Wake up. This is your {label}."),
    "reminder": Wordings("This is your reminder{task}.", "You wanted a reminder{task}."),
}
STATUS = {
    "timer": Wordings("Your {label} has {left} left.", "{left} left for your {label}."),
    "alarm": Wordings("Your alarm comes {when}.", "Your alarm rings {when}."),
    "reminder": Wordings("Your reminder comes {when}{task}.", "I remind you {when}{task}."),
}
NONE = Wordings("There is no {kind}.", "No {kind} is set.")
HOW_MANY = Wordings("There are {count} {kind}s.", "{count} {kind}s are set.")
NO_SUCH = Wordings("There is no such {kind}.", "I know no such {kind}.")
WHICH = Wordings("Which one: {labels}?", "Do you mean {labels}?")
CANCELLED = Wordings("I cancelled the {label}.", "It is off: the {label}.")
CANCELLED_MANY = Wordings("I cancelled {count} {kind}s.", "They are off, {count} {kind}s.")
TOO_MANY = Wordings("So many are set. Cancel one first.", "I keep fifty. Cancel one first.")
TOO_LONG = Wordings("A year is the most that I can wait.", "I can wait for a year at most.")
NO_DATES = Wordings(
    "I know the days of a week, and no dates. Say a day or a number of days.",
    "I can't look so far. Say a day of this week, or in how many days.",
)
NO_CHANGE = Wordings(
    "I can't change it. Cancel it and set another one.",
    "It can't be changed. Set a new one and cancel this.",
)
NOT_KEPT = Wordings("I can't keep it. Is the disk full?", "It was not kept. Is the disk full?")

# How requests are understood: by expressions of all that was said but for what is polite.

Parts = defaultdict[str, str]
"""What the named groups of an expression found; "" for nothing, and for a group it has not."""

Begin = Callable[[Parts, Context, float], Reply | None]
"""Answers a request; the last argument is the time in seconds since 1970."""

REQUESTS: list[tuple[re.Pattern[str], Begin]] = []
"""The first that fits, and has an answer, answers."""


def asked(*expressions: str) -> Callable[[Begin], Begin]:
    """Have requests that fit one of the expressions answered by the function below."""

    def add(begin: Begin) -> Begin:
        REQUESTS.extend((re.compile(each, re.IGNORECASE), begin) for each in expressions)
        return begin

    return add


POLITE = re.compile(
    r"^(?:(?:please|(?:hey|hi|hello)(?: there)?|good (?:morning|afternoon|evening|day)|okay|ok"
    r"|so|well|now|and|but|then|uh|um|oh|just|also|thanks|yes|sorry|excuse me|computer|tonewise"
    r"|(?:can|could|would|will) you|let's|let me"
    r"|(?:i want|i would like|i'd like|i need) (?:you )?to) )+",
    re.IGNORECASE,
)
"""What may stand before a request."""
END = (
    r"(?: (?:please|now|right now|today|again|exactly|then|for me|thanks|thank you|of mine"
    r"|uh|um))*"
)
"""What may follow it."""
MISHEARD_TIMER = (
    r"^(?:set|said|should|shut|send|sir|sat)(?: (?:up|it|that))?"
    rf" ((?:(?:an?|the) )?(?:\w+ ){{0,2}}?)%s (?:for|four) (?={LIKELY_TIME}{END}$)"
)
"""What PocketSphinx makes of "set a timer for ten minutes"; the length it hears well."""
MISHEARD = tuple(
    (re.compile(heard, re.IGNORECASE), meant)
    for heard, meant in (
        (MISHEARD_TIMER % "(?:timers?|time or|diner)", r"set \1timer for "),
        (MISHEARD_TIMER % "alarm", r"set \1alarm for "),
        (r"^(?:counsel|can sell)\b", "cancel"),
        (r"^((?:cancel|stop)\b.*) (?:diner|tenor|tiger)(s?)$", r"\1 timer\2"),
        (r"^(which|what) (?:diners|tenors|tigers)(?= are running$)", r"\1 timers"),
        (r"^(?:said|shouted|send|sir|sat)\b(.* (?:timer|alarm))$", r"set\1"),
    )
)
"""What it makes of requests, and what was said."""
TIME_FIRST = re.compile(rf"^({SURE_TIME}) ((?:remind|wake) me\b.*)$", re.IGNORECASE)


def as_meant(words: str) -> str:
    """Return the request in what was said, as the expressions below have it."""
    request = POLITE.sub("", words)
    for heard, meant in MISHEARD:
        request = heard.sub(meant, request)
    return TIME_FIRST.sub(r"\2 \1", request)


# Requests.

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
NAMED_TIMER = rf"(?P<name>(?:{WORD} ){{0,3}}?)(?:timers?|count ?down)"
NAMED_ALARM = rf"{THE}?(?P<name>(?:{WORD} ){{0,3}}?)alarm(?: clock)?(?: to)?"
PURPOSE = rf"(?:for|called|named) {THE}?(?P<purpose>(?!{NUMBER}\b){WORD}(?: {WORD}){{0,2}}?)"
LASTING = r"(?: (?:for|of|to|on|with|at|in|lasting))?(?: about| around)?"
NO_TIME = rf"(?:(?:for )?{DAY}|early|later|soon|please|at|for| )*"
KIND = r"(?P<kind>timer|alarm|reminder)(?P<many>s)?"
HOW_LONG_LEFT = (
    r"how (?:long|much (?:more )?time|much longer|many (?:more )?(?:minutes|seconds|hours))\b"
)
TELL = (
    r"(?:(?:(?:do you|does anybody|does anyone|i don't|i do not) (?:happen to )?)?know"
    r"|tell (?:me|us)|i wonder|(?:i'm |i am |i was )?wondering|i have no idea|i forgot"
    r"|(?:do you have |have you got )?any idea)"
)
"""What may stand before a question; other words make it none, as in "note what time it is"."""
RETOLD = r"(?:note|write|wrote|jot|ask|asks|asked|says?|said|know|knew|wanted|care|called|song)"
"""With one of these before it even "what time is it" is only told of."""


@asked(
    rf"(?P<set>{SETTING})?{THE}?(?:(?P<before>{LENGTH}) )?{NAMED_TIMER}"
    rf"(?:{LASTING} (?P<after>{LENGTH}|{NUMBER}))?(?: {PURPOSE})?"
    rf"(?:{LASTING} (?P<last>{LENGTH}))?{END}",
    rf"(?P<set>{SETTING}){THE}?{NAMED_TIMER}"
    rf" (?:(?P<until>(?:for|until|till|at) {CLOCK}){END}|.*)",
)
def begin_timer(parts: Parts, context: Context, now_s: float) -> Reply | None:
    """Return the answer to "set an egg timer for ten minutes"."""
    when = parts["before"] or parts["after"] or parts["last"] or parts["until"]
    name = (parts["name"] or parts["purpose"]).strip()
    if name and not (when or parts["set"]):
        return None  # somebody speaks of a timer
    return fulfil(Request("timer", name, when), context, now_s)


@asked(
    r"(?:wake (?:me|us)(?: up)?|get me up)(?: to)?"
    rf"(?: (?P<rest>{LIKELY_TIME}.*|.*{SURE_TIME}.*|{NO_TIME}))?",
    rf"{SETTING}{NAMED_ALARM}(?: (?P<rest>.*))?",
    rf"{NAMED_ALARM} (?P<rest>{LIKELY_TIME}){END}",
    rf"(?P<remind>remind me|don't let me forget|(?:{SETTING}{THE}?)?reminder)"
    r"(?: (?P<rest>(?!(?:what|who|how|why|when|where|if|whether)\b).+))?",
)
def begin_at(parts: Parts, context: Context, now_s: float) -> Reply:
    """Return the answer to "wake me at seven" or "remind me at seven to call Anna"."""
    if names_date(parts["rest"]):
        return Reply(NO_DATES.next())
    when, others = split_time(parts["rest"])
    if parts["remind"]:
        return fulfil(Request("reminder", task_of(others), when), context, now_s)
    return fulfil(Request("alarm", parts["name"].strip(), when), context, now_s)


@asked(
    r"(?:cancel|stop|delete|remove|end|clear|forget|drop|(?:turn|switch)(?: off)?)"
    rf"(?P<which>(?: .*)?) {KIND}"
    rf"(?: (?:for|to|about|of|at|called) (?P<more>.*?))?(?: off)?{END}",
)
def cancel(parts: Parts, context: Context, now_s: float) -> Reply:
    """Return the answer to "cancel the egg timer"."""
    kind = parts["kind"].lower()
    of_kind = running(context, now_s, kind)
    description = f"{parts['which']} {parts['more']}{' all' if parts['many'] else ''}"
    reply = cancel_described(of_kind, description, context, now_s)
    return reply or Reply((NO_SUCH if of_kind else NONE).next(kind=kind))


@asked(
    rf"(?:{HOW_LONG_LEFT}(?: (?:is|his|are|do i have|have i got|there|still))*"
    rf" (?:left|remaining|to go)|how much longer|time left){END}",
    rf"(?:{HOW_LONG_LEFT}|when (?:does|do|is|are|will))(?P<which>(?: .*)?) {KIND}"
    r"(?: (?:left|remaining|to go|have|has|is|still|run|running|take|go off|ring|end|finish|be"
    rf"|done|due|over|up|set|come))*{END}",
    r"(?P<list>which|what|what's|how many|list|show|read|tell|are|is|do|have|all)"
    r"(?: (?:me|all|of|there|any|i|a|an|the|my|got|have|are|is|do))* "
    rf"{KIND}(?: (?:are|is|do|have|i|we|there|still|set|running|active|on|got|left))*{END}",
)
def tell(parts: Parts, context: Context, now_s: float) -> Reply:
    """Return the answer to "how long is left" or "which timers are running"."""
    kind = parts["kind"].lower() or "timer"
    of_kind = running(context, now_s, kind)
    if not (of_kind or parts["kind"]):
        of_kind = running(context, now_s)  # "how long is left" may be asked of an alarm
    found = described(of_kind, parts["which"])
    if not found:
        return Reply((NO_SUCH if of_kind else NONE).next(kind=kind))
    lines = [timer.said(STATUS[timer.kind], now_s) for timer in found]
    if parts["list"] and len(found) > 1:
        lines.insert(0, HOW_MANY.next(count=in_words(len(found)), kind=kind))
    return Reply(" ".join(lines))


@asked(rf"(?:add|change|pause|resume|extend|restart|shorten|move|snooze)\b.* {KIND}\b.*")
def refuse_change(parts: Parts, context: Context, now_s: float) -> Reply:
    """Return what to do instead."""
    return Reply(NO_CHANGE.next())


@asked(
    rf"(?!.*\b{RETOLD}\b).* what time is it{END}",
    rf"(?:{TELL} )*(?:what time (?:is it|it is|is a|do (?:we|you) have|have (?:we|you) got)"
    r"|how late (?:is it|it is)|(?:(?:what is|what's|give me|have you got|do you have) )?"
    rf"th(?:e|at) (?:exact |current )?time){END}",
    rf"(?:{TELL} )*(?P<date>(?:what|which) (?:(?:week ?)?day|date)(?: of the week)?"
    r" (?:(?:is(?: it)?|it is|will it be|do we have|have we got)(?: today| tomorrow)?"
    r"|was(?: it)? yesterday)|(?:what is|what's) today|(?:(?:what is|what's) )?"
    rf"(?:the(?: current)?|today's|tomorrow's|yesterday's) (?:day|date)){END}",
    rf"(?:{TELL} )*(?:what|which) (?P<unit>month|year)"
    rf" (?:is it|it is|is this|do we have){END}",
)
def tell_time(parts: Parts, context: Context, now_s: float) -> Reply:
    """Return the time, the day, the month or the year."""
    now = datetime.fromtimestamp(now_s)
    if day := parts["date"].lower():
        days = ("tomorrow" in day) - ("yesterday" in day)
        return Reply(DAYS[days].next(date=spoken_date(now + timedelta(days))))
    if unit := parts["unit"].lower():
        return Reply(MONTH.next(month=f"{now:%B}" if unit == "month" else f"{now:%Y}"))
    return Reply(TIME.next(time=spoken_time(now)))


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
    def due(self) -> datetime:
        """When, by the clock on the wall."""
        return datetime.fromtimestamp(self.due_s)

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

    def said(self, lines: Wordings, now_s: float) -> str:
        """Return the next of the lines, with what it tells of this one."""
        length = spoken_length(self.length_s)
        when = spoken_moment(self.due, datetime.fromtimestamp(now_s))
        return lines.next(
            label=self.label,
            name=f"{self.name} timer".strip(),
            length=length,
            left=spoken_length(self.due_s - now_s),
            when=when,
            then=f"in {length}" if self.length_s else when,
            task=self.task,
        )


def running(context: Context, now_s: float, kind: str = "") -> list[Timer]:
    """Return what has not come yet, of one kind or of all, in the order in which it was set."""
    kept = [Timer(**each) for each in context.store.get("timers", [])]
    return [timer for timer in kept if timer.due_s > now_s and kind in ("", timer.kind)]


def keep(context: Context, timers: Iterable[Timer]) -> None:
    """Know these from now on, and no others."""
    context.store["timers"] = [asdict(timer) for timer in timers]


def announce(context: Context, timer: Timer) -> str:
    """Have it said when it is due; returns its key."""
    text = timer.said(DUE[timer.kind], timer.due_s)
    return context.say(text, at=timer.due, key=timer.key)


# How it is set, with a question for what is missing.


@dataclass(frozen=True)
class Request:
    """What is to be set, as far as it was said."""

    kind: str
    name: str
    when: str
    """A length or a time; a day alone waits for a time."""

    def timer(self, now_s: float) -> Timer | None:
        """Return what is to be set; None where the time is none."""
        is_timer = self.kind == "timer"
        is_number = is_timer and re.fullmatch(NUMBER, self.when, re.IGNORECASE)
        length_s = length_of(f"{self.when} minutes" if is_number else self.when)
        if length_s is not None:
            return Timer(self.kind, now_s + length_s, self.name, length_s)
        usual_hours = WAKING_HOURS if self.kind == "alarm" else None
        moment = next_moment(self.when, datetime.fromtimestamp(now_s), usual_hours)
        if moment is None:
            return None
        due_s = moment.timestamp()
        return Timer(self.kind, due_s, self.name, due_s - now_s if is_timer else 0)


NO = "none|nothing|no (?:timer|alarm|reminder)"
VAGUE = re.compile(
    r"(?:(?:for|just|only|about|in|quite|not|a) )*(?:few|some|several|while|moment|bit|long)"
    r"(?: (?:minutes|hours|seconds))?|minutes|hours",
    re.IGNORECASE,
)
ONLY_DAY = re.compile(DAY, re.IGNORECASE)
TASK_FIRST = re.compile(r"(?:to|that|about|of) ", re.IGNORECASE)
"""How somebody begins who is asked for a time, and says first of what they want reminding."""
WHEN_ANSWERED = re.compile(
    r"(?:(?:for|in|of|to|after|about|around|make it|let's say|say|maybe|yes|okay|well|uh|um|an?"
    rf"|the) )*(?P<when>{LIKELY_TIME}|{NUMBER})"
    r"(?: (?:please|then|from now|long|will do|is fine|thanks|thank you|timer|alarm))*",
    re.IGNORECASE,
)


def fulfil(request: Request, context: Context, now_s: float) -> Reply:
    """Return the confirmation that it is set, or a question for what is missing."""
    timer = request.timer(now_s)
    if timer is None or timer.due_s <= now_s:
        lines = HOW_LONG if request.kind == "timer" else FOR_WHEN
        return context.ask(lines.next(), partial(take_when, request))
    if timer.due_s > now_s + LONGEST_S:
        return Reply(TOO_LONG.next())
    if timer.kind == "reminder" and not timer.name:
        return context.ask(OF_WHAT.next(), partial(take_task, timer.due_s))
    return set_timer(timer, context, now_s)


def take_when(request: Request, words: str, context: Context, now_s: float) -> Reply | None:
    """Return what follows the answer to "For how long?"; None where it is none."""
    day = request.when if ONLY_DAY.fullmatch(request.when) else ""
    on_day = f"{day} {words}".strip()
    if answered := WHEN_ANSWERED.fullmatch(on_day) or WHEN_ANSWERED.fullmatch(words):
        wanted = replace(request, when=answered["when"])
        return fulfil(wanted if wanted.timer(now_s) else request, context, now_s)
    if VAGUE.fullmatch(words):
        return context.ask(TOO_VAGUE.next(), partial(take_when, request))
    if request.kind == "reminder" and not request.name and TASK_FIRST.match(words):
        if names_date(words):
            return Reply(NO_DATES.next())
        when, others = split_time(words)
        named = Request("reminder", task_of(others), f"{day} {when}".strip())
        return fulfil(named, context, now_s)
    return None


def take_task(due_s: float, words: str, context: Context, now_s: float) -> Reply:
    """Return what follows the answer to "Of what?"; the time may have come meanwhile."""
    timer = Timer("reminder", max(due_s, now_s + 1), task_of(words))
    return set_timer(timer, context, now_s)


def set_timer(timer: Timer, context: Context, now_s: float) -> Reply:
    """Set it; returns the confirmation."""
    timers = running(context, now_s)
    if len(timers) >= MAX_TIMERS:
        return Reply(TOO_MANY.next())
    key = announce(context, timer)
    try:
        keep(context, [*timers, replace(timer, key=key)])
    except AssistantError:
        context.cancel(key)  # or it would speak and nobody could cancel it
        raise
    return Reply(timer.said(SET[timer.kind], now_s))


YOU = {
    "i am": "you are", "i'm": "you are", "i was": "you were", "i've": "you have",
    "i'll": "you will", "i'd": "you would", "i": "you", "me": "you", "my": "your",
    "mine": "yours", "myself": "yourself",
}  # fmt: skip
FIRST_PERSON = re.compile(rf"\b(?:{'|'.join(YOU)})\b(?!')", re.IGNORECASE)


def task_of(text: str) -> str:
    """Return what somebody is to be reminded of, as it is said to them."""
    text = re.sub(r"^(?:(?:and|also|please) )+| please$", "", text)
    said = FIRST_PERSON.sub(lambda word: YOU[word.group().lower()], text)
    return re.sub(r"^(?:of|for)\b(?: |$)", "about ", said).strip()


# Which one is meant, and how it is cancelled.

ALL = re.compile(r"\b(?:all|both|every|everything)\b", re.IGNORECASE)
IDLE = re.compile(
    r"the|my|our|an?|all|of|both|every|everything|this|that|them|for|to|about|at|on|in|with"
    r"|until|o'clock|one|is|are|do|does|have|has|running|set|still|left|long|time|remaining|go"
    r"|it|and|please|cancel|timers?|alarms?|reminders?"
)
"""Words that tell nothing of which one is meant."""
PLACES = {"first": 0, "next": 0, "second": 1, "third": 2}
"""In the order in which they are due; the last is the one that was set last."""


def telling(text: str) -> set[str]:
    """Return the words that tell which one is meant, in the singular."""
    words = (in_words(int(word)) if word.isdigit() else word for word in text.lower().split())
    return {word.removesuffix("s") for word in words if not IDLE.fullmatch(word)}


def described(timers: list[Timer], description: str) -> list[Timer]:
    """Return those that are described so; all of them by no telling word."""
    if length := re.search(LENGTH, description, re.IGNORECASE):
        length_s = length_of(length.group()) or 0.0
        if alike := [timer for timer in timers if abs(timer.length_s - length_s) < 1]:
            return alike
    words = telling(description)
    if words == {"last"}:
        return timers[-1:]
    if len(words) == 1 and (place := PLACES.get(min(words))) is not None:
        return sorted(timers, key=lambda timer: timer.due_s)[place : place + 1]
    return [timer for timer in timers if words <= telling(timer.label)]


def cancel_described(
    timers: list[Timer], words: str, context: Context, now_s: float
) -> Reply | None:
    """Return what was cancelled, or a question where one of several is meant; None for none."""
    found = described(timers, words)
    if not found:
        return None
    if len(found) > 1 and not ALL.search(words):
        labels = list(dict.fromkeys(f"the {timer.label}" for timer in found))
        labels = labels if len(labels) > 1 else ["the first", "the last"]
        return context.ask(WHICH.next(labels=one_of(labels)), partial(take_which, found))
    keep(context, [timer for timer in running(context, now_s) if timer not in found])
    for timer in found:
        context.cancel(timer.key)
    if len(found) == 1:
        return Reply(CANCELLED.next(label=found[0].label))
    return Reply(CANCELLED_MANY.next(count=in_words(len(found)), kind=found[0].kind))


def take_which(timers: list[Timer], words: str, context: Context, now_s: float) -> Reply | None:
    """Return what follows the answer to "Which one?"; None where it is none."""
    if not telling(words) and not ALL.search(words):
        return None
    left = [timer for timer in timers if timer.due_s > now_s]
    return cancel_described(left, words, context, now_s)
