"""What a conversation needs of its stages; it does not know which ones they are."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assistant.answer import Answer
from assistant.conversation import Conversation
from assistant.endpointing import Speech
from assistant.hearing import Segment
from assistant.recorder import Kind
from assistant.values import Audio, Reply, Utterance


@dataclass(frozen=True)
class Spoken:
    """A reply that became sound."""

    duration_s: float
    """How much of it was heard, s."""
    file: Path | None = None
    """Where it was written, if it was."""
    interrupted: bool = False
    """Whether it was stopped before its end."""
    audio: Audio | None = field(default=None, compare=False, repr=False)
    """What was rendered of it."""


class Understands(Protocol):
    """The listening half of a turn."""

    def understand(self, speech: Speech) -> Segment | None:
        """Return what was said and how, or None where no words were understood."""


class Responds(Protocol):
    """The plugins, seen from here."""

    def respond(
        self,
        utterance: Utterance,
        conversation: Conversation,
        on_slow: Callable[[], None],
        audio: Audio | None,
    ) -> Answer | None:
        """Return the answer, or None where no plugin has one.

        ``on_slow`` is called where it lets wait; it returns at once.
        """

    def spoken(self) -> float:
        """What was answered has been spoken; returns how long its answer is waited for, s."""

    def note_question(self, reply: Reply) -> None:
        """Take note of a question that nobody asked for: its plugin is asked first then."""

    def drop_question(self) -> None:
        """Nobody wants to answer what was asked."""


class Speaks(Protocol):
    """Text to sound."""

    def speak(
        self,
        reply: Reply,
        sounding: Callable[[], None],
        is_stopped: Callable[[], bool],
        more: Iterator[str],
    ) -> Spoken | None:
        """Speak and return when it is over; None where there is nothing to speak with.

        Args:
            reply: what to say and how.
            sounding: called when the first sound goes out.
            is_stopped: whether it is not wanted any more; what is true once stays so, and
                `stop` is called after it has become true.
            more: what is to be said after it, each text once it is there; any thread may
                take them.
        """

    def stop(self) -> None:
        """Fall silent now; what is spoken returns. Any thread may call it."""


Keeps = Callable[[int, Kind, Audio], None]
"""Told of each sound of a turn, with the turn's number."""


def keep_nothing(turn: int, kind: Kind, audio: Audio) -> None:
    """Forget it."""
