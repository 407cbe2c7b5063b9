"""Batches for training: corpora mixed, clips augmented, targets softened; all seeded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe, Levels, scale_bands
from assistant.training.augmentation import AugmentationSettings, augmented, placed
from assistant.values import EMOTIONS


@dataclass(frozen=True)
class BatchSettings:
    """What a batch is made of."""

    size: int = 32
    """Clips in a batch."""
    main_corpus: str = "ravdess"
    """The corpus that has every emotion."""
    main_share: float = 0.5
    """Share of a batch from the main corpus, 0 to 1; the rest comes from all others."""
    label_smoothing: float = 0.1
    """Share of each target spread over its labels (Szegedy et al. 2016), 0 to 1."""
    mixup_share: float = 0.5
    """Share of batches whose clips are mixed in pairs (Zhang et al. 2018), 0 to 1."""
    mixup_alpha: float = 0.3
    """Both parameters of the beta distribution of a pair's mixture."""
    augmentation: AugmentationSettings = field(default_factory=AugmentationSettings)


class BatchMaker:
    """Draws batches from clips whose levels are in memory."""

    def __init__(
        self,
        clips: Sequence[Clip],
        levels: Sequence[Levels],
        recipe: FeatureRecipe,
        settings: BatchSettings,
    ) -> None:
        """Take the clips and, in the same order, their levels in dB.

        Raises:
            TrainingError: there is no clip of the main corpus.
        """
        self._levels, self._recipe, self._settings = levels, recipe, settings
        self._labels = np.array([clip.label for clip in clips])
        self._allowed = np.stack([_corpus_labels(clips)[clip.corpus] for clip in clips])
        is_main = np.array([clip.corpus == settings.main_corpus for clip in clips])
        if not is_main.any():
            raise TrainingError(
                f"no training clips of {settings.main_corpus}; add it to the corpora"
            )
        self._main, self._others = np.flatnonzero(is_main), np.flatnonzero(~is_main)

    def batch(self, rng: np.random.Generator) -> tuple[Levels, npt.NDArray[np.float32]]:
        """Draw a batch.

        Returns:
            Windows ``(size, n_frames, n_mels)`` and targets ``(size, 2 * n_labels)`` as
            `assistant.training.network.masked_cross_entropy` takes them.
        """
        chosen = self._chosen(rng)
        settings, recipe = self._settings, self._recipe
        clips = [augmented(self._levels[i], settings.augmentation, rng) for i in chosen]
        windows = np.stack([placed(clip, recipe, rng) for clip in clips])
        windows = scale_bands(windows, recipe)
        allowed = self._allowed[chosen]
        wanted = np.eye(len(EMOTIONS), dtype=np.float32)[self._labels[chosen]]
        spread = allowed / allowed.sum(axis=1, keepdims=True)
        wanted += settings.label_smoothing * (spread - wanted)
        if rng.random() < settings.mixup_share:
            share = np.float32(rng.beta(settings.mixup_alpha, settings.mixup_alpha))
            other = rng.permutation(len(chosen))
            windows = share * windows + (1 - share) * windows[other]
            wanted = share * wanted + (1 - share) * wanted[other]
            allowed = np.maximum(allowed, allowed[other])
        return windows, np.concatenate([wanted, allowed], axis=1)

    def _chosen(self, rng: np.random.Generator) -> npt.NDArray[np.int64]:
        size = self._settings.size
        n_main = round(size * self._settings.main_share) if self._others.size else size
        others = self._others if self._others.size else self._main
        return np.concatenate(
            [rng.choice(self._main, n_main), rng.choice(others, size - n_main)]
        )


def _corpus_labels(clips: Sequence[Clip]) -> dict[str, npt.NDArray[np.float32]]:
    """Return for each corpus a 1 for each label it has, ``(n_labels,)``."""
    found: dict[str, npt.NDArray[np.float32]] = {}
    for clip in clips:
        found.setdefault(clip.corpus, np.zeros(len(EMOTIONS), np.float32))[clip.label] = 1
    return found
