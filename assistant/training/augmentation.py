"""Variety that the corpora lack: other voices, rooms, microphones and noise, on levels in dB.

Every function takes levels of shape ``(n_frames, n_mels)`` and a seeded generator, and
changes nothing in place. Sizes are those of a pilot on the same corpora.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.features import FeatureRecipe, Levels


@dataclass(frozen=True)
class AugmentationSettings:
    """How far each change may go; ranges are uniform."""

    tempo: tuple[float, float] = (0.85, 1.18)
    """Factor of speed."""
    warp: tuple[float, float] = (0.88, 1.12)
    """Factor on the mel axis, for the length of the vocal tract (Jaitly & Hinton 2013)."""
    gain_db: float = 3.0
    """Loudness changes by up to this, either way."""
    equaliser_db: float = 3.0
    """Standard deviation of each of four points of a smooth colouring."""
    noise_share: float = 0.15
    """Share of clips that get noise, 0 to 1."""
    noise_snr_db: tuple[float, float] = (5.0, 35.0)
    """Mean power of the clip over that of the noise."""
    time_mask: int = 24
    """Each of two masks hides up to so many frames (SpecAugment, Park et al. 2019)."""
    mel_mask: int = 8
    """Each of two masks hides up to so many bands."""


def augmented(
    levels: Levels, settings: AugmentationSettings, rng: np.random.Generator
) -> Levels:
    """Return levels in dB with every change drawn anew; the number of frames changes."""
    levels = stretched(levels, rng.uniform(*settings.tempo))
    levels = warped(levels, rng.uniform(*settings.warp))
    levels = levels + np.float32(rng.uniform(-settings.gain_db, settings.gain_db))
    levels = equalised(levels, settings.equaliser_db, rng)
    if rng.random() < settings.noise_share:
        levels = with_noise(levels, rng.uniform(*settings.noise_snr_db), rng)
    for _ in range(2):
        levels = masked(levels, settings.time_mask, 0, rng)
        levels = masked(levels, settings.mel_mask, 1, rng)
    return levels


def stretched(levels: Levels, factor: float) -> Levels:
    """Return levels spoken ``factor`` times as fast; pitch stays."""
    n_frames = max(1, round(len(levels) / factor))
    return _interpolated(levels, np.linspace(0, len(levels) - 1, n_frames), 0)


def warped(levels: Levels, factor: float) -> Levels:
    """Return levels whose bands are moved up by ``factor``; the number of bands stays."""
    positions = np.arange(levels.shape[1]) / factor
    return _interpolated(levels, np.minimum(positions, levels.shape[1] - 1), 1)


def equalised(levels: Levels, std_db: float, rng: np.random.Generator) -> Levels:
    """Return levels with a smooth random colouring, as by another microphone."""
    return levels + _random_curve(levels.shape[1], std_db, rng)


def with_noise(levels: Levels, snr_db: float, rng: np.random.Generator) -> Levels:
    """Return levels with steady noise of a random colour added to their power.

    Args:
        levels: In dB.
        snr_db: Mean power of the clip over that of the noise before it is coloured.
        rng: Source of the colour and of the noise's own flutter.
    """
    power = _db_to_power(levels)
    noise = power.mean() * _db_to_power(_random_curve(levels.shape[1], 6.0, rng) - snr_db)
    # A band holds a few bins of the spectrum; the power of each is exponential.
    flutter = rng.standard_gamma(3.0, levels.shape, dtype=np.float32) / 3
    return np.asarray(10 * np.log10(power + noise * flutter), dtype=np.float32)


def masked(levels: Levels, longest: int, axis: int, rng: np.random.Generator) -> Levels:
    """Return levels with a random stretch of an axis replaced by the clip's mean."""
    size = levels.shape[axis]
    length = int(rng.integers(0, min(longest, size // 2) + 1))
    start = int(rng.integers(0, size - length + 1))
    levels = levels.copy()
    hidden = [slice(None), slice(None)]
    hidden[axis] = slice(start, start + length)
    levels[tuple(hidden)] = levels.mean()
    return levels


def placed(levels: Levels, recipe: FeatureRecipe, rng: np.random.Generator) -> Levels:
    """Return one window: a random part of a long clip, or a short one amid silence."""
    n_frames, missing = recipe.n_frames, recipe.n_frames - len(levels)
    if missing <= 0:
        start = int(rng.integers(0, 1 - missing))
        return levels[start : start + n_frames]
    before = int(rng.integers(0, missing + 1))
    silence = 10 * np.log10(recipe.mel.floor_power)
    return np.pad(levels, ((before, missing - before), (0, 0)), constant_values=silence)


def _db_to_power(levels: Levels) -> Levels:
    return np.asarray(np.exp(levels * np.float32(np.log(10) / 10)), dtype=np.float32)


def _random_curve(n_mels: int, std_db: float, rng: np.random.Generator) -> Levels:
    points = rng.normal(0.0, std_db, 4)
    curve = np.interp(np.linspace(0, 3, n_mels), np.arange(4), points)
    return curve.astype(np.float32)


def _interpolated(levels: Levels, positions: npt.NDArray[np.float64], axis: int) -> Levels:
    """Read levels at fractional positions along an axis, linearly."""
    lower = np.clip(positions.astype(int), 0, max(0, levels.shape[axis] - 2))
    upper = np.minimum(lower + 1, levels.shape[axis] - 1)
    weight = (positions - lower).astype(np.float32)
    weight = weight[:, np.newaxis] if axis == 0 else weight
    below, above = levels.take(lower, axis), levels.take(upper, axis)
    return np.asarray(below + (above - below) * weight, dtype=np.float32)
