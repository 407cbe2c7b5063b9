"""The conversation: hear, understand, answer, speak, and again.

Source ─> Speech ─ understand ─> Utterance ─ respond ─> Reply ─ speak ─> sound
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from assistant.endpointing import Speech
from assistant.errors import AssistantError, PluginError
from assistant.events import EmotionHeard, Event, Failed, Heard, Listening, Replied, Spoke
from assistant.hearing import Segment
from assistant.manner import style_for
from assistant.recorder import Kind
from assistant.settings import MannerSettings
from assistant.values import Audio, Reply, Utterance


@dataclass(frozen=True)
class Said:
    """One thing that reached the assistant: speech, or words that were typed."""

    content: Speech | Utterance
    source: str
    """The recording's path, ``microphone`` or ``keyboard``."""


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

    def respond(self, utterance: Utterance) -> Reply | None:
        """Return the reply, or None where no plugin has one."""


class Speaks(Protocol):
    """Text to sound."""

    def speak(self, reply: Reply) -> Spoken | None:
        """Speak and return when it is over; None where there is nothing to speak with."""


Keeps = Callable[[int, Kind, Audio], None]
"""Told of each sound of a turn, with the turn's number."""


def keep_nothing(turn: int, kind: Kind, audio: Audio) -> None:
    """Forget it."""


@dataclass
class Assistant:
    """The stages of a turn. It knows what they take and return, not what they are."""

    hearing: Understands
    responder: Responds
    speaker: Speaks
    notify: Callable[[Event], None] = lambda event: None
    n_turns: int = 0
    n_errors: int = 0
    manner: MannerSettings = field(default=MannerSettings())
    keep: Keeps = keep_nothing

    def converse(self, said: Iterable[Said], max_turns: int | None = None) -> None:
        """Answer all that is said until it ends or ``max_turns`` were answered.

        A stage that fails costs its turn and is reported; the conversation goes on. Sound
        without words costs no turn.
        """
        self.notify(Listening(self.n_turns + 1))
        for one in said:
            answered = self._turn(one)
            if max_turns is not None and self.n_turns >= max_turns:
                return
            if answered:
                self.notify(Listening(self.n_turns + 1))

    def _turn(self, said: Said) -> bool:
        """Answer one thing that was said; returns whether it was a turn."""
        turn = self.n_turns + 1
        if isinstance(said.content, Speech):
            self.keep(turn, "heard", said.content.audio)
        try:
            utterance = self._utterance(said.content)
            if utterance is None:
                return False
            self.n_turns = turn
            self.notify(Heard(turn, utterance.transcript, utterance.duration_s, said.source))
            if utterance.emotion is not None:
                self.notify(EmotionHeard(turn, utterance.emotion))
            self._answer(turn, utterance)
        except AssistantError as error:
            self.n_turns = turn
            self.fail(error)
        return True

    def _utterance(self, content: Speech | Utterance) -> Utterance | None:
        if isinstance(content, Utterance):
            return content
        segment = self.hearing.understand(content)
        return segment.utterance if segment else None

    def _answer(self, turn: int, utterance: Utterance) -> None:
        reply = self.responder.respond(utterance)
        if reply is None:
            self.warn(PluginError("no plugin has a reply; `tonewise plugins list` shows them"))
            return
        if reply.style is None:
            reply = replace(reply, style=style_for(utterance.emotion, self.manner))
        self.notify(Replied(turn, reply))
        spoken = self.speaker.speak(reply)
        if spoken is not None:
            if spoken.audio is not None:
                self.keep(turn, "reply", spoken.audio)
            file = str(spoken.file) if spoken.file else None
            self.notify(Spoke(turn, round(spoken.duration_s, 3), file))

    def fail(self, error: AssistantError) -> None:
        """Report an error that costs a turn or a recording, and count it."""
        self.n_errors += 1
        self.warn(error)

    def warn(self, error: AssistantError) -> None:
        """Report an error that costs less."""
        self.notify(Failed(self.n_turns, str(error)))
