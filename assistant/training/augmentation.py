"""Variety drawn anew for each batch: tempo, other voices and microphones, hidden stretches.

What is changed in the sound itself, rooms and noise, is in `assistant.training.disturbing`.
A batch is changed as one array, for a loop over its clips would take longer than a step of
training leaves. Nothing but what is named ``hide`` changes its input. Sizes are those of a
pilot on the same corpora.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.features import Levels

Numbers = npt.NDArray[np.float64]
"""One number for each clip of a batch, ``(n,)``."""

Positions = npt.NDArray[np.float64]
"""Which frame of its clip, counted from 0, lies at each place, ``(n, n_places)``."""


@dataclass(frozen=True)
class AugmentationSettings:
    """How far each change may go; ranges are uniform."""

    tempo: tuple[float, float] = (0.85, 1.18)
    """Factor of speed."""
    warp: tuple[float, float] = (0.88, 1.12)
    """Factor on the mel axis, for the length of the vocal tract (Jaitly & Hinton 2013)."""
    pitch_per_warp: float = 0.7
    """Share of a warp, in octaves, by which the pitch moves along: small people speak high."""
    pitch_shift: float = 2.0
    """Bins by which the pitch moves besides, at most, either way."""
    pitchless_share: float = 0.05
    """Share of clips whose pitch is not shown, 0 to 1, so that it is not relied upon."""
    gain_db: float = 3.0
    """Loudness changes by up to this, either way."""
    equaliser_db: float = 3.0
    """Standard deviation of each of four points of a smooth colouring."""
    time_mask: int = 24
    """Each of two masks hides up to so many frames (SpecAugment, Park et al. 2019)."""
    mel_mask: int = 8
    """Each of two masks hides up to so many bands."""


@dataclass(frozen=True, eq=False)
class VoiceChanges:
    """Other vocal tracts and microphones for the clips of a batch."""

    warp: Numbers
    """Factor on the mel axis."""
    bands: Levels
    """The same as matrices, ``(n, n_mels, n_mels)``."""
    colour_db: Levels
    """What each microphone adds to each band, ``(n, n_mels)``."""
    gain_db: Numbers

    @classmethod
    def drawn(
        cls, n: int, n_mels: int, settings: AugmentationSettings, rng: np.random.Generator
    ) -> Self:
        """Draw the changes of a batch of ``n`` clips."""
        warp = rng.uniform(*settings.warp, n)
        return cls(
            warp=warp,
            bands=warping(warp, n_mels),
            colour_db=colouring(n, n_mels, settings.equaliser_db, rng),
            gain_db=rng.uniform(-settings.gain_db, settings.gain_db, n),
        )

    def of_levels(self, levels: Levels) -> Levels:
        """Return the batch in other voices, ``(n, n_frames, n_mels)``, dB."""
        added = self.colour_db + self.gain_db[:, np.newaxis].astype(np.float32)
        changed: Levels = np.matmul(levels, self.bands)
        changed += added[:, np.newaxis]
        return changed


def placed(
    clips: Sequence[npt.NDArray[np.floating]],
    tempo: Numbers,
    n_frames: int,
    rng: np.random.Generator,
) -> tuple[Levels, Positions]:
    """Return a window of each clip, spoken ``tempo`` times as fast; pitch stays.

    A long clip is cut at random, a short one lies somewhere in the window.

    Args:
        clips: Each ``(n_frames_of_clip, n_bands)`` or ``(n_frames_of_clip, n_bands, 2)``.
        tempo: Factor of speed for each.
        n_frames: Length of a window.
        rng: Draws where the windows lie.

    Returns:
        Windows, ``(n_channels, n, n_frames, n_bands)``, and which frame of its clip each
        frame shows, ``(n, n_frames)``, NaN where there is no clip: what the windows hold
        there is not to be used.
    """
    lengths = np.array([len(clip) for clip in clips])
    spare = n_frames - np.maximum(1, np.rint(lengths / tempo)).astype(int)
    first = np.where(spare < 0, 1, -1) * rng.integers(0, np.abs(spare) + 1)
    positions = (first[:, np.newaxis] + np.arange(n_frames)) * tempo[:, np.newaxis]
    last = (lengths - 1)[:, np.newaxis]
    inside = (positions >= 0) & (positions <= last)
    lower = np.clip(positions, 0, last).astype(int)
    weights = (positions - lower).clip(0, 1).astype(np.float32)[..., np.newaxis]
    n_channels = clips[0].shape[2] if clips[0].ndim == 3 else 1
    windows = np.empty((n_channels, len(clips), n_frames, clips[0].shape[1]), np.float32)
    for i, clip in enumerate(clips):  # one by one: a clip fits into the processor's cache
        channels = clip.astype(np.float32).reshape(*clip.shape[:2], n_channels)
        for channel, levels in enumerate(np.ascontiguousarray(channels.transpose(2, 0, 1))):
            below = levels[lower[i]]
            above = levels[np.minimum(lower[i] + 1, last[i])]
            above -= below
            above *= weights[i]
            np.add(below, above, out=windows[channel, i])
    return windows, np.where(inside, positions, np.nan)


def read_at(
    clips: Sequence[npt.NDArray[np.floating]], positions: Positions
) -> tuple[Levels, npt.NDArray[np.bool_]]:
    """Return what each clip holds at fractional places.

    Args:
        clips: Each ``(n_frames_of_clip, n_features)``.
        positions: Of each clip; NaN is nowhere. Half a frame outside is read at the edge.

    Returns:
        Shape ``(n, n_places, n_features)``, linearly between frames, and ``(n, n_places)``:
        whether the place lies in the clip; elsewhere there are zeros.
    """
    last = np.array([len(clip) - 1 for clip in clips])[:, np.newaxis]
    inside = (positions >= -0.5) & (positions <= last + 0.5)
    lower = np.clip(np.nan_to_num(positions), 0, last)
    weights = (lower % 1).astype(np.float32)[..., np.newaxis]
    lower = lower.astype(int)
    upper = np.minimum(lower + 1, last)
    read = np.zeros((*positions.shape, clips[0].shape[1]), np.float32)
    for i, clip in enumerate(clips):
        below = clip[lower[i]].astype(np.float32)
        read[i] = below + weights[i] * (clip[upper[i]] - below)
    read[~inside] = 0
    return read, inside


def warping(factors: Numbers, n_mels: int) -> Levels:
    """Return matrices, ``(n, n_mels, n_mels)``, that move bands up by a factor.

    Levels times a matrix are read at ``band / factor``, linearly between bands; what would
    be read above the highest band is the highest band.
    """
    positions = np.arange(n_mels) / factors[:, np.newaxis]
    return _reading(np.minimum(positions, n_mels - 1), n_mels)


def shifting(shifts: Numbers, n_bins: int) -> Levels:
    """Return matrices, ``(n, n_bins, n_bins)``, that move bins up; from outside come zeros."""
    return _reading(np.arange(n_bins) - shifts[:, np.newaxis], n_bins)


def colouring(n: int, n_mels: int, std_db: float, rng: np.random.Generator) -> Levels:
    """Return ``n`` smooth random curves through four points, ``(n, n_mels)``, dB."""
    knots = _reading(np.linspace(0, 3, n_mels)[np.newaxis], 4)[0]  # (4, n_mels)
    curves: Levels = rng.normal(0.0, std_db, (n, 4)).astype(np.float32) @ knots
    return curves


def random_stretches(
    n: int, size: int, longest: int, rng: np.random.Generator
) -> npt.NDArray[np.int64]:
    """Return where ``n`` stretches of an axis begin and end, ``(n, 2)``.

    Args:
        n: How many windows there are.
        size: Length of the axis.
        longest: The most that a stretch may hold; it holds at most half the axis.
        rng: Draws them.
    """
    lengths = rng.integers(0, min(longest, size // 2) + 1, n)
    starts = rng.integers(0, size - lengths + 1)
    return np.stack([starts, starts + lengths], axis=1)


def hide(windows: Levels, stretches: npt.NDArray[np.int64], axis: int, values: Numbers) -> None:
    """Replace a stretch of an axis in each window by one value, in place.

    Args:
        windows: Shape ``(n, n_frames, n_bands)``.
        stretches: Shape ``(n, 2)``; see `random_stretches`.
        axis: 1 hides frames, 2 hides bands.
        values: What stands there instead, ``(n,)``.
    """
    for window, (start, end), value in zip(windows, stretches, values, strict=True):
        hidden = window[start:end] if axis == 1 else window[:, start:end]
        hidden[:] = value


def _reading(positions: Numbers, size: int) -> Levels:
    """Return matrices that read ``size`` values at positions, linearly; 0 outside.

    Args:
        positions: Shape ``(n, n_read)``.
        size: How many values there are.

    Returns:
        Shape ``(n, size, n_read)``.
    """
    distances = np.abs(np.arange(size)[:, np.newaxis] - positions[:, np.newaxis])
    matrices: Levels = np.maximum(0, 1 - distances).astype(np.float32)
    return matrices
