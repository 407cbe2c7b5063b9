"""From sound as it arrives to what was said and how: words are sought while somebody speaks.

chunks ──Endpointer──> happenings ──┬─ Dictation ─> Transcript ──┐
                                    └─ hear ──────> Impression ──┴─> Understood
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from assistant.endpointing import Began, Dropped, Ended, Endpointer, Speech, WentOn
from assistant.errors import AssistantError
from assistant.hearing import Classifies, Segment, timeline
from assistant.profiles import VoiceProfile
from assistant.values import Samples, Transcript
from assistant.words import is_said

GUESS_S = 0.16
"""Silence from which speech may be over: what is left of the recognition begins, s.

The detector's memory has held on for a little longer already. Sooner, most guesses are
thrown away; later, they are not ready when the pause ends.
"""


class Dictation(Protocol):
    """One utterance, recognised as it arrives."""

    def feed(self, samples: Samples) -> None:
        """Take the next sound; does not wait for its words."""

    def pause(self) -> None:
        """Begin to find out the words, as if all had been said."""

    def resume(self) -> None:
        """Speech goes on: what `pause` began is of no use."""

    def end(self) -> Transcript:
        """Return the words of all that was fed; raises `TranscriptionError`."""

    def drop(self) -> None:
        """Forget it."""


class Dictates(Protocol):
    """Speech to text, utterance by utterance."""

    def dictation(self) -> Dictation:
        """Begin to listen to an utterance; raises `TranscriptionError`."""


@dataclass(frozen=True)
class Understood:
    """An utterance, as soon as it was over."""

    segment: Segment
    speech: Speech
    ended_s: float
    """When the last of its voice arrived, by `time.monotonic`."""
    timings_ms: dict[str, float]
    """``pause``: silence until it was taken to be over; ``words`` and ``emotion``: what these
    took after that."""


@dataclass(frozen=True)
class Misheard:
    """An utterance that a stage failed on."""

    error: AssistantError


@dataclass(frozen=True)
class Wordless:
    """Sound like a voice, in which no words were understood."""


Outcome = Understood | Misheard | Wordless


@dataclass
class Listener:
    """Follows one stream of chunks."""

    endpointer: Endpointer
    dictates: Dictates
    classifier: Classifies
    profile: VoiceProfile | None = None
    """Whose voice is expected; None for anybody's."""
    min_speech_s: float = 0.0
    """Less of a voice must be a short word, s."""
    n_voiced: int = 0
    """Chunks of the utterance that goes on in which somebody spoke; 0 where none does."""
    _dictation: Dictation | None = field(default=None, repr=False)
    _has_guessed: bool = False
    _error: AssistantError | None = None

    def hear(self, chunk: Samples) -> Outcome | None:
        """Return the utterance that ends with this chunk, if any: shape ``(512,)``, 16 kHz."""
        return self._followed(self.endpointer.feed(chunk))

    def finish(self) -> Outcome | None:
        """Return the utterance that goes on, as if it were over."""
        return self._followed(self.endpointer.finish())

    def reset(self) -> None:
        """Forget the utterance that goes on: its sound was lost, or is not wanted."""
        self.endpointer.reset()
        self._forget()

    def _followed(self, happenings: tuple[object, ...]) -> Outcome | None:
        outcome: Outcome | None = None
        for happening in happenings:
            try:
                outcome = self._follow(happening) or outcome
            except AssistantError as error:
                # The utterance is waited for all the same: it is a turn that failed.
                self._error, self._dictation = error, None
                if isinstance(happening, Ended):
                    outcome, self._error = Misheard(error), None
        return outcome

    def _follow(self, happening: object) -> Outcome | None:
        match happening:
            case Began(samples):
                self._forget()
                self.n_voiced = 1
                self._dictation = self.dictates.dictation()
                self._dictation.feed(samples)
            case WentOn(samples, silence_s):
                self.n_voiced += silence_s == 0
                if self._dictation is not None:
                    self._dictate(self._dictation, samples, silence_s)
            case Dropped():
                self._forget()
            case Ended(speech, pause_s):
                return self._understood(speech, pause_s)
        return None

    def _dictate(self, dictation: Dictation, samples: Samples, silence_s: float) -> None:
        if silence_s == 0 and self._has_guessed:
            self._has_guessed = False
            dictation.resume()
        dictation.feed(samples)
        if silence_s >= GUESS_S and not self._has_guessed:
            self._has_guessed = True
            dictation.pause()

    def _understood(self, speech: Speech, pause_s: float) -> Outcome:
        begin_s = time.monotonic()
        if self._dictation is None:
            error = self._error
            self._forget()
            return Misheard(error) if error else Wordless()
        try:
            # Words are found by another process meanwhile.
            impression = self.classifier.hear(speech.audio, self.profile, speech.voiced_s)
            changes = timeline(self.classifier, speech.audio, self.profile)
            heard_s = time.monotonic()
            dictation, self._dictation = self._dictation, None  # it is at its end
            transcript = dictation.end()
        finally:
            self._forget()
        if not is_said(transcript, speech.detected_s, self.min_speech_s):
            return Wordless()
        start_s, end_s = round(speech.start_s, 3), round(speech.end_s, 3)
        timings_ms = {
            "pause": round(1000 * pause_s, 1),
            "emotion": round(1000 * (heard_s - begin_s), 1),
            "words": round(1000 * (time.monotonic() - heard_s), 1),
        }
        segment = Segment(start_s, end_s, transcript, impression, changes)
        return Understood(segment, speech, begin_s - pause_s, timings_ms)

    def _forget(self) -> None:
        dictation, self._dictation = self._dictation, None
        self.n_voiced, self._has_guessed, self._error = 0, False, None
        if dictation is not None:
            dictation.drop()


def outcomes(listener: Listener, chunks: Iterator[Samples]) -> Iterator[Outcome]:
    """Yield the outcome of each utterance of a stream, the last one as it ends with it."""
    for chunk in chunks:
        if (outcome := listener.hear(chunk)) is not None:
            yield outcome
    if (outcome := listener.finish()) is not None:
        yield outcome
