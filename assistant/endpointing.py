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

HESITATION_FACTOR = 2.0
"""Someone who paused within the utterance may pause that much longer before going on."""


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
    detected_s: float
    """All that was taken for a voice, without what lies between, s."""

    @property
    def end_s(self) -> float:
        """Where ``audio`` ends in its stream, s."""
        return self.start_s + self.audio.duration_s


@dataclass(frozen=True, eq=False)
class Began:
    """Somebody begins to speak."""

    samples: Samples
    """From the pre-roll on, with the first chunk of the voice."""


@dataclass(frozen=True, eq=False)
class WentOn:
    """One more chunk of the utterance."""

    samples: Samples
    silence_s: float
    """For how long nothing was said, with this chunk, s; 0 while somebody speaks."""


@dataclass(frozen=True, eq=False)
class Ended:
    """The utterance is over."""

    speech: Speech
    pause_s: float
    """Silence that was waited for before it was taken to be over, s."""


@dataclass(frozen=True)
class Dropped:
    """What had begun was no speech: a click, a cough."""


Happening = Began | WentOn | Ended | Dropped


@dataclass
class _Phrase:
    """Chunks collected so far."""

    first: int
    chunks: list[Samples]
    n_before: int
    """How many of them came before its voice."""
    n_voiced: int = 0
    n_silent: int = 0
    n_longest_pause: int = 0
    """The longest silence after which speech went on."""


@dataclass
class Endpointer:
    """Cuts a stream of chunks into stretches of speech.

    Speech begins when a chunk reaches the threshold, and ends after a pause, at
    ``max_utterance_s`` or with the stream. With less than ``min_speech_ms`` of voice in it,
    it was a click or a cough and is left out.
    """

    detector: Detector
    settings: VadSettings = field(default_factory=VadSettings)

    def __post_init__(self) -> None:
        self._n_before = _n_chunks(self.settings.pre_roll_ms / 1000)
        self._before: deque[Samples] = deque(maxlen=self._n_before)
        self._phrase: _Phrase | None = None
        self._position = 0

    def reset(self) -> None:
        """Forget what was heard: what comes next is another stream."""
        self.detector.reset()
        self._before.clear()
        self._phrase, self._position = None, 0

    def feed(self, chunk: Samples) -> tuple[Happening, ...]:
        """Return what happens with one chunk, in order; mostly nothing, or that it went on.

        Args:
            chunk: shape ``(CHUNK_SAMPLES,)``, 16 kHz.
        """
        position, self._position = self._position, self._position + 1
        probability = self.detector.speech_probability(chunk)
        phrase = self._phrase
        if phrase is None:
            if probability < self.settings.threshold:
                self._before.append(chunk)
                return ()
            n_before = len(self._before)
            phrase = _Phrase(position - n_before, list(self._before), n_before)
            self._phrase = phrase
            self._add(phrase, chunk, probability)
            return self._with_end(Began(np.concatenate(phrase.chunks)))
        self._add(phrase, chunk, probability)
        return self._with_end(WentOn(chunk, phrase.n_silent * CHUNK_S))

    def finish(self) -> tuple[Happening, ...]:
        """Return what the end of the stream means for an utterance that goes on."""
        return () if self._phrase is None else (self._end(self._phrase),)

    def so_far(self) -> Speech | None:
        """Return what is being said, cut as if the stream ended now; None for too little."""
        return None if self._phrase is None else self._cut(self._phrase)

    def speeches(self, chunks: Iterable[Samples]) -> Iterator[Speech]:
        """Yield each stretch of speech of a stream as soon as it has ended.

        Args:
            chunks: each of shape ``(CHUNK_SAMPLES,)``, 16 kHz.
        """
        self.reset()
        for chunk in chunks:
            yield from _speeches(self.feed(chunk))
        yield from _speeches(self.finish())

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
        voiced_s = sum(speech.voiced_s for speech in speeches)
        return Speech(heard, start_s, voiced_s, sum(each.detected_s for each in speeches))

    def _add(self, phrase: _Phrase, chunk: Samples, probability: float) -> None:
        phrase.chunks.append(chunk)
        phrase.n_voiced += probability >= self.settings.threshold
        if probability >= self.settings.threshold * RELEASE:
            phrase.n_longest_pause = max(phrase.n_longest_pause, phrase.n_silent)
            phrase.n_silent = 0
        else:
            phrase.n_silent += 1

    def _with_end(self, happening: Happening) -> tuple[Happening, ...]:
        phrase = self._phrase
        assert phrase is not None  # something of it just happened
        if not self._has_ended(phrase):
            return (happening,)
        return happening, self._end(phrase)

    def _has_ended(self, phrase: _Phrase) -> bool:
        paused = phrase.n_silent >= _n_chunks(self._pause_s(phrase))
        return paused or len(phrase.chunks) >= _n_chunks(self.settings.max_utterance_s)

    def _pause_s(self, phrase: _Phrase) -> float:
        """Return the silence that ends an utterance: longer for someone who hesitates."""
        least_s, most_s = self.settings.min_pause_ms / 1000, self.settings.max_pause_ms / 1000
        hesitated_s = HESITATION_FACTOR * phrase.n_longest_pause * CHUNK_S
        return max(least_s, min(hesitated_s, most_s))

    def _end(self, phrase: _Phrase) -> Ended | Dropped:
        self._phrase = None
        # Only its silence may be heard again, as what comes before the next one.
        tail = phrase.chunks[len(phrase.chunks) - phrase.n_silent :]
        self._before = deque(tail, maxlen=self._n_before)
        speech = self._cut(phrase)
        return Dropped() if speech is None else Ended(speech, phrase.n_silent * CHUNK_S)

    def _cut(self, phrase: _Phrase) -> Speech | None:
        """Return the phrase up to the last of its voice; None where there is too little."""
        if phrase.n_voiced < _n_chunks(self.settings.min_speech_ms / 1000):
            return None
        n_trailing = max(0, phrase.n_silent - _n_chunks(POST_ROLL_S))
        kept = phrase.chunks[: len(phrase.chunks) - n_trailing]
        return Speech(
            Audio(np.concatenate(kept), SAMPLE_RATE),
            start_s=phrase.first * CHUNK_S,
            voiced_s=(len(phrase.chunks) - phrase.n_before - phrase.n_silent) * CHUNK_S,
            detected_s=phrase.n_voiced * CHUNK_S,
        )


def _speeches(happenings: Iterable[Happening]) -> Iterator[Speech]:
    for happening in happenings:
        if isinstance(happening, Ended):
            yield happening.speech


def _n_chunks(duration_s: float) -> int:
    return max(1, round(duration_s / CHUNK_S)) if duration_s else 0


def chunked(audio: Audio) -> Iterator[Samples]:
    """Yield a recording in chunks; the last one is filled up with silence."""
    n_missing = -audio.samples.size % CHUNK_SAMPLES
    padded = np.pad(audio.samples, (0, n_missing))
    yield from padded.reshape(-1, CHUNK_SAMPLES)
