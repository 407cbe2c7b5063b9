"""Keeps how the person sounded, and tells how a day or a week was.

It asks before it keeps anything. Words are never kept, and nothing leaves the computer.
"""

import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from assistant import (
    AssistantError,
    Context,
    EmotionEstimate,
    Reply,
    Turn,
    Utterance,
    Wordings,
    is_no,
    is_yes,
    plain_words,
)
from assistant.spoken_times import in_words


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


def start(context: Context) -> None:
    """Forget what is too old."""
    kept(context, time.time())


def respond(utterance: Utterance, context: Context) -> Reply | None:
    """Return how the person was, where that is asked; or do what is wanted with the diary."""
    return answer(utterance.transcript.text, context, time.time())


def on_emotion(utterance: Utterance, emotion: EmotionEstimate, context: Context) -> None:
    """Note how something was said, if that is allowed."""
    note(emotion, utterance.duration_s, context, time.time())


def answer(text: str, context: Context, now_s: float) -> Reply | None:
    """Return what `respond` does, at a time in seconds since 1970."""
    follow_up = context.follow_up()
    words = " ".join(plain_words(text))
    if command := COMMAND.fullmatch(words):
        return commanded(command.lastgroup, context)
    for period in PERIODS:
        if re.search(rf"\b(?:{period.words})(?: please| then| overall)?$", words):
            return told(period, context, now_s)
    return follow_up(text, context) if follow_up else None


# What may be kept.

ONLY = "Only the feeling, when and for how long, on this computer, and never your words."
MAY_I = Wordings(
    f"May I keep a diary of how you sound? {ONLY}",
    f"Shall I note how you sound from now on? {ONLY}",
)
ALLOWED = Wordings(
    "Thank you. I note how you sound from now on. Ask me in some days how you were.",
    "Good. Your mood diary begins now. Ask me tonight how you were today.",
)
FORBIDDEN = Wordings("All right. I keep no diary.", "As you wish. I note nothing.")
IS_KEPT = Wordings("Your mood diary is kept.", "I keep your mood diary already.")
STOPPED = Wordings(
    "I note nothing any more. What is there stays, until you say, delete my mood diary.",
    "Your mood diary ends here. To remove what is in it, say, delete my mood diary.",
)
MAY_I_DELETE = Wordings(
    "Shall I delete your whole mood diary, and note nothing from now on? Say yes or no.",
    "Delete all of your mood diary, and note nothing more? Say yes or no.",
)
DELETED = Wordings("Your mood diary is deleted.", "It is all deleted, and I note nothing more.")
LEFT = Wordings("All right. It stays as it is.", "I leave your mood diary as it is.")
NOTHING_THERE = Wordings("There is no mood diary.", "I have no mood diary of you.")

# A recogniser writes "dairy" for "diary".
DIARY = r"(?:my|the|a|this) (?:mood|mode) (?:diary|dairy)"
POLITE = r"(?:please|okay|ok|now|again|(?:can|could|will|would) you|i want (?:you )?to)"
COMMAND = re.compile(
    rf"(?:{POLITE} )*(?:(?P<start>start|begin|keep|resume|restart|continue|turn on|switch on)"
    r"|(?P<stop>stop|end|pause|quit|turn off|switch off)"
    rf"|(?P<delete>delete|erase|clear|remove|forget|wipe)) {DIARY}(?: {POLITE})*"
)


def commanded(what: str | None, context: Context) -> Reply:
    """Return what follows ``start``, ``stop`` or ``delete``; what is risky is asked first."""
    is_allowed = context.store.get("allowed") is True
    has_entries = bool(context.store.get("entries"))
    if what == "start":
        return Reply(IS_KEPT.next()) if is_allowed else context.ask(MAY_I.next(), begin)
    if what == "stop":
        context.store["allowed"] = False
        return Reply(STOPPED.next() if has_entries else FORBIDDEN.next())
    if is_allowed or has_entries:
        return context.ask(MAY_I_DELETE.next(), delete)
    return Reply(NOTHING_THERE.next())


