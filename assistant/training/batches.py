"""Batches for training: corpora mixed, clips augmented, a teacher heard; all seeded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.features import FeatureRecipe, Levels
from assistant.training.augmentation import (
    AugmentationSettings,
    Positions,
    VoiceChanges,
    hide,
    placed,
    random_stretches,
    read_at,
    shifting,
)
from assistant.training.drawing import ClipDraw
from assistant.training.network import STEM_STRIDES
from assistant.training.speech_encoder import FIRST_FRAME_S, FRAME_S
from assistant.training.targets import ClipTargets, Targets
from assistant.training.teacher import Lessons

STEP = STEM_STRIDES[0]
"""Frames of a window from one frame of the network to the next."""


@dataclass(frozen=True)
class BatchSettings:
    """What a batch is made of."""

    size: int = 32
    """Clips in a batch."""
    main_corpus: str = "ravdess"
    """The corpus that has every emotion."""
    main_share: float = 0.5
    """Share of a batch from the main corpus, 0 to 1; the rest comes from all others. Where
    either is lacking, this plays no part."""
    emotions_alike: bool = True
    """Draw each emotion of a corpus as often as another of it, so that none is taken for
    likelier because actors were asked for it more often: RAVDESS has half as many neutral
    clips as of any other emotion. If not, each clip is drawn as often as another."""
    label_smoothing: float = 0.1
    """Share of each target spread over its labels, 0 to 1."""
    mixup_share: float = 0.5
    """Share of batches whose clips are mixed in pairs (Zhang et al. 2018), 0 to 1."""
    mixup_alpha: float = 0.3
    """Both parameters of the beta distribution of a pair's mixture."""
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)


@dataclass(frozen=True, eq=False)
class Batch:
    """What the network is trained on in one step."""

    windows: Levels
    """``(size, *recipe.window_shape)``."""
    targets: Targets
    """``(size, 2 * n_labels)``, as `assistant.training.network.masked_cross_entropy` takes
    them; with a teacher ``(size, 3 * n_labels)``, as its `taught_cross_entropy` does."""
    frames: Levels | None
    """``(size, n_frames // 4, n_taught + 1)``, as `assistant.training.network.frame_error`
    takes them; None without a teacher."""

    @property
    def wanted(self) -> list[npt.NDArray[np.float32]]:
        """What each of the network's outputs is to be."""
        return [self.targets] if self.frames is None else [self.targets, self.frames]


