"""Batches for training: corpora mixed, clips augmented, voices enrolled; all seeded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe, Levels
from assistant.training.augmentation import (
    AugmentationSettings,
    VoiceChanges,
    hide,
    placed,
    random_stretches,
    shifting,
)
from assistant.training.enrolling import Voices
from assistant.training.targets import ClipTargets


@dataclass(frozen=True)
class BatchSettings:
    """What a batch is made of."""

    size: int = 32
    """Clips in a batch."""
    main_corpus: str = "ravdess"
    """The corpus that has every emotion."""
    main_share: float = 0.5
    """Share of a batch from the main corpus, 0 to 1; the rest comes from all others. Where
    either is lacking, all clips are drawn alike."""
    label_smoothing: float = 0.1
    """Share of each target spread over its labels, 0 to 1."""
    soft_share: float = 0.5
    """Share of each target that a teacher has a say in, 0 to 1, where there is a teacher."""
    mixup_share: float = 0.5
    """Share of batches whose clips are mixed in pairs (Zhang et al. 2018), 0 to 1."""
    mixup_alpha: float = 0.3
    """Both parameters of the beta distribution of a pair's mixture."""
    enrolled_share: float = 0.0
    """Share of clips that are scaled by the neutral voice of their speaker, 0 to 1.

    0 as long as the classifier hears an enrolled voice relative to its neutral logits.
    """
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)


class BatchMaker:
    """Draws batches from clips whose features are in memory."""

    def __init__(
        self,
        clips: Sequence[Clip],
        renditions: Sequence[Sequence[npt.NDArray[np.floating]]],
        targets: ClipTargets,
        recipe: FeatureRecipe,
        settings: BatchSettings,
    ) -> None:
        """Take the clips and what belongs to each, in the same order.

        Args:
            clips: Recordings that train.
            renditions: For each clip the features of its renditions, the clean one first;
                all clips have equally many.
            targets: What each is to be called.
            recipe: How features are scaled.
            settings: What a batch is made of.
        """
        self._renditions, self._targets = renditions, targets
        self._recipe, self._settings = recipe, settings
        self._voices = Voices(clips, renditions, recipe.band_mean)
        is_main = np.array([clip.corpus == settings.main_corpus for clip in clips])
        self._main, self._others = np.flatnonzero(is_main), np.flatnonzero(~is_main)

    def batch(self, rng: np.random.Generator) -> tuple[Levels, npt.NDArray[np.float32]]:
        """Draw a batch.

        Returns:
            Windows ``(size, *recipe.window_shape)`` and targets ``(size, 2 * n_labels)`` as
            `assistant.training.network.masked_cross_entropy` takes them.
        """
        chosen = self._chosen(rng)
        windows = self._windows(chosen, rng)
        wanted, allowed = self._targets.wanted[chosen], self._targets.allowed[chosen]
        if rng.random() < self._settings.mixup_share:
            alpha = self._settings.mixup_alpha
            share, other = np.float32(rng.beta(alpha, alpha)), rng.permutation(len(chosen))
            partners = windows[other]
            partners *= 1 - share
            windows *= share
            windows += partners
            wanted = share * wanted + (1 - share) * wanted[other]
            allowed = np.maximum(allowed, allowed[other])
        return windows, np.concatenate([wanted, allowed], axis=1)

    def _chosen(self, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        size = self._settings.size
        if not (self._main.size and self._others.size):
            return rng.integers(self._main.size + self._others.size, size=size)
        n_main = round(size * self._settings.main_share)
        return np.concatenate(
            [rng.choice(self._main, n_main), rng.choice(self._others, size - n_main)]
        )

    def _windows(self, chosen: npt.NDArray[np.int64], rng: np.random.Generator) -> Levels:
        """Return augmented, scaled windows of some clips."""
        settings, recipe, n = self._settings.augmentation, self._recipe, len(chosen)
        heard = rng.integers(len(self._renditions[0]), size=n)
        clips = [self._renditions[i][j] for i, j in zip(chosen, heard, strict=True)]
        channels, inside = placed(clips, rng.uniform(*settings.tempo, n), recipe.n_frames, rng)
        voices = VoiceChanges.drawn(n, recipe.mel.n_mels, settings, rng)
        masks = [random_stretches(n, recipe.n_frames, settings.time_mask, rng) for _ in "12"]
        means = self._voices.band_means(chosen, heard, self._settings.enrolled_share, rng)

        levels = voices.of_levels(channels[0])
        average = np.average(levels.mean(axis=2), axis=1, weights=inside)
        for stretches in masks:
            hide(levels, stretches, 1, average)
        for _ in range(2):
            stretches = random_stretches(n, recipe.mel.n_mels, settings.mel_mask, rng)
            hide(levels, stretches, 2, average)
        levels[~inside] = 10 * np.log10(recipe.mel.floor_power)
        levels -= voices.of_means(means)[:, np.newaxis]
        per_std = 1 / np.asarray(recipe.band_std or 1.0, dtype=np.float32)
        if recipe.pitch is None:
            return np.multiply(levels, per_std, out=levels)
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
        return windows