def begin(text: str, context: Context) -> Reply | None:
    """Take the answer to whether a diary may be kept; None where it is no yes or no."""
    if is_yes(text):
        context.store["allowed"] = True
        return Reply(ALLOWED.next())
    if is_no(text):
        context.store["allowed"] = False
        return Reply(FORBIDDEN.next())
    return None


def delete(text: str, context: Context) -> Reply | None:
    """Take the answer to whether all is to be deleted; None where it is no yes or no."""
    if is_yes(text, "delete it") and plain_words(text) != ["please"]:
        context.store.clear()
        return Reply(DELETED.next())
    return Reply(LEFT.next()) if is_no(text, "keep it") else None


# What is kept.

MAX_ENTRIES = 20_000
"""The oldest go first. Each takes at most 39 bytes, and a store holds a million."""


class Entry(NamedTuple):
    """How one utterance sounded."""

    time_s: int
    """When it was noted, in seconds since 1970 (UTC)."""
    label: str
    """The feeling; empty where it was not clear."""
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


def note(emotion: EmotionEstimate, duration_s: float, context: Context, now_s: float) -> None:
    """Keep how something was said, if that is allowed; forget what is too old."""
    if context.store.get("allowed") is not True:
        return
    entry = Entry(
        int(now_s),
        emotion.label if emotion.is_reliable else "",
        round(max(duration_s, 0.1), 1),  # it was heard, so it was not nothing
    )
    context.store["entries"] = [*kept(context, now_s), entry][-MAX_ENTRIES:]


def kept(context: Context, now_s: float) -> list[Entry]:
    """Return what is kept, as the person corrected it; what is too old is deleted."""
    # Once there was a confidence before the length.
    entries = [Entry(each[0], each[1], each[-1]) for each in context.store.get("entries", ())]
    since_s = now_s - timedelta(context.settings.keep_days).total_seconds()
    recent = [entry for entry in entries if entry.time_s >= since_s]
    heeded = corrected(recent, context.conversation.turns)
    if heeded != entries:
        context.store["entries"] = heeded
    return heeded


def corrected(entries: Sequence[Entry], turns: Iterable[Turn]) -> list[Entry]:
    """Return the entries with the feelings that the person named where they contradicted.

    What is noted after a turn began, and before the next one did, is that turn's.
    """
    heeded = list(entries)
    for turn, following in pairwise([*turns, None]):
        until_s = following.time_s if following else math.inf
        if turn and turn.felt:
            heeded = [
                entry._replace(label=turn.felt)
                if int(turn.time_s) <= entry.time_s < until_s
                else entry
                for entry in heeded
            ]
    return heeded


# What may be asked.

I_WAS = (
    r"how (?:(?:was|am) i|i was|(?:was|is) my mood|my mood (?:was|is|has been)|did i sound"
    r"|i sounded|(?:have i|i have|i've|has my mood) been|have i sounded)"
    r"(?: doing| feeling| sounding| like)?"
)


class Period(NamedTuple):
    """Some days that one may ask about, the last of them so many days ago."""

    words: str
    """Regular expression of how it is asked about."""
    name: str
    n_days: int = 1
    ended_days_ago: int = 0

    def when(self, n_days_heard: int) -> str:
        """Return when it is, and on how many of its days there was something to hear."""
        if self.n_days == 1:
            return self.name
        some = f"on {in_words(n_days_heard)} of" if n_days_heard else "in"
        return f"{some} {self.name}"


PERIODS = (
    Period(rf"{I_WAS}(?: so far)? today|how was my day(?: today)?", "today"),
    Period(
        rf"{I_WAS} yesterday|how was my day yesterday|how was yesterday",
        "yesterday",
        ended_days_ago=1,
    ),
    Period(
        rf"{I_WAS} (?:lately|recently|this week|these days"
        r"|(?:(?:in|over|during) )?the (?:last|past) (?:few days|days|week|seven days))"
        r"|how was my week|how have i been(?: doing| feeling)?",
        "the last seven days",
        n_days=7,
    ),
)