class BatchMaker:
    """Draws batches from clips whose features are in memory."""

    def __init__(
        self,
        draw: ClipDraw,
        renditions: Sequence[Sequence[npt.NDArray[np.floating]]],
        targets: ClipTargets,
        recipe: FeatureRecipe,
        settings: BatchSettings,
        lessons: Lessons | None = None,
    ) -> None:
        """Take the clips and what belongs to each, in the same order.

        Args:
            draw: Chooses the clips of a batch.
            renditions: For each clip the features of its renditions, the clean one first;
                all clips have equally many.
            targets: What each is to be called.
            recipe: How features are scaled.
            settings: What a batch is made of.
            lessons: What a teacher says of the renditions.
        """
        self._draw, self._renditions, self._targets = draw, renditions, targets
        self._recipe, self._settings, self._lessons = recipe, settings, lessons

    def batch(self, rng: np.random.Generator) -> Batch:
        """Draw a batch."""
        chosen = self._draw(self._settings.size, rng)
        heard = rng.integers(len(self._renditions[0]), size=len(chosen))
        windows, positions = self._windows(chosen, heard, rng)
        wanted, allowed = self._targets.wanted[chosen], self._targets.allowed[chosen]
        said, frames = None, None
        if self._lessons:
            said = self._lessons.probabilities[chosen, heard]
            frames = self._frames(self._lessons, chosen, heard, positions)
        if rng.random() < self._settings.mixup_share:
            alpha = self._settings.mixup_alpha
            share, other = np.float32(rng.beta(alpha, alpha)), rng.permutation(len(chosen))
            windows = _mixed(windows, share, other)
            wanted = _mixed(wanted, share, other)
            allowed = np.maximum(allowed, allowed[other])
            if said is not None and frames is not None:
                said = _mixed(said, share, other)
                known = frames[..., -1] * frames[other, :, -1]
                frames = _mixed(frames, share, other)
                frames[..., -1] = known
        targets = [wanted, allowed] if said is None else [wanted, allowed, said]
        return Batch(windows, np.concatenate(targets, axis=1), frames)

    def _frames(
        self,
        lessons: Lessons,
        chosen: npt.NDArray[np.int64],
        heard: npt.NDArray[np.int64],
        positions: Positions,
    ) -> Levels:
        """Return the teacher's features where the network's frames look."""
        clips = [lessons.frames[i][j] for i, j in zip(chosen, heard, strict=True)]
        mel = self._recipe.mel
        middles_s = positions[:, STEP // 2 :: STEP] * mel.hop_length / mel.sample_rate
        said, inside = read_at(clips, (middles_s - FIRST_FRAME_S) / FRAME_S)
        return np.concatenate([said, inside[..., np.newaxis].astype(np.float32)], axis=2)

    def _windows(
        self,
        chosen: npt.NDArray[np.int64],
        heard: npt.NDArray[np.int64],
        rng: np.random.Generator,
    ) -> tuple[Levels, Positions]:
        """Return augmented, scaled windows of some renditions, and what they show."""
        settings, recipe, n = self._settings.augmentation, self._recipe, len(chosen)
        clips = [self._renditions[i][j] for i, j in zip(chosen, heard, strict=True)]
        tempo = rng.uniform(*settings.tempo, n)
        channels, positions = placed(clips, tempo, recipe.n_frames, rng)
        inside = np.isfinite(positions)
        voices = VoiceChanges.drawn(n, recipe.mel.n_mels, settings, rng)
        masks = [random_stretches(n, recipe.n_frames, settings.time_mask, rng) for _ in "12"]

        levels = voices.of_levels(channels[0])
        average = np.average(levels.mean(axis=2), axis=1, weights=inside)
        for stretches in masks:
            hide(levels, stretches, 1, average)
        for _ in range(2):
            stretches = random_stretches(n, recipe.mel.n_mels, settings.mel_mask, rng)
            hide(levels, stretches, 2, average)
        levels[~inside] = 10 * np.log10(recipe.mel.floor_power)
        levels -= np.asarray(recipe.band_mean or 0.0, dtype=np.float32)
        per_std = 1 / np.asarray(recipe.band_std or 1.0, dtype=np.float32)
        if recipe.pitch is None:
            return np.multiply(levels, per_std, out=levels), positions
        windows = np.empty((n, *recipe.window_shape), np.float32)
        np.multiply(levels, per_std, out=windows[..., 0])

        octaves = settings.pitch_per_warp * np.log2(voices.warp)
        shifts = octaves * recipe.pitch.n_bins / recipe.pitch.octaves
        shifts += rng.uniform(-settings.pitch_shift, settings.pitch_shift, n)
        pitch = np.matmul(channels[1], shifting(shifts, recipe.pitch.n_bins))
        for stretches in masks:
            hide(pitch, stretches, 1, np.zeros(n))
        pitch[~inside] = 0
        pitch -= np.float32(recipe.pitch_mean)
        pitch[rng.random(n) < settings.pitchless_share] = 0
        np.multiply(pitch, np.float32(1 / recipe.pitch_std), out=windows[..., 1])
        return windows, positions


def _mixed(
    values: npt.NDArray[np.float32], share: np.float32, other: npt.NDArray[np.int64]
) -> npt.NDArray[np.float32]:
    """Return so much of each clip's values, and the rest of its partner's."""
    partners = values[other]
    partners *= 1 - share
    partners += share * values
    return partners
