"""Keeps how the person sounded, and tells how a day or a week was.

It asks before it keeps anything. Words are never kept, and nothing leaves the computer.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from assistant import AssistantError, Context, EmotionEstimate, Reply, Utterance

MAX_ENTRIES = 20_000
"""The oldest go first. Each takes at most 45 bytes, and a store holds a million."""

DAY_S = 86_400

ENOUGH = 5
"""Fewer utterances tell nothing of a day."""
ENOUGH_OF_A_PART = 3
"""Fewer utterances tell nothing of a morning."""
ENOUGH_BEFORE = 15
"""Fewer utterances before are nothing to compare with."""
ENOUGH_DAYS_BEFORE = 3
"""Nor are fewer days."""

CHANGE = 0.15
"""A feeling that has changed its share of the speech by less has not changed."""
WORTH_NAMING = 0.2
"""From this share of the speech on the second feeling is named too."""
MOSTLY = 0.6

SHARES = (
    (0.85, "You sounded {} almost all the time"),
    (MOSTLY, "You mostly sounded {}"),
    (0.4, "About half of the time you sounded {}"),
)
"""From which share of the speech on what is said; below all, no feeling prevailed."""

PARTS_OF_THE_DAY = (
    (range(5), "At night"),
    (range(5, 12), "In the morning"),
    (range(12, 18), "In the afternoon"),
    (range(18, 24), "In the evening"),
)
"""The hours of each, and when that is."""

FEELINGS = {"fearful": "afraid", "disgust": "disgusted"}
"""How one sounds, where that is not the label."""

NUMBERS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)

ANSWER_S = 20.0
"""For so long a question waits for a yes or no, s."""

MAY_I = (
    "May I keep a diary of how you sound? Only the feeling, when and for how long, on this "
    "computer, and never your words.",
    "Shall I note how you sound from now on? Only the feeling, when and for how long, on this "
    "computer, and never your words.",
)
NOT_KEPT = (
    "I keep no diary of how you sound. If you want one, say, start my mood diary.",
    "I note nothing of how you sound. Say, start my mood diary, if I should.",
)
ALLOWED = (
    "Thank you. I note how you sound from now on. Ask me in some days how you were.",
    "Good. Your mood diary begins now. Ask me tonight how you were today.",
)
FORBIDDEN = ("All right. I keep no diary.", "As you wish. I note nothing.")
IS_KEPT = ("Your mood diary is kept.", "I keep your mood diary already.")
STOPPED = (
    "I note nothing any more. What is there stays, until you say, delete my mood diary.",
    "Your mood diary ends here. To remove what is in it, say, delete my mood diary.",
)
MAY_I_DELETE = (
    "Shall I delete your whole mood diary, and note nothing from now on? Say yes or no.",
    "Delete all of your mood diary, and note nothing more? Say yes or no.",
)
DELETED = ("Your mood diary is deleted.", "It is all deleted, and I note nothing more.")
LEFT = ("All right. It stays as it is.", "I leave your mood diary as it is.")
NOTHING_NOTED = ("I noted nothing {}.", "My diary has nothing of you {}.")
HEARD = ("I heard you {often} {when}", "{When} I heard you {often}")
NOTHING_THERE = ("There is no mood diary.", "I have no mood diary of you.")

# A recogniser writes "dairy" for "diary", and "know" for "no".
DIARY = r"(?:my|the|a|this) (?:mood|mode) (?:diary|dairy)"
POLITE = r"(?:please|okay|ok|now|again|(?:can|could|will|would) you|i want (?:you )?to)"
COMMANDS = {
    "start": r"(?:start|begin|keep|resume|restart|continue|turn on|switch on)",
    "stop": r"(?:stop|end|pause|quit|turn off|switch off)",
    "delete": r"(?:delete|erase|clear|remove|forget|wipe)",
}
YES = (
    r"(?:yes|yeah|yep|yup|sure|okay|ok|all ?right|of course|certainly|please|go ahead|do it"
    r"|you may|delete it)"
)
NO = (
    r"(?:no|know|nope|nah|never|(?:i(?:'d| would) )?rather not|don'?t|not (?:now|really)"
    r"|keep it)"
)
FILLER = r"(?:oh|well|um|uh|thanks|thank you|then|now)"

MOST_CHARACTERS = 60
"""Of a yes or a no; who says more wants more."""

I_WAS = (
    r"how (?:(?:was|am) i|i was|(?:was|is) my mood|my mood (?:was|is|has been)|did i sound"
    r"|i sounded|(?:have i|i have|i've|has my mood) been|have i sounded)"
    r"(?: doing| feeling| sounding| like)?"
)

n_said: Counter[tuple[str, ...]] = Counter()
"""How often one of these lines was said."""
asked = ""
"""What a yes would do: ``start`` or ``delete``; empty for nothing."""


@dataclass
class Settings:
    """The table ``[plugins.mood_diary]`` of the settings file.

    Raises:
        AssistantError: it is out of its bounds.
    """

    keep_days: int = 30
    """What is older is deleted, days; 1 to 3650."""

    def __post_init__(self) -> None:
        if not 1 <= self.keep_days <= 3650:
            raise AssistantError(f"keep_days must be 1 to 3650, got {self.keep_days}")


class Entry(NamedTuple):
    """How one utterance sounded."""

    time_s: int
    """When, in seconds since 1970 (UTC), to the minute."""
    label: str
    """The feeling; empty where it was not clear."""
    confidence: float
    """Of the estimate, 0 to 1."""
    duration_s: float
    """Length of the speech, s."""

    @property
    def local(self) -> datetime:
        """When, by the clock on the wall of that day."""
        return datetime.fromtimestamp(self.time_s)

    @property
    def day(self) -> date:
        """The day of it."""
        return self.local.date()


@dataclass(frozen=True)
class Period:
    """Some days that one may ask about, the last of them so many days ago."""

    words: str
    """Regular expression of how it is asked about."""
    n_days: int = 1
    ended_days_ago: int = 0

    def days(self, today: date) -> tuple[date, ...]:
        """Return its days, the first one first."""
        last = today - timedelta(days=self.ended_days_ago)
        return tuple(last - timedelta(days=ago) for ago in reversed(range(self.n_days)))

    def name(self, n_days_heard: int) -> str:
        """Return when it is, and on how many of its days there was something to hear."""
        if self.n_days == 1:
            return "yesterday" if self.ended_days_ago else "today"
        last = f"the last {NUMBERS[self.n_days]} days"
        return f"on {NUMBERS[n_days_heard]} of {last}" if n_days_heard else f"in {last}"


PERIODS = (
    Period(rf"{I_WAS}(?: so far)? today|how was my day(?: today)?"),
    Period(rf"{I_WAS} yesterday|how was my day yesterday|how was yesterday", ended_days_ago=1),
    Period(
        rf"{I_WAS} (?:lately|recently|this week|these days"
        r"|(?:(?:in|over|during) )?the (?:last|past) (?:few days|days|week|seven days))"
        r"|how was my week|how have i been(?: doing| feeling)?",
        n_days=7,
    ),
)


def start(context: Context) -> None:
    """Forget what is too old."""
    forget_old(context, time.time())


def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return how the person was, where that is asked; or do what is wanted with the diary."""
    return answer(utterance, context)


