"""The conversation: hear, understand, answer, speak, and again.

Source ─> Speech ─ understand ─> Utterance ─ respond ─> Reply ─ speak ─> sound
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from assistant.attention import Attention
from assistant.endpointing import Speech
from assistant.errors import AssistantError, PluginError
from assistant.events import (
    EmotionHeard,
    Event,
    Failed,
    Heard,
    Ignored,
    Listening,
    Replied,
    Spoke,
    Stopped,
    Timed,
)
from assistant.hearing import Segment
from assistant.manner import style_for
from assistant.recorder import Kind
from assistant.settings import MannerSettings
from assistant.values import Audio, Reply, Utterance
from assistant.words import plain_words

STOP_WORDS = frozenset({"stop", "stop it", "stop that", "stop talking", "be quiet", "quiet"})
"""What ends a reply and is not answered; no plugin can take it away."""


@dataclass(frozen=True)
class Said:
    """One thing that reached the assistant: speech, or words that were typed."""

    content: Speech | Segment | Utterance | AssistantError
    """Speech that is to be understood, or already is; an error where that failed."""
    source: str
    """The recording's path, ``microphone`` or ``keyboard``."""
    timings_ms: Mapping[str, float] = field(default_factory=dict)
    """What it took up to here, stage by stage, ms."""
    ended_s: float | None = None
    """When the last of its voice arrived, by `time.monotonic`; None where that was not now."""
    audio: Audio | None = None
    """How it sounded, where it was understood already."""

    @property
    def sound(self) -> Audio | None:
        """How it sounded; None for typed words."""
        return self.content.audio if isinstance(self.content, Speech) else self.audio


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


KEYBOARD = "keyboard"
"""Source of typed words."""


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

    def speak(
        self, reply: Reply, sounding: Callable[[], None], is_stopped: Callable[[], bool]
    ) -> Spoken | None:
        """Speak and return when it is over; None where there is nothing to speak with.

        Args:
            reply: what to say and how.
            sounding: called when the first sound goes out.
            is_stopped: whether it is not wanted any more; what is true once stays so, and
                `stop` is called after it has become true.
        """

    def stop(self) -> None:
        """Fall silent now; what is spoken returns. Any thread may call it."""


Keeps = Callable[[int, Kind, Audio], None]
"""Told of each sound of a turn, with the turn's number."""


def keep_nothing(turn: int, kind: Kind, audio: Audio) -> None:
    """Forget it."""


@dataclass
class Assistant:
    """The stages of a turn. It knows what they take and return, not what they are.

    One thread converses; any may call `stop`.
    """

    hearing: Understands
    responder: Responds
    speaker: Speaks
    notify: Callable[[Event], None] = lambda event: None
    attention: Attention = field(default_factory=Attention)
    n_turns: int = 0
    n_errors: int = 0
    manner: MannerSettings = field(default=MannerSettings())
    keep: Keeps = keep_nothing
    _is_stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def converse(self, said: Iterable[Said], max_turns: int | None = None) -> None:
        """Answer all that is said until it ends or ``max_turns`` were answered.

        A stage that fails costs its turn and is reported; the conversation goes on. Sound
        without words costs no turn, nor does what is not addressed to the assistant.
        """
        self.notify(Listening(self.n_turns + 1))
        for one in said:
            answered = self._turn(one)
            if max_turns is not None and self.n_turns >= max_turns:
                return
            if answered:
                self.notify(Listening(self.n_turns + 1))

    def stop(self) -> None:
        """Fall silent: the turn under way is not answered any further."""
        self._is_stopped.set()
        self.speaker.stop()

    def _turn(self, said: Said) -> bool:
        """Answer one thing that was said; returns whether it was a turn."""
        self._is_stopped.clear()
        turn, timings_ms = self.n_turns + 1, dict(said.timings_ms)
        if (audio := said.sound) is not None:
            self.keep(turn, "heard", audio)
        try:
            utterance = self._utterance(said.content)
            if utterance is None:
                return False
            utterance = self._heeded(utterance, said)
            if utterance is None:
                return False
            self.n_turns = turn
            self.notify(Heard(turn, utterance.transcript, utterance.duration_s, said.source))
            if utterance.emotion is not None:
                self.notify(EmotionHeard(turn, utterance.emotion))
            if " ".join(plain_words(utterance.transcript.text)) in STOP_WORDS:
                self.notify(Stopped(turn))
            elif utterance.transcript.text:
                self._answer(turn, utterance, timings_ms, said.ended_s)
            self.attention.keep()
        except AssistantError as error:
            self.n_turns = turn
            self.fail(error)
        return True

    def _utterance(
        self, content: Speech | Segment | Utterance | AssistantError
    ) -> Utterance | None:
        match content:
            case AssistantError():
                raise content
            case Utterance():
                return content
            case Segment():
                return content.utterance
        segment = self.hearing.understand(content)
        return segment.utterance if segment else None

    def _heeded(self, utterance: Utterance, said: Said) -> Utterance | None:
        """Return what is meant for the assistant, or None, which is told."""
        if said.source == KEYBOARD:
            return utterance  # nobody types by accident
        text = utterance.transcript.text
        began_s = said.ended_s - utterance.duration_s if said.ended_s is not None else None
        heeded = self.attention.heeded(text, began_s)
        if heeded is None:
            self.notify(Ignored(self.n_turns, utterance.transcript))
            return None
        return replace(utterance, transcript=replace(utterance.transcript, text=heeded))

    def _answer(
        self,
        turn: int,
        utterance: Utterance,
        timings_ms: dict[str, float],
        ended_s: float | None,
    ) -> None:
        begin_s = time.monotonic()
        reply = self.responder.respond(utterance)
        asked_s = time.monotonic()
        timings_ms["plugins"] = _ms(asked_s - begin_s)
        if self._is_stopped.is_set():
            self.notify(Stopped(turn))
            return
        if reply is None:
            self.warn(PluginError("no plugin has a reply; `tonewise plugins list` shows them"))
            return
        if reply.style is None:
            reply = replace(reply, style=style_for(utterance.emotion, self.manner))
        self.notify(Replied(turn, reply))

        def sounding() -> None:
            now_s = time.monotonic()
            timings_ms["first_sound"] = _ms(now_s - asked_s)
            if ended_s is not None:
                timings_ms["response"] = _ms(now_s - ended_s)

        spoken = self.speaker.speak(reply, sounding, self._is_stopped.is_set)
        if spoken is not None:
            if spoken.audio is not None:
                self.keep(turn, "reply", spoken.audio)
            file = str(spoken.file) if spoken.file else None
            self.notify(Spoke(turn, round(spoken.duration_s, 3), file, spoken.interrupted))
        self.notify(Timed(turn, timings_ms))

    def fail(self, error: AssistantError) -> None:
        """Report an error that costs a turn or a recording, and count it."""
        self.n_errors += 1
        self.warn(error)

    def warn(self, error: AssistantError) -> None:
        """Report an error that costs less."""
        self.notify(Failed(self.n_turns, str(error)))


def _ms(duration_s: float) -> float:
    return round(1000 * duration_s, 1)
