"""The conversation: hear, understand, answer, speak, and again.

Source ─> Speech ─ understand ─> Utterance ─ respond ─> Reply ─ speak ─> sound
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from assistant.answer import Answer
from assistant.attention import Attention
from assistant.conversation import Conversation
from assistant.endpointing import Speech
from assistant.errors import AssistantError, PluginError
from assistant.events import (
    Continued,
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
from assistant.filler import Filler
from assistant.hearing import Segment
from assistant.manner import style_for
from assistant.profiles import Impression
from assistant.settings import MannerSettings
from assistant.stages import Keeps, Responds, Speaks, Understands, keep_nothing
from assistant.values import Audio, Reply, Style, Transcript, Utterance
from assistant.words import is_stop


@dataclass(frozen=True)
class Said:
    """One thing that reached the assistant: speech, or words that were typed."""

    content: Speech | Segment | Utterance | Reply | AssistantError
    """Speech that is to be understood, or already is; an error where that failed. A reply
    that nobody asked for is the assistant's turn."""
    source: str
    """The recording's path, ``microphone`` or ``keyboard``; of a reply its plugin."""
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


KEYBOARD = "keyboard"
"""Source of typed words."""


@dataclass
class _Heard:
    """An utterance, which may be corrected later."""

    impression: Impression | None
    """How it sounded; None for typed words."""
    time_s: float = 0.0
    """Of its turn in the conversation; 0 where it became none."""


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
    sentiment: Callable[[Transcript], float | None] = lambda transcript: None
    """How good some words are, -1 to 1, or None."""
    correct_voice: Callable[[Impression, str], None] = lambda impression, label: None
    """Keeps how an utterance was meant; raises AssistantError."""
    conversation: Conversation = field(default_factory=Conversation)
    _heard: "deque[_Heard]" = field(default_factory=lambda: deque(maxlen=4), repr=False)
    """This utterance and those before it."""
    _telling: threading.Lock = field(default_factory=threading.Lock, repr=False)
    """Held while `conversation` is changed."""
    _asks_s: float = 0.0
    """For so long the question in the last reply waits for an answer, s."""
    _is_stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def converse(self, said: Iterable[Said], max_turns: int | None = None) -> None:
        """Answer all that is said until it ends or ``max_turns`` were answered.

        A stage that fails costs its turn and is reported; the conversation goes on. Sound
        without words costs no turn, nor does what is not addressed to the assistant.
        """
        self.notify(Listening(self.n_turns + 1))
        for one in said:
            if isinstance(one.content, Reply):
                answered = self._announce(one.content)
            else:
                answered = self._turn(one)
            if max_turns is not None and self.n_turns >= max_turns:
                return
            if answered:
                self.notify(Listening(self.n_turns + 1))

    def stop(self) -> None:
        """Fall silent: the turn under way is not answered any further."""
        self._is_stopped.set()
        self.speaker.stop()

    def correct(self, label: str, turns_back: int = 1) -> None:
        """Keep how the person felt when something was said.

        Args:
            label: one of `EMOTIONS`.
            turns_back: which utterance: 1 is the one before that which is answered now.

        Raises:
            PluginError: it was not spoken, or is too long ago.
            AssistantError: it cannot be kept.
        """
        heard = self._heard
        found = heard[-1 - turns_back] if 0 < turns_back < len(heard) else _Heard(None)
        if found.impression is None:
            raise PluginError("there is nothing to correct: it was not spoken, or long ago")
        with self._telling:
            self.conversation = self.conversation.felt(found.time_s, label)
        self.correct_voice(found.impression, label)

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
            self.n_turns, self._asks_s = turn, 0.0
            self.notify(Heard(turn, utterance.transcript, utterance.duration_s, said.source))
            if utterance.emotion is not None:
                self.notify(EmotionHeard(turn, utterance.emotion))
            if is_stop(utterance.transcript.text):
                self.responder.drop_question()
                self.notify(Stopped(turn))
            elif utterance.transcript.text:
                self._answer(turn, utterance, timings_ms, said)
            self.attention.keep(self._asks_s)
        except AssistantError as error:
            self.n_turns = turn
            self.fail(error)
        return True

    def _announce(self, reply: Reply) -> bool:
        """Say what nobody asked for; it is not counted, but then one listens again."""
        self._is_stopped.clear()
        answer = Answer(replace(reply, style=reply.style or Style()))
        try:
            if reply.asks_s > 0:
                self.responder.note_question(reply)
            self._speak(self.n_turns, answer, lambda: None)
            # An older question is not opened again by what was said meanwhile.
            self.attention.keep(self.responder.spoken() if reply.asks_s > 0 else 0.0)
        except AssistantError as error:
            self.fail(error)
        return True

    def _utterance(
        self, content: Speech | Segment | Utterance | Reply | AssistantError
    ) -> Utterance | None:
        assert not isinstance(content, Reply)  # which is announced
        match content:
            case AssistantError():
                raise content
            case Utterance():
                self._heard.append(_Heard(None))
                return content
            case Segment():
                segment: Segment | None = content
            case _:
                segment = self.hearing.understand(content)
        if segment is None:
            return None
        self._heard.append(_Heard(segment.impression))
        return segment.utterance

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
        said: Said,
    ) -> None:
        begin_s = time.monotonic()
        utterance = self.conversation.seen(utterance, self.sentiment(utterance.transcript))
        with self._telling:
            before = self.conversation
            self.conversation = before.with_turn(utterance)
        self._heard[-1].time_s = self.conversation.turns[-1].time_s
        filler = Filler(turn, self.speaker, self._is_stopped.is_set, self.notify)
        answer = self.responder.respond(utterance, before, filler.begin, said.sound)
        asked_s = time.monotonic()
        timings_ms["plugins"] = _ms(asked_s - begin_s)
        filler.wait()
        if answer is None:
            self._nobody_answered(turn)
            return
        try:
            if self._is_stopped.is_set():
                self.notify(Stopped(turn))
                return

            def sounding() -> None:
                now_s = time.monotonic()
                timings_ms["first_sound"] = _ms(now_s - asked_s)
                if said.ended_s is not None:
                    timings_ms["response"] = _ms(now_s - said.ended_s)

            told = self._speak(turn, self._styled(answer, utterance), sounding)
            with self._telling:
                self.conversation = self.conversation.answered(told, answer.reply.plugin)
        finally:
            answer.close()
        self._asks_s = self.responder.spoken()
        self.notify(Timed(turn, timings_ms))

    def _nobody_answered(self, turn: int) -> None:
        if self._is_stopped.is_set():
            self.notify(Stopped(turn))
        else:
            self.warn(PluginError("no plugin has a reply; `tonewise plugins list` shows them"))

    def _styled(self, answer: Answer, utterance: Utterance) -> Answer:
        if answer.reply.style is not None:
            return answer
        style = style_for(utterance.emotion, self.manner)
        return replace(answer, reply=replace(answer.reply, style=style))

    def _speak(self, turn: int, answer: Answer, sounding: Callable[[], None]) -> str:
        """Show and speak an answer; returns all that came of it."""
        reply = answer.reply
        said = [reply.text]
        self.notify(Replied(turn, reply))

        def more() -> Iterator[str]:
            for text in answer.more:
                said.append(text)
                self.notify(Continued(turn, text))
                yield text

        spoken = self.speaker.speak(reply, sounding, self._is_stopped.is_set, more())
        if spoken is not None:
            if spoken.audio is not None:
                self.keep(turn, "reply", spoken.audio)
            file = str(spoken.file) if spoken.file else None
            self.notify(Spoke(turn, round(spoken.duration_s, 3), file, spoken.interrupted))
        return " ".join(said)

    def fail(self, error: AssistantError) -> None:
        """Report an error that costs a turn or a recording, and count it."""
        self.n_errors += 1
        self.warn(error)

    def warn(self, error: AssistantError) -> None:
        """Report an error that costs less."""
        self.notify(Failed(self.n_turns, str(error)))


def _ms(duration_s: float) -> float:
    return round(1000 * duration_s, 1)
