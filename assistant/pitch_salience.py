"""How strongly a sound repeats at each pitch of a voice: what log-mel bands cannot resolve.

A generalised autocorrelation: the cosine transform of a compressed power spectrum (T. Tolonen
and M. Karjalainen 2000, IEEE Trans. Speech and Audio Processing 8, doi 10.1109/89.876309).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError

Salience = npt.NDArray[np.float32]
"""Strength of each pitch over time, shape ``(n_frames, n_bins)``, -1 to 1."""

PASSED = 0.4
"""Share of the low sample rate up to which `_decimated` lets sound through unchanged."""

_ZERO_CROSSINGS = 8  # of the low-pass's sinc, on either side


@dataclass(frozen=True)
class PitchConfig:
    """How pitch salience is made; windows and hops are counted in samples at the low rate.

    Raises:
        ModelError: a value is out of its range.
    """

    sample_rate: int = 4_000
    """Samples per second to which sound is decimated first, Hz."""
    n_fft: int = 512
    """The spectrum is taken at multiples of ``sample_rate / n_fft``. With twice the window's
    length the autocorrelation does not wrap around."""
    win_length: int = 256
    """Length of the Hann window, 64 ms at 4 kHz: nearly four periods of the lowest pitch."""
    hop_length: int = 40
    """Step from one frame to the next, 10 ms at 4 kHz."""
    n_bins: int = 64
    """Number of pitches, evenly spaced in octaves."""
    fmin: float = 60.0
    """Lowest pitch, Hz."""
    octaves: float = 3.0
    """Range of pitches: up to just below 480 Hz."""
    spectrum_min: float = 50.0
    """Lowest frequency that counts, Hz; hum and rumble lie below."""
    spectrum_max: float = 1_600.0
    """Highest frequency that counts, Hz; at most `PASSED` times the sample rate."""
    gamma: float = 0.7
    """Exponent of the power spectrum. Below 1 the loudest harmonic counts for less; from 0.6
    to 0.85 the strongest pitch of speech agrees equally well with pYIN."""
    floor: float = 0.04
    """Added to the compressed power, so silence has no pitch. White noise has this power
    where its mel bands have the ``floor_power`` of `assistant.log_mel.MelConfig`."""

    def __post_init__(self) -> None:
        if not 0 < self.hop_length <= self.win_length <= self.n_fft:
            raise ModelError(
                "pitch needs 0 < hop_length <= win_length <= n_fft, got "
                f"{self.hop_length}, {self.win_length}, {self.n_fft}"
            )
        highest = PASSED * self.sample_rate
        if not 0 <= self.spectrum_min < self.spectrum_max <= highest:
            raise ModelError(
                f"pitch needs 0 <= spectrum_min < spectrum_max <= {highest:g} Hz, got "
                f"{self.spectrum_min} and {self.spectrum_max}"
            )
        if not (0 < self.fmin < np.inf and 0 < self.octaves < np.inf and self.n_bins >= 1):
            raise ModelError(
                "pitch needs fmin > 0, octaves > 0 and n_bins >= 1, got "
                f"{self.fmin}, {self.octaves}, {self.n_bins}"
            )
        if not (0 < self.gamma <= 1 and 0 < self.floor < np.inf):
            raise ModelError(
                f"pitch needs 0 < gamma <= 1 and floor > 0, got {self.gamma} and {self.floor}"
            )


def pitches(config: PitchConfig) -> npt.NDArray[np.float64]:
    """Return the pitch that each bin stands for, Hz, shape ``(n_bins,)``, ascending."""
    steps: npt.NDArray[np.float64] = np.arange(config.n_bins) / config.n_bins
    return config.fmin * 2 ** (config.octaves * steps)


def pitch_salience(
    samples: npt.NDArray[np.floating], sample_rate: int, config: PitchConfig
) -> Salience:
    """Return how strongly each frame of a sound repeats at the period of each pitch.

    Frames are centred as those of `assistant.log_mel.log_mel` are: frame ``i`` is around
    sample ``i * hop`` with the hop in samples of the given sound, which is surrounded by
    zeros.

    Args:
        samples: Shape ``(n_samples,)``; full scale is 1.
        sample_rate: Samples per second, Hz; a multiple of ``config.sample_rate``.
        config: Windows, pitches and the spectrum that they are found in.

    Returns:
        Shape ``(1 + n_samples // hop, n_bins)``: near 1 at the pitch of a voice (0.6 at the
        lowest, of which a window holds few periods), about 0 for noise, 0 for silence, and
        below 0 where a period of that length opposes what is heard.
    """
    factor = sample_rate // config.sample_rate
    n_frames = 1 + len(samples) // (factor * config.hop_length)
    before = config.win_length // 2
    around = np.pad(samples, (factor * before, factor * (config.win_length - before)))
    slow = _decimated(around, factor)
    frames = np.lib.stride_tricks.sliding_window_view(slow, config.win_length)
    windowed = frames[:: config.hop_length][:n_frames] * _hann(config.win_length)
    cosines, sines = np.split(windowed @ _fourier(config), 2, axis=1)
    power = cosines**2 + sines**2  # (n_frames, n_frequencies)
    density = power ** np.float32(config.gamma)
    total = density.sum(axis=1, keepdims=True) + np.float32(config.floor)
    return np.asarray(density @ _lags(config) / total, dtype=np.float32)  # (n_frames, n_bins)


def _decimated(samples: npt.NDArray[np.floating], factor: int) -> npt.NDArray[np.float32]:
    """Keep every ``factor``-th sample, from the first on, of the sound without what is high.

    The low-pass is a sinc that halves the amplitude at half the low rate, under a Hamming
    window. Its transition is 3.3 / (its length) wide (A. V. Oppenheim and R. W. Schafer,
    Discrete-Time Signal Processing, ch. 7): from 0.4 to 0.6 of the low rate. What would
    fold into the part that is used is 53 dB down.
    """
    half = _ZERO_CROSSINGS * factor
    around = np.pad(samples.astype(np.float32), half)
    stretches = np.lib.stride_tricks.sliding_window_view(around, 2 * half + 1)[::factor]
    return np.ascontiguousarray(stretches) @ _low_pass(factor)


@lru_cache(maxsize=4)
def _low_pass(factor: int) -> npt.NDArray[np.float32]:
    half = _ZERO_CROSSINGS * factor
    response = np.sinc(np.arange(-half, half + 1) / factor) * np.hamming(2 * half + 1)
    return np.asarray(response / response.sum(), dtype=np.float32)


@lru_cache(maxsize=4)
def _hann(win_length: int) -> npt.NDArray[np.float32]:
    """Return the periodic Hann window, whose peak is at ``win_length / 2``."""
    phase = 2 * np.pi * np.arange(win_length) / win_length
    return np.asarray(0.5 - 0.5 * np.cos(phase), dtype=np.float32)


@lru_cache(maxsize=4)
def _fourier(config: PitchConfig) -> npt.NDArray[np.float32]:
    """Return cosines, then sines, ``(win_length, 2 * n_frequencies)``.

    For the few frequencies that are needed, a matrix product takes less than half the time
    of a fast Fourier transform.
    """
    times = np.arange(config.win_length)[:, np.newaxis] / config.sample_rate
    phase = 2 * np.pi * times * _frequencies(config)
    return np.concatenate([np.cos(phase), np.sin(phase)], axis=1).astype(np.float32)


@lru_cache(maxsize=4)
def _lags(config: PitchConfig) -> npt.NDArray[np.float32]:
    """Return the cosine transform at one period of each pitch, ``(n_frequencies, n_bins)``."""
    phase = 2 * np.pi * _frequencies(config)[:, np.newaxis] / pitches(config)
    return np.cos(phase).astype(np.float32)


def _frequencies(config: PitchConfig) -> npt.NDArray[np.float64]:
    every = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate)
    used = every[(every >= config.spectrum_min) & (every <= config.spectrum_max)]
    return np.asarray(used, dtype=np.float64)
