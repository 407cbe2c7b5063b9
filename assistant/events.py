"""What happens in a conversation, as values: for the terminal, ``--json`` and embedders."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from assistant.values import EmotionEstimate, Reply, Transcript
from assistant.wire import to_plain


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
class Continued(Event):
    """The reply goes on: it comes sentence by sentence."""

    name: ClassVar[str] = "continued"
    text: str


@dataclass(frozen=True)
class Waiting(Event):
    """A plugin lets wait for its reply, and this is said meanwhile."""

    name: ClassVar[str] = "waiting"
    text: str


@dataclass(frozen=True)
class Spoke(Event):
    """The reply was spoken, or written to ``file``."""

    name: ClassVar[str] = "spoke"
    duration_s: float
    file: str | None = None
    interrupted: bool = False
    """Whether it was stopped before its end."""


@dataclass(frozen=True)
class Stopped(Event):
    """The assistant was told to be silent; the turn is not answered any further."""

    name: ClassVar[str] = "stopped"


@dataclass(frozen=True)
class Ignored(Event):
    """Something was said to somebody else: it lacked the wake phrase."""

    name: ClassVar[str] = "ignored"
    transcript: Transcript


@dataclass(frozen=True)
class Timed(Event):
    """Where the time of a turn went."""

    name: ClassVar[str] = "timings"
    timings_ms: Mapping[str, float]
    """``pause``: silence until the speech was taken to be over; ``words``, ``emotion``,
    ``plugins``, ``first_sound``: what these stages took, one after the other; ``response``:
    from the last of the voice to the first sound. What does not apply is left out."""


@dataclass(frozen=True)
class Failed(Event):
    """Something went wrong; ``error`` is one line that says what to do."""

    name: ClassVar[str] = "error"
    error: str


def event_fields(event: Event) -> dict[str, Any]:
    """Return an event as JSON has it: for ``tonewise run --json`` and for the log."""
    fields = to_plain(event)
    assert isinstance(fields, dict)  # an event is a dataclass
    if isinstance(event, EmotionHeard):
        fields["emotion"] = emotion_fields(event.emotion)
    return {"event": event.name, **fields}


def emotion_fields(emotion: EmotionEstimate | None) -> dict[str, Any] | None:
    """Return an estimate as JSON has it, probabilities rounded to four places."""
    if emotion is None:
        return None
    rounded = {label: round(share, 4) for label, share in emotion.probabilities.items()}
    return {
        "label": emotion.label,
        "confidence": round(emotion.confidence, 4),
        "certain": emotion.certain,
        "probabilities": rounded,
    }
