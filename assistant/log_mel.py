"""Levels of mel bands over time: what the emotion network sees first of all."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError


@dataclass(frozen=True)
class MelConfig:
    """How a log-mel spectrogram is made; windows and hops are counted in samples.

    Raises:
        ModelError: a value is out of its range.
    """

    sample_rate: int = 16_000
    """Samples per second, Hz."""
    n_fft: int = 512
    """Length of the Fourier transform; the window is zero-padded to it."""
    win_length: int = 400
    """Length of the Hann window, 25 ms at 16 kHz."""
    hop_length: int = 160
    """Step from one frame to the next, 10 ms at 16 kHz."""
    n_mels: int = 64
    """Number of bands."""
    fmin: float = 50.0
    """Lower edge of the lowest band, Hz."""
    fmax: float = 8_000.0
    """Upper edge of the highest band, Hz; at most half the sample rate."""
    floor_power: float = 1e-6
    """Added to the power of each band before the logarithm, so silence has a level."""

    def __post_init__(self) -> None:
        if not 0 < self.hop_length <= self.win_length <= self.n_fft:
            raise ModelError(
                "features need 0 < hop_length <= win_length <= n_fft, got "
                f"{self.hop_length}, {self.win_length}, {self.n_fft}"
            )
        if not 0 <= self.fmin < self.fmax <= self.sample_rate / 2:
            raise ModelError(
                f"features need 0 <= fmin < fmax <= {self.sample_rate / 2} Hz, got "
                f"{self.fmin} and {self.fmax}"
            )
        if self.n_mels < 1 or self.floor_power <= 0:
            raise ModelError(
                "features need n_mels >= 1 and floor_power > 0, got "
                f"{self.n_mels} and {self.floor_power}"
            )


def log_mel(samples: npt.NDArray[np.float64], config: MelConfig) -> npt.NDArray[np.float32]:
    """Return the level of each mel band in each frame, in dB.

    Frames are centred: frame ``i`` is around sample ``i * hop_length``, and the clip is
    surrounded by zeros. Equal to librosa 0.11's ``melspectrogram`` with its defaults.

    Args:
        samples: Shape ``(n_samples,)``, at ``config.sample_rate``; full scale is 1.
        config: Windows and bands.

    Returns:
        Shape ``(1 + n_samples // hop_length, n_mels)``, at least
        ``10 * log10(floor_power)``.
    """
    around = np.pad(samples, (config.n_fft // 2, config.n_fft - config.n_fft // 2))
    frames = np.lib.stride_tricks.sliding_window_view(around, config.n_fft)
    frames = frames[:: config.hop_length][: 1 + len(samples) // config.hop_length]
    spectrum = np.fft.rfft(frames * _hann(config))
    power = spectrum.real**2 + spectrum.imag**2  # (n_frames, 1 + n_fft // 2)
    levels = 10 * np.log10(power @ _mel_filters(config) + config.floor_power)
    return np.asarray(levels, dtype=np.float32)  # (n_frames, n_mels)


@lru_cache(maxsize=4)
def _hann(config: MelConfig) -> npt.NDArray[np.float64]:
    """Return the periodic Hann window, centred in ``n_fft`` samples."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(config.win_length) / config.win_length)
    before = (config.n_fft - config.win_length) // 2
    return np.pad(window, (before, config.n_fft - config.win_length - before))


@lru_cache(maxsize=4)
def _mel_filters(config: MelConfig) -> npt.NDArray[np.float64]:
    """Return triangles of equal area over the mel scale, ``(1 + n_fft // 2, n_mels)``.

    M. Slaney, Auditory Toolbox, Interval Research Technical Report 1998-010: linear up to
    1 kHz, then logarithmic; the same as librosa's ``filters.mel`` by default.
    """
    lowest, highest = _hz_to_mel(np.array([config.fmin, config.fmax]))
    edges = _mel_to_hz(np.linspace(lowest, highest, config.n_mels + 2))
    bins = np.fft.rfftfreq(config.n_fft, 1 / config.sample_rate)[:, np.newaxis]
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - low) / (centre - low), (high - bins) / (high - centre)
    triangles: npt.NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    return triangles * (2 / (high - low))


# Slaney's mel scale: 200/3 Hz a mel up to 1 kHz (15 mel), then 27 mel for a factor of 6.4.
_LINEAR_HZ, _CORNER_HZ, _CORNER_MEL, _LOG_STEP = 200 / 3, 1000.0, 15.0, np.log(6.4) / 27


def _hz_to_mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = _CORNER_MEL + np.log(np.maximum(hz, _CORNER_HZ) / _CORNER_HZ) / _LOG_STEP
    return np.where(hz < _CORNER_HZ, hz / _LINEAR_HZ, above)


def _mel_to_hz(mel: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    above = _CORNER_HZ * np.exp(_LOG_STEP * (mel - _CORNER_MEL))
    return np.where(mel < _CORNER_MEL, mel * _LINEAR_HZ, above)
