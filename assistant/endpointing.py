"""Where an utterance begins and ends, from the detector's probabilities."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, SAMPLE_RATE
from assistant.settings import VadSettings
from assistant.values import Audio, Samples

RELEASE = 0.5
"""Once speech has begun, this share of the threshold keeps it going (hysteresis)."""

POST_ROLL_S = 0.2
"""Silence kept after the last speech, so that no final consonant is cut, s."""


class Detector(Protocol):
    """What endpointing needs of a voice detector."""

    def speech_probability(self, chunk: Samples) -> float:
        """Return how likely the chunk is speech, 0 to 1."""

    def reset(self) -> None:
        """Forget what was heard."""


@dataclass(frozen=True, eq=False)
class Speech:
    """One stretch of speech with a little sound before and after it."""

    audio: Audio
    start_s: float
    """Where ``audio`` begins in its stream, s."""
    voiced_s: float
    """From the first chunk that was taken for a voice to the last, s."""

    @property
    def end_s(self) -> float:
        """Where ``audio`` ends in its stream, s."""
        return self.start_s + self.audio.duration_s


@dataclass
class _Phrase:
    """Chunks collected so far."""

    first: int
    chunks: list[Samples]
    n_before: int
    """How many of them came before its voice."""
    n_voiced: int = 0
    n_silent: int = 0


@dataclass
class Endpointer:
    """Cuts a stream of chunks into stretches of speech."""

    detector: Detector
    settings: VadSettings = field(default_factory=VadSettings)

    def speeches(self, chunks: Iterable[Samples]) -> Iterator[Speech]:
        """Yield each stretch of speech as soon as it has ended.

        Speech begins when a chunk reaches the threshold and ends after ``pause_ms`` of
        silence, at ``max_utterance_s`` or with the stream. With less than
        ``min_speech_ms`` of voice in it, it was a click or a cough and is left out.

        Args:
            chunks: each of shape ``(CHUNK_SAMPLES,)``, 16 kHz.
        """
        self.detector.reset()
        n_before = _n_chunks(self.settings.pre_roll_ms / 1000)
        before: deque[Samples] = deque(maxlen=n_before)
        phrase: _Phrase | None = None
        for position, chunk in enumerate(chunks):
            probability = self.detector.speech_probability(chunk)
            if phrase is None and probability < self.settings.threshold:
                before.append(chunk)
                continue
            if phrase is None:
                phrase = _Phrase(position - len(before), list(before), len(before))
            self._add(phrase, chunk, probability)
            if self._has_ended(phrase):
                yield from self._whole(phrase)
                # Only its silence may be heard again, as what comes before the next one.
                tail = phrase.chunks[len(phrase.chunks) - phrase.n_silent :]
                before = deque(tail, maxlen=n_before)
                phrase = None
        if phrase is not None:
            yield from self._whole(phrase)

    def spoken_part(self, audio: Audio) -> Speech | None:
        """Return a recording from where somebody begins to speak to where nobody does any more.

        Pauses stay in it, however long; ``voiced_s`` is without those that end an utterance.

        Args:
            audio: At 16 kHz.

        Returns:
            None where nobody speaks.
        """
        chunks = list(chunked(audio))
        speeches = list(self.speeches(chunks))
        if not speeches:
            return None
        start_s, end_s = speeches[0].start_s, speeches[-1].end_s
        heard = Audio(np.concatenate(chunks), SAMPLE_RATE).between(start_s, end_s)
        return Speech(heard, start_s, sum(speech.voiced_s for speech in speeches))

    def _add(self, phrase: _Phrase, chunk: Samples, probability: float) -> None:
        phrase.chunks.append(chunk)
        phrase.n_voiced += probability >= self.settings.threshold
        goes_on = probability >= self.settings.threshold * RELEASE
        phrase.n_silent = 0 if goes_on else phrase.n_silent + 1

    def _has_ended(self, phrase: _Phrase) -> bool:
        paused = phrase.n_silent >= _n_chunks(self.settings.pause_ms / 1000)
        return paused or len(phrase.chunks) >= _n_chunks(self.settings.max_utterance_s)

    def _whole(self, phrase: _Phrase) -> Iterator[Speech]:
        if phrase.n_voiced < _n_chunks(self.settings.min_speech_ms / 1000):
            return
        n_trailing = max(0, phrase.n_silent - _n_chunks(POST_ROLL_S))
        kept = phrase.chunks[: len(phrase.chunks) - n_trailing]
        yield Speech(
            Audio(np.concatenate(kept), SAMPLE_RATE),
            start_s=phrase.first * CHUNK_S,
            voiced_s=(len(phrase.chunks) - phrase.n_before - phrase.n_silent) * CHUNK_S,
        )


def _n_chunks(duration_s: float) -> int:
    return max(1, round(duration_s / CHUNK_S)) if duration_s else 0


def chunked(audio: Audio) -> Iterator[Samples]:
    """Yield a recording in chunks; the last one is filled up with silence."""
    n_missing = -audio.samples.size % CHUNK_SAMPLES
    padded = np.pad(audio.samples, (0, n_missing))
    yield from padded.reshape(-1, CHUNK_SAMPLES)