def on_emotion(utterance: Utterance, emotion: EmotionEstimate, context: Context) -> None:
    """Note how something was said, if that is allowed."""
    note(emotion, utterance.duration_s, context)


def answer(
    utterance: Utterance, context: Context, clock: Callable[[], float] = time.time
) -> Reply | None:
    """Return what `respond` does; the clock gives seconds since 1970."""
    global asked
    waiting, asked = asked if context.is_answer else "", ""
    text = plain(utterance.transcript.text)
    if waiting and (reply := decided(waiting, text, context)):
        return reply
    for what, verbs in COMMANDS.items():
        if re.fullmatch(rf"(?:{POLITE} )*{verbs} {DIARY}(?: {POLITE})*", text):
            return commanded(what, context)
    for period in PERIODS:
        if re.search(rf"\b(?:{period.words})(?: please| then| overall)?$", text):
            return told(period, context, clock())
    return None


def note(
    emotion: EmotionEstimate,
    duration_s: float,
    context: Context,
    clock: Callable[[], float] = time.time,
) -> None:
    """Keep how something was said, if that is allowed; forget what is too old."""
    if context.store.get("allowed") is not True:
        return
    now_s = clock()
    entry = Entry(
        int(now_s // 60) * 60,
        emotion.label if emotion.is_reliable else "",
        round(emotion.confidence, 2),
        round(max(duration_s, 0.1), 1),  # it was heard, so it was not nothing
    )
    entries = [*recent(context, now_s), entry]
    context.store["entries"] = entries[-MAX_ENTRIES:]


def plain(text: str) -> str:
    """Return the words alone, in small letters; apostrophes are straight."""
    return " ".join(re.findall(r"[\w']+", text.replace("’", "'").lower()))


def says(words: str, text: str) -> bool:
    """Return whether these words, a regular expression, are all that is said."""
    form = rf"(?:{FILLER} )*{words}(?: (?:{words}|{FILLER}))*"
    return len(text) <= MOST_CHARACTERS and re.fullmatch(form, text) is not None


def commanded(what: str, context: Context) -> Reply:
    """Return the answer to a command, which is carried out or asked back about."""
    is_allowed = context.store.get("allowed") is True
    has_entries = bool(context.store.get("entries"))
    if what == "start":
        return Reply(in_turn(IS_KEPT)) if is_allowed else asks("start", MAY_I)
    if what == "stop":
        context.store["allowed"] = False
        return Reply(in_turn(STOPPED if has_entries else FORBIDDEN))
    if is_allowed or has_entries:
        return asks("delete", MAY_I_DELETE)
    return Reply(in_turn(NOTHING_THERE))


def asks(what: str, lines: tuple[str, ...]) -> Reply:
    """Return a question, and wait for its answer."""
    global asked
    asked = what
    return Reply(in_turn(lines), asks_s=ANSWER_S)


def decided(what: str, text: str, context: Context) -> Reply | None:
    """Return the answer to a yes or no; None where it is neither, and nothing is done."""
    is_yes = says(YES, text)
    if not is_yes and not says(NO, text):
        return None
    if what == "start":
        context.store["allowed"] = is_yes
        return Reply(in_turn(ALLOWED if is_yes else FORBIDDEN))
    if is_yes:
        context.store.clear()
    return Reply(in_turn(DELETED if is_yes else LEFT))


def recent(context: Context, now_s: float) -> list[Entry]:
    """Return what is kept and not too old."""
    since_s = now_s - context.settings.keep_days * DAY_S
    kept = (Entry(*entry) for entry in context.store.get("entries", ()))
    return [entry for entry in kept if entry.time_s >= since_s]


def forget_old(context: Context, now_s: float) -> list[Entry]:
    """Delete what is too old, if anything is; return the rest."""
    entries = recent(context, now_s)
    if len(entries) < len(context.store.get("entries", ())):
        context.store["entries"] = entries
    return entries


def told(period: Period, context: Context, now_s: float) -> Reply:
    """Return how the person was, or ask whether that may be noted."""
    entries = forget_old(context, now_s)
    days = period.days(datetime.fromtimestamp(now_s).date())
    if any(entry.day in days for entry in entries):
        return Reply(summary(period, days, entries))
    if (allowed := context.store.get("allowed")) is None:
        return asks("start", MAY_I)
    return Reply(nothing(period) if allowed else in_turn(NOT_KEPT))


def nothing(period: Period) -> str:
    """Return that nothing was noted."""
    return in_turn(NOTHING_NOTED).format(period.name(0))


def summary(period: Period, days: Sequence[date], entries: Sequence[Entry]) -> str:
    """Return how often the person was heard on these days, and how they sounded."""
    heard = [entry for entry in entries if entry.day in days]
    clear = [entry for entry in heard if entry.label]
    beginning = so_often(len(heard), period.name(len({entry.day for entry in heard})))
    if len(heard) < ENOUGH:
        return f"{beginning}, which is too little to tell."
    if len(clear) < ENOUGH:
        return f"{beginning}, but it was too seldom clear how you sounded."
    lines = [f"{beginning}."]
    if 2 * len(clear) < len(heard):
        lines.append("I could tell how you sounded less than half of the time.")
    lines.append(prevailing(shares(clear)))
    lines += parts_that_differ(clear)
    lines += compared(
        clear, [entry for entry in entries if entry.day < days[0] and entry.label]
    )
    return " ".join(lines)


def so_often(n_times: int, when: str) -> str:
    """Return the beginning of a sentence that says how often the person was heard."""
    number = NUMBERS[n_times] if n_times < len(NUMBERS) else str(n_times)
    often = {1: "once", 2: "twice"}.get(n_times, f"{number} times")
    return in_turn(HEARD).format(often=often, when=when, When=when[0].upper() + when[1:])


def shares(entries: Sequence[Entry]) -> dict[str, float]:
    """Return the share of each feeling in the speech, the largest first."""
    seconds: dict[str, float] = {}
    for entry in entries:
        seconds[entry.label] = seconds.get(entry.label, 0.0) + entry.duration_s
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    return {label: part / sum(seconds.values()) for label, part in ordered}


def prevailing(parts: Mapping[str, float]) -> str:
    """Return which feeling prevailed, in words that are no more exact than the estimates."""
    (first, share), *others = ((feeling(label), share) for label, share in parts.items())
    said = next((words for least, words in SHARES if share >= least), None)
    if said is None:
        return f"No feeling prevailed: you sounded now {first}, now {others[0][0]}."
    if others and others[0][1] >= WORTH_NAMING:
        return f"{said.format(first)}, and at times {others[0][0]}."
    return f"{said.format(first)}."


def parts_that_differ(entries: Sequence[Entry]) -> list[str]:
    """Return when of day the person sounded otherwise, a sentence for each part of it."""
    whole = next(iter(shares(entries)))
    lines = []
    for hours, when in PARTS_OF_THE_DAY:
        of_part = [entry for entry in entries if entry.local.hour in hours]
        if len(of_part) < ENOUGH_OF_A_PART:
            continue
        label, share = next(iter(shares(of_part).items()))
        if label != whole and share >= MOSTLY:
            lines.append(f"{when} you mostly sounded {feeling(label)}.")
    return lines


def compared(entries: Sequence[Entry], before: Sequence[Entry]) -> list[str]:
    """Return a sentence on what is otherwise than before; none where too little is known."""
    n_days = len({entry.day for entry in before})
    if len(before) < ENOUGH_BEFORE or n_days < ENOUGH_DAYS_BEFORE:
        return []
    now, then = shares(entries), shares(before)
    changes = {label: now.get(label, 0.0) - then.get(label, 0.0) for label in now | then}
    label = max(changes, key=lambda each: abs(changes[each]))
    if abs(changes[label]) < CHANGE:
        return ["That is much as on the days before."]
    more = "more" if changes[label] > 0 else "less"
    return [f"You sounded {feeling(label)} {more} often than on the days before."]


def feeling(label: str) -> str:
    """Return how one sounds who feels so."""
    return FEELINGS.get(label, label)


def in_turn(lines: tuple[str, ...]) -> str:
    """Return the next of the lines, so that none comes twice in a row."""
    n_said[lines] += 1
    return lines[(n_said[lines] - 1) % len(lines)]
