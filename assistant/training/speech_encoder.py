"""What a large network hears in speech: the lower part of Whisper base's encoder, in NumPy.

A. Radford et al. 2022, "Robust Speech Recognition via Large-Scale Weak Supervision",
arXiv 2212.04356. Its first three blocks of attention hold most of what it knows of emotion:
higher ones forget it for the words (measured in ``models/EXPERIMENTS.md``).
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.training.whisper_weights import Weights, encoder_weights

Frames = npt.NDArray[np.float32]
"""Something over time, ``(n_frames, n_features)``."""

SAMPLE_RATE = 16_000
HOP_LENGTH, N_FFT, N_MELS = 160, 400, 80
"""Whisper's front end, section 2.2 of the paper."""

N_BLOCKS = 3
"""Of the encoder's six."""

N_HEADS = 8
FRAME_S = 0.04
"""From one frame to the next: the encoder has one every 20 ms, two are averaged."""

FIRST_FRAME_S = 0.01
"""Where the middle of the first frame lies."""

LONGEST_S = 30.0
"""The encoder knows no more; what comes later is not heard."""


class SpeechEncoder:
    """The front end, two convolutions and `N_BLOCKS` blocks of attention."""

    n_features = 512

    def __init__(self, weights: Weights) -> None:
        """Take the weights as `assistant.training.whisper_weights` returns them."""
        self._weights = weights

    def __call__(self, samples: npt.NDArray[np.floating]) -> Frames:
        """Return what is heard, ``(n_frames, 512)``: one frame for each whole 40 ms.

        Args:
            samples: Sound at 16 kHz; at least one frame comes back whatever its length.
        """
        size = round(FRAME_S * SAMPLE_RATE)
        n_frames = max(1, min(len(samples), round(LONGEST_S * SAMPLE_RATE)) // size)
        sound = np.zeros(n_frames * size, np.float32)
        heard = samples[: sound.size]
        sound[: len(heard)] = heard
        x = gelu(self._convolution("conv1", whisper_levels(sound), strides=1))
        x = gelu(self._convolution("conv2", x, strides=2))
        x = x + self._weights["position_encodings/encodings"][: len(x)]
        for block in range(N_BLOCKS):
            x = x + self._attention(f"layer_{block}/self_attention", x)
            x = x + self._perceptron(f"layer_{block}/ffn", x)
        pairs: Frames = x.reshape(n_frames, 2, -1).mean(axis=1)
        return pairs

    def _convolution(self, name: str, x: Frames, strides: int) -> Frames:
        kernel = self._weights[f"{name}/weight"]  # (n_out, n_in, 3)
        around = np.pad(x, ((1, 1), (0, 0)))
        seen = np.stack([around[k : k + len(x)][::strides] for k in range(3)], axis=2)
        seen, kernel = seen.reshape(len(seen), -1), kernel.reshape(len(kernel), -1)
        return seen @ kernel.T + self._weights[f"{name}/bias"]

    def _attention(self, name: str, x: Frames) -> Frames:
        n_frames, size = x.shape
        mixed = self._dense(f"{name}/linear_0", self._normalised(f"{name}/layer_norm", x))
        heads = mixed.reshape(n_frames, 3, N_HEADS, size // N_HEADS).transpose(1, 2, 0, 3)
        query, key, value = heads
        scores = query @ key.transpose(0, 2, 1) / np.float32((size // N_HEADS) ** 0.5)
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        scores /= scores.sum(axis=-1, keepdims=True)
        seen = (scores @ value).transpose(1, 0, 2).reshape(n_frames, size)
        return self._dense(f"{name}/linear_1", seen)

    def _perceptron(self, name: str, x: Frames) -> Frames:
        x = self._dense(f"{name}/linear_0", self._normalised(f"{name}/layer_norm", x))
        return self._dense(f"{name}/linear_1", gelu(x))

    def _dense(self, name: str, x: Frames) -> Frames:
        return x @ self._weights[f"{name}/weight"].T + self._weights[f"{name}/bias"]

    def _normalised(self, name: str, x: Frames) -> Frames:
        x = x - x.mean(axis=-1, keepdims=True)
        x /= np.sqrt((x**2).mean(axis=-1, keepdims=True) + np.float32(1e-5))
        return x * self._weights[f"{name}/gamma"] + self._weights[f"{name}/beta"]


@lru_cache(maxsize=1)
def loaded_encoder(folder: Path | None = None) -> SpeechEncoder:
    """Return the encoder, read once in each process.

    Raises:
        TrainingError: its weights are not there.
    """
    return SpeechEncoder(encoder_weights(folder))


def whisper_levels(samples: npt.NDArray[np.float32]) -> Frames:
    """Return Whisper's log-mel levels, ``(n_samples // 160, 80)``."""
    padded = np.pad(samples, N_FFT // 2, mode="reflect")
    frames = np.lib.stride_tricks.sliding_window_view(padded, N_FFT)[::HOP_LENGTH][:-1]
    window = np.hanning(N_FFT + 1)[:-1].astype(np.float32)
    power = np.abs(np.fft.rfft(frames * window)) ** 2
    levels = np.log10(np.maximum(power.astype(np.float32) @ _mel_filters().T, 1e-10))
    loud: Frames = (np.maximum(levels, levels.max() - 8) + 4) / 4
    return loud


@lru_cache(maxsize=1)
def _mel_filters() -> Frames:
    import librosa

    filters: Frames = librosa.filters.mel(sr=SAMPLE_RATE, n_fft=N_FFT, n_mels=N_MELS)
    return filters


def gelu(x: Frames) -> Frames:
    """Return ``x`` where it is large, 0 where it is small (Hendrycks & Gimpel 2016)."""
    from scipy.special import erf

    likelihood: Frames = (erf(x * np.float32(0.5**0.5)) + 1) / 2
    return x * likelihood
