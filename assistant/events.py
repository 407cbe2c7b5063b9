"""What happens in a conversation, as values: for the terminal, ``--json`` and embedders."""

from dataclasses import dataclass
from typing import ClassVar

from assistant.values import EmotionEstimate, Reply, Transcript


@dataclass(frozen=True)
class Event:
    """One thing that happened; ``name`` is its word in JSON."""

    name: ClassVar[str]
    turn: int
    """Counts from 1; 0 before the first."""


@dataclass(frozen=True)
class Listening(Event):
    """The assistant waits for speech."""

    name: ClassVar[str] = "listening"


@dataclass(frozen=True)
class Heard(Event):
    """Something was said; ``source`` is the recording, ``microphone`` or ``keyboard``."""

    name: ClassVar[str] = "heard"
    transcript: Transcript
    duration_s: float
    source: str


@dataclass(frozen=True)
class EmotionHeard(Event):
    """How it was said."""

    name: ClassVar[str] = "emotion"
    emotion: EmotionEstimate


@dataclass(frozen=True)
class Replied(Event):
    """A reply was chosen."""

    name: ClassVar[str] = "reply"
    reply: Reply


@dataclass(frozen=True)
class Spoke(Event):
    """The reply was spoken, or written to ``file``."""

    name: ClassVar[str] = "spoke"
    duration_s: float
    file: str | None = None


@dataclass(frozen=True)
class Failed(Event):
    """Something went wrong; ``error`` is one line that says what to do."""

    name: ClassVar[str] = "error"
    error: str
