"""Takes notes, reads the newest five and goes on when asked for more, and deletes them.

They are kept word by word, with their time, until somebody deletes them.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial

from assistant import (
    AssistantError,
    Context,
    Reply,
    Utterance,
    Wordings,
    is_no,
    is_yes,
    plain_words,
)
from assistant.spoken_times import in_words

Answer = Reply | Iterator[Reply] | None


@dataclass
class Settings:
    """The table ``[plugins.notes]`` of the settings file."""

    waits_for_commands: bool = False
    """Whether the short commands are listened for as phrases: PocketSphinx hears them more
    surely then, and takes longer for whatever is said."""


SHORT_COMMANDS = (
    "take a note", "read my notes", "what are my notes", "how many notes do i have",
    "read the last note", "delete the last note", "delete all notes",
)  # fmt: skip
"""Commands that need no more words."""


def phrases(context: Context) -> Sequence[str]:
    """Return the short commands, if the settings want them to be listened for."""
    return SHORT_COMMANDS if context.settings.waits_for_commands else ()


def respond(utterance: Utterance, context: Context) -> Answer:
    """Return what became of a note, or notes; None for what is not about them."""
    try:
        return answer(utterance.transcript.text, context, time.time())
    except AssistantError:  # the store
        return Reply(NOT_KEPT.next())


def answer(text: str, context: Context, now_s: float) -> Answer:
    """Return what `respond` does, at a time in seconds since 1970."""
    follow_up = context.follow_up()
    said = " ".join(text.replace("’", "'").split())
    if found := commanded(said, context, now_s):
        return found
    return follow_up(said, context, now_s) if said and follow_up else None


def commanded(said: str, context: Context, now_s: float) -> Answer:
    """Return the answer to a command, None to all else."""
    if taken := TAKE.fullmatch(said) or ADD.fullmatch(said):
        text = taken["text"].strip(" :,.-")
        if " ".join(plain_words(text)) in ("", "please", "for me", "for me please"):
            return context.ask(WHAT.next(), take_text)
        return take_note(text, context, now_s)
    if len(said) > LONGEST_COMMAND:
        return None
    words = re.sub(rf"^{POLITE}", "", " ".join(plain_words(said)))
    for pattern, do in COMMANDS:
        if asked := re.fullmatch(pattern, words):
            about = asked.groupdict().get("about", "")
            if notes := with_words(kept(context), about):
                return do(notes, context, now_s)
            return Reply(NO_SUCH.next() if about else NO_NOTES.next())
    return None


# What is said.

WHAT = Wordings("What shall I note?", "What is the note?")
NOTED = Wordings("Noted: {text}", "I wrote down: {text}")
NOTED_LONG = Wordings("I noted all of that.", "It is all written down.")
NO_NOTES = Wordings("You have no notes.", "There are no notes.")
HOW_MANY = Wordings("You have {count}.", "I keep {count} for you.")
FEW = Wordings("You have {count}:", "I keep {count} for you:")
MANY = Wordings(
    "You have {count}. The newest {some}:", "I keep {count} for you. The newest {some}:"
)
MORE = Wordings("Say more for the other {count}.", "I have {count} more. Say more to go on.")
ENOUGH = Wordings("All right.", "Then not.")
LAST = Wordings("Your last note: {text}", "The last one is: {text}")
REALLY = Wordings("Really all {count}?", "Shall I really delete all {count}?")
REALLY_ONE = Wordings("Really your only note?", "Shall I really delete your only note?")
DELETED = Wordings("I deleted: {text}", "This note is gone: {text}")
ALL_DELETED = Wordings("All your notes are deleted.", "I deleted them all.")
NONE_DELETED = Wordings("Nothing was deleted.", "They stay as they are.")
NO_SUCH = Wordings("No note has these words.", "I find no such note.")
WHICH = Wordings(
    "Which one? Say more of its words, or delete the last note.",
    "Say which: the last note, or a note with some of its words.",
)
NOT_KEPT = Wordings(
    "I can't keep this. Delete some notes, or see whether the disk is full.",
    "There is no room for it. Delete some notes, or free the disk.",
)

# The notes.


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
    context.store["notes"] = [asdict(note) for note in notes]


def with_words(notes: Sequence[Note], wanted: str) -> list[Note]:
    """Return those that hold all of the words; all of them where none are wanted."""
    words = set(plain_words(wanted)) - {"the", "my", "a", "an"}
    return [note for note in notes if words <= set(plain_words(note.text))]


def counted(notes: Sequence[Note]) -> str:
    """Return how many there are: "one note", "seven notes"."""
    return f"{in_words(len(notes))} note{'' if len(notes) == 1 else 's'}"


# Taking them.

SHORT_CHARACTERS = 200
"""A longer note is not repeated when it was taken."""


def take_note(text: str, context: Context, now_s: float) -> Reply:
    """Keep a note; returns what was kept."""
    note = Note(text, now_s)
    keep(context, [*kept(context), note])
    if len(text) > SHORT_CHARACTERS:
        return Reply(NOTED_LONG.next())
    return Reply(NOTED.next(text=note.sentence))


def take_text(said: str, context: Context, now_s: float) -> Reply:
    """Return what follows the answer to "What shall I note?"."""
    if is_no(said, "nothing|none|no note"):
        return Reply(ENOUGH.next())
    return take_note(said, context, now_s)


# Reading them.

READ_AT_ONCE = 5
"""Then one asks for more."""
ON = (
    r"(?:(?:and|then|the|read|say|tell me|hear|me|some) )*"
    r"(?:more|go on|next|continue|rest|others|keep going|read on)(?: (?:ones?|notes|five))*"
)
"""A yes to more of them."""
DONE = r"no more|enough|that's (?:all|enough|it|fine)|(?:i'm|i am) done"
"""A no to it."""


def read_all(notes: Sequence[Note], context: Context, now_s: float) -> Answer:
    """Return how many notes there are, and the newest."""
    lines = MANY if len(notes) > READ_AT_ONCE else FEW
    begin = lines.next(count=counted(notes), some=in_words(READ_AT_ONCE))
    return read(notes, context, now_s, begin)


def read(
    notes: Sequence[Note], context: Context, now_s: float, begin: str = ""
) -> Iterator[Reply]:
    """Yield the newest five, sentence by sentence; "more" goes on then."""
    left, newest = notes[:-READ_AT_ONCE], notes[-READ_AT_ONCE:]
    lines, day = [begin] if begin else [], ""
    for note in reversed(newest):
        is_new_day = note.day(now_s) != day
        day = note.day(now_s)
        lines.append(f"{day}: {note.sentence}" if is_new_day else note.sentence)
    for line in lines:
        yield Reply(line[:1].upper() + line[1:])
    if left:
        more = MORE.next(count=in_words(len(left)))
        yield context.ask(more, partial(read_more, left))


def read_more(notes: Sequence[Note], said: str, context: Context, now_s: float) -> Answer:
    """Return the next notes; None where nobody asked for them."""
    if is_yes(said, ON):
        return read(notes, context, now_s)
    return Reply(ENOUGH.next()) if is_no(said, DONE) else None


def read_last(notes: Sequence[Note], context: Context, now_s: float) -> Answer:
    """Return the newest note."""
    return Reply(LAST.next(text=notes[-1].sentence))


def count(notes: Sequence[Note], context: Context, now_s: float) -> Answer:
    """Return how many notes there are."""
    return Reply(HOW_MANY.next(count=counted(notes)))


# Deleting them.

SURE = (
    r"(?:i'm|i am) sure|(?:delete|yes|yeah|sure|okay) "
    r"(?:it|them|those|everything|all)(?: (?:all|of them))*"
)
"""A yes to deleting all."""
UNSURE = re.compile(r"\b(?:yes|yeah|no|nope|not|don't|wait|maybe|keep|cancel|forget it)\b")
"""Less than a yes, which deletes nothing."""


def delete_last(notes: Sequence[Note], context: Context, now_s: float) -> Answer:
    """Delete the newest note; returns what it was."""
    keep(context, [note for note in kept(context) if note != notes[-1]])
    return Reply(DELETED.next(text=notes[-1].sentence))


def delete_only(notes: Sequence[Note], context: Context, now_s: float) -> Answer:
    """Delete the only note that may be meant; returns what it was, or asks which."""
    return Reply(WHICH.next()) if len(notes) > 1 else delete_last(notes, context, now_s)


def delete_all(notes: Sequence[Note], context: Context, now_s: float) -> Answer:
    """Return the question whether that is meant."""
    lines = REALLY if len(notes) > 1 else REALLY_ONE
    return context.ask(lines.next(count=in_words(len(notes))), delete_if_sure)


def delete_if_sure(said: str, context: Context, now_s: float) -> Answer:
    """Return what follows the answer to "Really all five?"; only a yes deletes them."""
    # Alone, a "please" is not enough.
    words = " ".join(word for word in plain_words(said) if word != "please")
    if is_yes(words, SURE):
        keep(context, [])
        return Reply(ALL_DELETED.next())
    return Reply(NONE_DELETED.next()) if is_no(words) or UNSURE.search(words) else None


# What one says to have that done.

LONGEST_COMMAND = 200
"""Who says more, in characters, does not ask for notes; a note itself may be longer."""
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
DELETE = r"(?:delete|remove|erase|clear|forget|drop|throw away) "
COMMANDS: tuple[tuple[str, Callable[[Sequence[Note], Context, float], Answer]], ...] = (
    (
        rf"(?:what(?: is|'s| are)? (?:in )?{MY}notes|(?:read|show|list|tell|give|hear)(?: me)?"
        rf"(?: out| back)?(?: all)?(?: of)? ?{MY}notes"
        r"|(?:what|which) notes (?:do i have|are there)"
        r"|(?:do i have|have i got|are there) (?:any )?notes"
        rf"|what (?:did|have) i noted?(?: down)?|my notes){END}",
        read_all,
    ),
    (
        rf"(?:read|show|tell|repeat|what(?: is|'s| was))(?: me)? {MY}{NEWEST} note{END}",
        read_last,
    ),
    (
        rf"(?:(?:read|show|find|list|tell|search)(?: me)?(?: all| any)? ?{MY}notes?"
        r"|what (?:did|have) i noted?(?: down)?"
        r"|(?:do i have|is there|are there) (?:any |a )?notes?)"
        rf" (?:about|on|with) (?P<about>.+?){END}",
        read,
    ),
    (rf"how many notes (?:do i have|are there|have i(?: got)?){END}", count),
    (rf"{DELETE}(?:all |every )?(?:of )?{MY}notes{END}", delete_all),
    (rf"{DELETE}(?:{MY}{NEWEST}(?: one)?|this|that) note{END}", delete_last),
    (
        rf"{DELETE}{MY}notes? (?:about|on|with|saying|that says) (?P<about>.+?){END}",
        delete_only,
    ),
    (rf"{DELETE}{MY}(?:\w+ )?note{END}", delete_only),
)
"""How it is said, and what does it with the notes that are meant, the oldest of them first.

The first that fits answers."""
