"""From sound to what the emotion network sees: the one front end of training and run time.

    Audio ── trim ── level ── log_mel ──> clip_levels ── per-band scale ── cut ──> windows

Everything is NumPy, so both sides compute the same numbers on every machine.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from assistant.errors import AudioError, ModelError
from assistant.values import Audio

Signal = npt.NDArray[np.float64]

Levels = npt.NDArray[np.float32]
"""Levels of mel bands over time, shape ``(..., n_frames, n_mels)``."""

SILENCE_RMS = 1e-6
"""Below this (-120 dB re full scale, 30 dB under one 16-bit step) a clip counts as silence."""


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


@dataclass(frozen=True)
class FeatureRecipe:
    """Everything between samples and network input; stored with the model.

    Raises:
        ModelError: the band statistics do not fit the bands, or a value is out of range.
    """

    mel: MelConfig = MelConfig()
    n_frames: int = 256
    """Frames of one window, 2.56 s."""
    window_hop: int = 128
    """Frames from one window of a long clip to the next."""
    trim_db: float = 35.0
    """Outer parts this far below the loudest frame are cut off."""
    level_rms: float = 0.05
    """Root mean square to which a clip is scaled, -26 dB re full scale."""
    band_mean: tuple[float, ...] = ()
    """Mean level of each band over the training clips, dB; empty means 0."""
    band_std: tuple[float, ...] = ()
    """Standard deviation of each band over the training clips, dB; empty means 1."""

    def __post_init__(self) -> None:
        for name, values in (("band_mean", self.band_mean), ("band_std", self.band_std)):
            if len(values) not in (0, self.mel.n_mels):
                raise ModelError(
                    f"{name} has {len(values)} values for {self.mel.n_mels} mel bands"
                )
        positive = all(0 < std < np.inf for std in self.band_std)
        if not (positive and np.isfinite(self.band_mean).all()):
            raise ModelError("band_mean must be finite and band_std positive")
        if not 0 < self.window_hop <= self.n_frames:
            raise ModelError(
                f"features need 0 < window_hop <= n_frames, got {self.window_hop} "
                f"and {self.n_frames}"
            )
        if not (self.trim_db > 0 and self.level_rms > 0):
            raise ModelError(
                f"trim_db and level_rms must be positive, got {self.trim_db} "
                f"and {self.level_rms}"
            )


def model_input(audio: Audio, recipe: FeatureRecipe) -> Levels:
    """Return all that the network sees of a clip, ``(n_windows, n_frames, n_mels)``.

    A clip shorter than a window is one window; a longer one is several that overlap.

    Raises:
        AudioError: the sample rate is not the recipe's.
    """
    return windows(clip_levels(audio, recipe), recipe)


def clip_levels(audio: Audio, recipe: FeatureRecipe) -> Levels:
    """Return the levels of the trimmed clip at its standard loudness, in dB.

    Returns:
        Shape ``(1 + n_samples // hop_length, n_mels)``, not yet scaled per band.

    Raises:
        AudioError: the sample rate is not the recipe's.
    """
    _check_rate(audio, recipe.mel)
    samples = _trimmed(audio.samples.astype(np.float64), recipe)
    return _log_mel(_at_level(samples, recipe.level_rms), recipe.mel)


def log_mel(audio: Audio, config: MelConfig) -> Levels:
    """Return the level of each mel band in each frame, in dB.

    Frames are centred: frame ``i`` is around sample ``i * hop_length``, and the clip is
    surrounded by zeros. Equal to librosa 0.11's ``melspectrogram`` with its defaults.

    Returns:
        Shape ``(1 + n_samples // hop_length, n_mels)``, at least
        ``10 * log10(floor_power)``.

    Raises:
        AudioError: the sample rate is not ``config.sample_rate``.
    """
    _check_rate(audio, config)
    return _log_mel(audio.samples.astype(np.float64), config)


def windows(levels: Levels, recipe: FeatureRecipe) -> Levels:
    """Cut levels in dB into windows and scale each band; a short clip is padded.

    Args:
        levels: Shape ``(n_frames, n_mels)``, any number of frames.
        recipe: Its band statistics and window lengths are used.

    Returns:
        Shape ``(n_windows, recipe.n_frames, n_mels)``; the last window ends with the clip.
    """
    scaled = scale_bands(padded(levels, recipe.n_frames, recipe.mel), recipe)
    last = len(scaled) - recipe.n_frames
    starts = [*range(0, last, recipe.window_hop), last]
    return np.stack([scaled[start : start + recipe.n_frames] for start in starts])


def padded(levels: Levels, n_frames: int, config: MelConfig) -> Levels:
    """Surround levels in dB with silence up to at least ``n_frames`` frames."""
    missing = max(0, n_frames - len(levels))
    around = ((missing // 2, missing - missing // 2), (0, 0))
    return np.pad(levels, around, constant_values=10 * np.log10(config.floor_power))


def scale_bands(levels: Levels, recipe: FeatureRecipe) -> Levels:
    """Return levels in dB as deviations from the training mean in standard deviations."""
    mean = np.asarray(recipe.band_mean or 0.0, dtype=np.float32)
    std = np.asarray(recipe.band_std or 1.0, dtype=np.float32)
    return (levels - mean) / std


def _check_rate(audio: Audio, config: MelConfig) -> None:
    if audio.sample_rate != config.sample_rate:
        raise AudioError(
            f"the emotion features need {config.sample_rate} Hz, got {audio.sample_rate} Hz; "
            "resample the audio first"
        )


def _trimmed(samples: Signal, recipe: FeatureRecipe) -> Signal:
    """Cut quiet outer parts, in whole hops; silence comes back as it is."""
    hop = recipe.mel.hop_length
    n_hops = -(-len(samples) // hop)
    blocks = np.pad(samples, (0, n_hops * hop - len(samples))).reshape(n_hops, hop)
    rms = np.sqrt((blocks**2).mean(axis=1))
    if rms.max(initial=0.0) < SILENCE_RMS:
        return samples
    (loud,) = np.nonzero(rms >= rms.max() * 10 ** (-recipe.trim_db / 20))
    return samples[loud[0] * hop : (loud[-1] + 1) * hop]


def _at_level(samples: Signal, level_rms: float) -> Signal:
    """Scale to the given root mean square; silence becomes zeros, never amplified noise."""
    rms = np.sqrt((samples**2).mean()) if samples.size else 0.0
    return samples * (level_rms / rms if rms >= SILENCE_RMS else 0.0)


def _log_mel(samples: Signal, config: MelConfig) -> Levels:
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
