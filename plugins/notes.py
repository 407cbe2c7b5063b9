"""Takes notes, reads the newest five and goes on when asked for more, and deletes them.

They are kept word by word, with their time, until somebody deletes them.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from assistant import AssistantError, Context, Reply, Utterance

ASKS_S = 20.0
"""So long the answer to a question is waited for, s."""

READ_AT_ONCE = 5
"""Then one asks for more."""

SHORT_CHARACTERS = 200
"""A longer note is not repeated when it was taken."""

LONGEST_COMMAND = 200
"""Who says more, in characters, does not ask for notes; a note itself may be longer."""

Answer = Reply | Iterator[Reply] | None


class Lines:
    """Wordings of one thing, said in turn, so that none comes twice in a row."""

    def __init__(self, *wordings: str) -> None:
        """Take at least two; braces name what is filled in."""
        self.wordings = wordings
        self._n_said = 0

    def line(self, **values: str) -> str:
        """Return the next one, filled in."""
        self._n_said += 1
        return self.wordings[(self._n_said - 1) % len(self.wordings)].format(**values)


WHAT = Lines("What shall I note?", "What is the note?")
NOTED = Lines("Noted: {text}", "I wrote down: {text}")
NOTED_LONG = Lines("I noted all of that.", "It is all written down.")
NO_NOTES = Lines("You have no notes.", "There are no notes.")
HOW_MANY = Lines("You have {count}.", "I keep {count} for you.")
FEW = Lines("You have {count}:", "I keep {count} for you:")
MANY = Lines(
    "You have {count}. The newest {some}:", "I keep {count} for you. The newest {some}:"
)
MORE = Lines("Say more for the other {count}.", "I have {count} more. Say more to go on.")
ENOUGH = Lines("All right.", "Then not.")
LAST = Lines("Your last note: {text}", "The last one is: {text}")
REALLY = Lines("Really all {count}?", "Shall I really delete all {count}?")
REALLY_ONE = Lines("Really your only note?", "Shall I really delete your only note?")
DELETED = Lines("I deleted: {text}", "This note is gone: {text}")
ALL_DELETED = Lines("All your notes are deleted.", "I deleted them all.")
NONE_DELETED = Lines("Nothing was deleted.", "They stay as they are.")
NO_SUCH = Lines("No note has these words.", "I find no such note.")
WHICH = Lines(
    "Which one? Say more of its words, or delete the last note.",
    "Say which: the last note, or a note with some of its words.",
)
NOT_KEPT = Lines(
    "I can't keep this. Delete some notes, or see whether the disk is full.",
    "There is no room for it. Delete some notes, or free the disk.",
)
COUNTS = (
    "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
    "eleven", "twelve",
)  # fmt: skip


def in_words(number: int) -> str:
    """Return a small number as it is said, a larger one in digits."""
    return COUNTS[number] if number < len(COUNTS) else str(number)


def counted(notes: Sequence["Note"]) -> str:
    """Return how many there are: "one note", "seven notes"."""
    return f"{in_words(len(notes))} note{'' if len(notes) == 1 else 's'}"


@dataclass(frozen=True)
class Note:
    """What somebody wanted to be kept."""

    text: str
    time_s: float
    """When it was taken, in seconds since 1970 (UTC)."""

    @property
    def sentence(self) -> str:
        """The text with a mark at its end."""
        return self.text if self.text[-1:] in ".!?" else f"{self.text}."

    def day(self, now_s: float) -> str:
        """Return on which day it was taken."""
        taken, now = datetime.fromtimestamp(self.time_s), datetime.fromtimestamp(now_s)
        days = (now.date() - taken.date()).days
        if days < 2:
            return "Today" if days < 1 else "Yesterday"
        return f"On {taken:%A}" if days < 7 else f"On {taken:%B} {taken.day}"


def kept(context: Context) -> list[Note]:
    """Return all notes, the oldest first."""
    return [Note(**each) for each in context.store.get("notes", [])]


def keep(context: Context, notes: Sequence[Note]) -> None:
    """Keep these and no others."""
    entries: list[dict[str, Any]] = [vars(note) for note in notes]
    context.store["notes"] = entries


def with_words(notes: Sequence[Note], wanted: str) -> list[Note]:
    """Return those that hold all of the words."""
    words = set(words_of(wanted).split()) - {"the", "my", "a", "an"}
    return [note for note in notes if words <= set(words_of(note.text).split())]


def words_of(text: str) -> str:
    """Return the words in small letters, without punctuation."""
    return " ".join(re.findall(r"[\w']+", text.lower().replace("’", "'")))


# What was asked back.

Take = Callable[[str, Context, float], Answer]
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


YES = re.compile(
    r"(?=.*\b(?:yes|yeah|yep|yup|sure|okay|ok|do it|go ahead|of course|absolutely|delete)\b)"
    r"(?:(?:oh|yes|yeah|yep|yup|sure|i am|i'm|okay|ok|do it|do that|go ahead|of course|please"
    r"|absolutely|really|delete (?:them|it|all|those|everything)|all|of them|them) ?)+"
)
NO = re.compile(
    r"(?:no|nope|not now|cancel|stop|enough|that's (?:all|enough|it|fine)|i'm (?:done|fine))"
    r"(?: (?:more|thanks|thank you|now))*"
)
UNSURE = re.compile(r"\b(?:yes|yeah|no|nope|not|don't|wait|maybe|keep|cancel|forget it)\b")
"""Less than a yes deletes nothing."""
MORE_WANTED = re.compile(
    r"(?:(?:yes|yeah|okay|please|and|then|the|read|say|tell me|hear|me|some) )*"
    r"(?:more|go on|next|continue|the rest|rest|others|keep going|read on|yes|yeah|sure|okay"
    r"|go ahead)(?: (?:please|one|ones|notes|five|then))*"
)


NOT_AT_ALL = re.compile(r"no|nope|nothing|none|cancel|forget it|no (?:note|thanks|thank you)")


def take_text(said: str, context: Context, now_s: float) -> Answer:
    """Return what follows the answer to "What shall I note?"."""
    if NOT_AT_ALL.fullmatch(words_of(said)):
        return Reply(ENOUGH.line())
    return take_note(said, context, now_s)


def take_more(notes: Sequence[Note], said: str, context: Context, now_s: float) -> Answer:
    """Return the next notes; None where nobody asked for them."""
    words = words_of(said)
    if MORE_WANTED.fullmatch(words):
        return read(notes, "", now_s)
    return Reply(ENOUGH.line()) if NO.fullmatch(words) else None


def take_yes(said: str, context: Context, now_s: float) -> Answer:
    """Return what follows the answer to "Really all five?"; only a yes deletes them."""
    words = words_of(said)
    if YES.fullmatch(words):
        keep(context, [])
        return Reply(ALL_DELETED.line())
    return Reply(NONE_DELETED.line()) if UNSURE.search(words) else None


# What is asked for.

POLITE = (
    r"(?:(?:please|hey|hi|okay|ok|so|well|now|and|then|uh|um|oh|also|just|yes|thanks|computer"
    r"|tonewise|(?:can|could|would|will) you|(?:i want|i would like|i'd like) (?:you )?to)"
    r"[,.!]? )*"
)
TAKE = re.compile(
    rf"{POLITE}(?:(?:take|make|add|write|create|leave) (?:me )?(?:down )?"
    r"(?:(?:an?|another|this|the) )?(?:new |quick |short )?note(?: down)?"
    r"|(?:write|jot|note)(?: this| that| it)? down|note(?=:| that\b| to (?:self|myself)\b))"
    r"(?:,? (?:that says|saying|that|of|to self|to myself|to))?(?![\w'])(?P<text>.*)",
    re.IGNORECASE,
)
ADD = re.compile(
    rf"{POLITE}(?:add|put|write) (?P<text>.+) (?:to|in|into|on) my notes[.!]?", re.IGNORECASE
)
END = r"(?: (?:please|now|again|for me|to me|aloud|out|back|thanks|thank you))*"
MY = r"(?:(?:my|the|these|those|that|this|your|a|one) )?"
NEWEST = r"(?:(?:very )?last|latest|newest|most recent|previous)"
READ = (
    rf"(?:what(?: is|'s| are)? (?:in )?{MY}notes|(?:read|show|list|tell|give|hear)(?: me)?"
    rf"(?: out| back)?(?: all)?(?: of)? ?{MY}notes|(?:what|which) notes (?:do i have|are there)"
    r"|(?:do i have|have i got|are there) (?:any )?notes|what (?:did|have) i noted?(?: down)?"
    rf"|my notes){END}"
)
READ_LAST = rf"(?:read|show|tell|repeat|what(?: is|'s| was))(?: me)? {MY}{NEWEST} note{END}"
READ_ABOUT = (
    rf"(?:(?:read|show|find|list|tell|search)(?: me)?(?: all| any)? ?{MY}notes?"
    r"|what (?:did|have) i noted?(?: down)?"
    r"|(?:do i have|is there|are there) (?:any |a )?notes?)"
    rf" (?:about|on|with) (?P<about>.+?){END}"
)
COUNT = rf"how many notes (?:do i have|are there|have i(?: got)?){END}"
DELETE = r"(?:delete|remove|erase|clear|forget|drop|throw away) "
DELETE_ALL = rf"{DELETE}(?:all |every )?(?:of )?{MY}notes{END}"
DELETE_LAST = rf"{DELETE}(?:{MY}{NEWEST}(?: one)?|this|that) note{END}"
DELETE_ABOUT = rf"{DELETE}{MY}notes? (?:about|on|with|saying|that says) (?P<about>.+?){END}"
DELETE_ONE = rf"{DELETE}{MY}(?:\w+ )?note{END}"

Asked = re.Match[str]


def take_note(text: str, context: Context, now_s: float) -> Reply:
    """Keep a note; returns what was kept."""
    note = Note(text, now_s)
    keep(context, [*kept(context), note])
    if len(text) > SHORT_CHARACTERS:
        return Reply(NOTED_LONG.line())
    return Reply(NOTED.line(text=note.sentence))


def read(notes: Sequence[Note], begin: str, now_s: float) -> Iterator[Reply]:
    """Yield the first five of some notes, sentence by sentence; "more" goes on then."""
    some, left = notes[:READ_AT_ONCE], notes[READ_AT_ONCE:]
    lines = [begin] if begin else []
    day = ""
    for note in some:
        is_new_day = note.day(now_s) != day
        day = note.day(now_s)
        lines.append(f"{day}: {note.sentence}" if is_new_day else note.sentence)
    if left:
        question.take = partial(take_more, left)
        lines.append(MORE.line(count=in_words(len(left))))
    for n, line in enumerate(lines):
        # Whether an answer is a question is told by its first sentence.
        yield Reply(line[:1].upper() + line[1:], asks_s=ASKS_S if left and n == 0 else 0.0)


def read_all(asked: Asked, context: Context, now_s: float) -> Answer:
    """Return how many notes there are, and the newest."""
    notes = kept(context)[::-1]
    if not notes:
        return Reply(NO_NOTES.line())
    some = in_words(READ_AT_ONCE)
    lines = MANY if len(notes) > READ_AT_ONCE else FEW
    return read(notes, lines.line(count=counted(notes), some=some), now_s)


def read_last(asked: Asked, context: Context, now_s: float) -> Answer:
    """Return the newest note."""
    notes = kept(context)
    return Reply(LAST.line(text=notes[-1].sentence) if notes else NO_NOTES.line())


def read_about(asked: Asked, context: Context, now_s: float) -> Answer:
    """Return the notes that hold some words."""
    found = with_words(kept(context)[::-1], asked["about"])
    return read(found, "", now_s) if found else Reply(NO_SUCH.line())


def count(asked: Asked, context: Context, now_s: float) -> Answer:
    """Return how many notes there are."""
    notes = kept(context)
    return Reply(HOW_MANY.line(count=counted(notes)) if notes else NO_NOTES.line())


def delete_all(asked: Asked, context: Context, now_s: float) -> Answer:
    """Return the question whether that is meant."""
    notes = kept(context)
    if not notes:
        return Reply(NO_NOTES.line())
    lines = REALLY if len(notes) > 1 else REALLY_ONE
    return ask(lines.line(count=in_words(len(notes))), take_yes)


def delete_last(asked: Asked, context: Context, now_s: float) -> Answer:
    """Delete the newest note; returns what it was."""
    notes = kept(context)
    return delete(notes[-1], context) if notes else Reply(NO_NOTES.line())


def delete_about(asked: Asked, context: Context, now_s: float) -> Answer:
    """Delete the note that holds some words; returns what it was, or asks for more of them."""
    found = with_words(kept(context), asked["about"])
    if len(found) > 1:
        return Reply(WHICH.line())
    return delete(found[0], context) if found else Reply(NO_SUCH.line())


def delete_one(asked: Asked, context: Context, now_s: float) -> Answer:
    """Return which one can be deleted; the only one is."""
    notes = kept(context)
    return Reply(WHICH.line()) if len(notes) > 1 else delete_last(asked, context, now_s)


def delete(note: Note, context: Context) -> Reply:
    """Delete a note; returns what it was."""
    keep(context, [other for other in kept(context) if other != note])
    return Reply(DELETED.line(text=note.sentence))


COMMANDS = tuple(
    (re.compile(pattern), do)
    for pattern, do in (
        (READ, read_all),
        (READ_LAST, read_last),
        (READ_ABOUT, read_about),
        (COUNT, count),
        (DELETE_ALL, delete_all),
        (DELETE_LAST, delete_last),
        (DELETE_ABOUT, delete_about),
        (DELETE_ONE, delete_one),
    )
)
"""The first that fits answers."""


def commanded(text: str, context: Context, now_s: float) -> Answer:
    """Return the answer to a command, None to all else."""
    if taken := TAKE.fullmatch(text) or ADD.fullmatch(text):
        note = taken["text"].strip(" :,.-")
        is_empty = words_of(note) in ("", "please", "for me", "for me please")
        return ask(WHAT.line(), take_text) if is_empty else take_note(note, context, now_s)
    if len(text) > LONGEST_COMMAND:
        return None
    words = re.sub(rf"^{POLITE}", "", words_of(text))
    for pattern, do in COMMANDS:
        if asked := pattern.fullmatch(words):
            return do(asked, context, now_s)
    return None


def answer(text: str, context: Context, now_s: float) -> Answer:
    """Return the answer to what is about notes, None to all else.

    Args:
        text: what was said.
        context: the plugin's own.
        now_s: the time in seconds since 1970.
    """
    take, question.take = question.take, None
    said = " ".join(text.replace("’", "'").split())
    if found := commanded(said, context, now_s):
        return found
    return take(said, context, now_s) if said and context.is_answer and take else None


SHORT_COMMANDS = (
    "take a note", "read my notes", "what are my notes", "how many notes do i have",
    "read the last note", "delete the last note", "delete all notes",
)  # fmt: skip
"""Commands that need no more words."""


@dataclass
class Settings:
    """The table ``[plugins.notes]`` of the settings file."""

    waits_for_commands: bool = False
    """Whether the short commands are listened for as phrases: PocketSphinx hears them more
    surely then, and takes longer for whatever is said."""


def phrases(context: Context) -> Sequence[str]:
    """Return the short commands, if the settings want them to be listened for."""
    return SHORT_COMMANDS if context.settings.waits_for_commands else ()


def respond(utterance: Utterance, context: Context) -> Answer:
    """Return what became of a note, or notes; None for what is not about them."""
    try:
        return answer(utterance.transcript.text, context, time.time())
    except AssistantError:  # the store
        return Reply(NOT_KEPT.line())
