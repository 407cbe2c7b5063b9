"""What a microphone that is open and yet of no use delivers: only zeros, or clipped sound."""

from collections import deque

import numpy as np

from assistant.audio import CHUNK_S
from assistant.values import Samples

ZEROS_S = 3.0
"""A real microphone always has noise; only zeros for so long means that it is cut off."""

ZEROS_REPORT = "the microphone delivers only zeros: is it muted, or is permission missing?"

LOUD = 0.01
"""Root mean square, re full scale, from which a chunk counts as sound: -40 dB."""

CLIPPING_S = 2.0
"""How much sound is needed to judge, and is looked at, s."""

FULL_SCALE = 0.999
"""Magnitude from which a sample is at the end of the range."""

CLIPPED_SHARE = 0.005
"""Share of samples at full scale from which sound is clipped.

Of 750 clips of five corpora of speech none is reported. Raised by 20 dB and cut at 16 bits,
all 374 are that peak above -10 dB, and 142 of the 144 from -15 to -10 dB.
"""

CLIPPING_REPORT = (
    "the microphone clips: what you say is louder than it can take; "
    "turn its level down or speak from further away"
)

AGAIN_S = 30.0
"""A fault is told again only after so much sound without it, s."""


class SoundFaults:
    """Finds what is wrong with sound, chunk by chunk; one for each time a device is opened."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._n_zero_chunks = 0
        self._n_clipped: deque[int] = deque(maxlen=round(CLIPPING_S / CHUNK_S))
        self._n_fine_chunks: dict[str, int] = {}

    def found_in(self, chunk: Samples) -> str | None:
        """Return in one line what is wrong and what to do, or None.

        It returns each fault once, and again only after `AGAIN_S` without it.

        Args:
            chunk: float32, shape (512,), 16 kHz; each chunk that was captured, in order.
        """
        found = None
        for report, is_there in (
            (ZEROS_REPORT, self._is_zeros(chunk)),
            (CLIPPING_REPORT, self._is_clipped(chunk)),
        ):
            n_fine = self._n_fine_chunks.get(report)
            if is_there:
                self._n_fine_chunks[report] = 0
                if n_fine is None or n_fine >= AGAIN_S / CHUNK_S:
                    found = report
            elif n_fine is not None:
                self._n_fine_chunks[report] = n_fine + 1
        return found

    def _is_zeros(self, chunk: Samples) -> bool:
        self._n_zero_chunks = 0 if chunk.any() else self._n_zero_chunks + 1
        return self._n_zero_chunks >= ZEROS_S / CHUNK_S

    def _is_clipped(self, chunk: Samples) -> bool:
        """Judge the last sound; silence says nothing, and so takes nothing back."""
        if np.sqrt(np.mean(chunk * chunk)) < LOUD:
            return False
        self._n_clipped.append(int(np.count_nonzero(np.abs(chunk) >= FULL_SCALE)))
        n_chunks = len(self._n_clipped)
        if n_chunks < (self._n_clipped.maxlen or 0):
            return False
        return sum(self._n_clipped) / (n_chunks * chunk.size) >= CLIPPED_SHARE