# What is told.

NOT_KEPT = Wordings(
    "I keep no diary of how you sound. If you want one, say, start my mood diary.",
    "I note nothing of how you sound. Say, start my mood diary, if I should.",
)
NOTHING_NOTED = Wordings("I noted nothing {when}.", "My diary has nothing of you {when}.")
HEARD = Wordings("I heard you {often} {when}", "{when} I heard you {often}")

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


def told(period: Period, context: Context, now_s: float) -> Reply:
    """Return how the person was, or ask whether that may be noted."""
    last = datetime.fromtimestamp(now_s).date() - timedelta(period.ended_days_ago)
    first = last - timedelta(period.n_days - 1)
    entries = kept(context, now_s)
    heard = [entry for entry in entries if first <= entry.day <= last]
    if heard:
        before = [entry for entry in entries if entry.day < first and entry.label]
        return Reply(summary(period, heard, before))
    if (allowed := context.store.get("allowed")) is None:
        return context.ask(MAY_I.next(), begin)
    return Reply(NOTHING_NOTED.next(when=period.when(0)) if allowed else NOT_KEPT.next())


def summary(period: Period, heard: Sequence[Entry], before: Sequence[Entry]) -> str:
    """Return how often the person was heard in that time, and how they sounded."""
    clear = [entry for entry in heard if entry.label]
    when = period.when(len({entry.day for entry in heard}))
    beginning = HEARD.next(often=times(len(heard)), when=when)
    if len(heard) < ENOUGH:
        return f"{beginning}, which is too little to tell."
    if len(clear) < ENOUGH:
        return f"{beginning}, but it was too seldom clear how you sounded."
    lines = [f"{beginning}."]
    if 2 * len(clear) < len(heard):
        lines.append("I could tell how you sounded less than half of the time.")
    lines.append(prevailing(shares(clear)))
    return " ".join([*lines, *parts_that_differ(clear), *compared(clear, before)])


def times(number: int) -> str:
    """Return how often that is: "once", "five times"."""
    return {1: "once", 2: "twice"}.get(number, f"{in_words(number)} times")


def shares(entries: Sequence[Entry]) -> dict[str, float]:
    """Return the share of each feeling in the speech, the largest first."""
    seconds: dict[str, float] = {}
    for entry in entries:
        feeling = FEELINGS.get(entry.label, entry.label)
        seconds[feeling] = seconds.get(feeling, 0.0) + entry.duration_s
    ordered = sorted(seconds.items(), key=lambda item: -item[1])
    return {feeling: part / sum(seconds.values()) for feeling, part in ordered}


def prevailing(parts: Mapping[str, float]) -> str:
    """Return which feeling prevailed, in words that are no more exact than the estimates."""
    (first, share), *others = parts.items()
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
        feeling, share = next(iter(shares(of_part).items()))
        if feeling != whole and share >= MOSTLY:
            lines.append(f"{when} you mostly sounded {feeling}.")
    return lines


def compared(entries: Sequence[Entry], before: Sequence[Entry]) -> list[str]:
    """Return a sentence on what is otherwise than before; none where too little is known."""
    n_days = len({entry.day for entry in before})
    if len(before) < ENOUGH_BEFORE or n_days < ENOUGH_DAYS_BEFORE:
        return []
    now, then = shares(entries), shares(before)
    changes = {each: now.get(each, 0.0) - then.get(each, 0.0) for each in now | then}
    feeling = max(changes, key=lambda each: abs(changes[each]))
    if abs(changes[feeling]) < CHANGE:
        return ["That is much as on the days before."]
    more = "more" if changes[feeling] > 0 else "less"
    return [f"You sounded {feeling} {more} often than on the days before."]
