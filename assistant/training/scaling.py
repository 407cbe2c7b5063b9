"""By what features are scaled: their statistics over training clips."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from assistant.features import FeatureRecipe

LEAST_STD = 1e-3
"""So that what never changes can be divided by it."""


def with_statistics(
    recipe: FeatureRecipe, features: Sequence[npt.NDArray[np.floating]]
) -> FeatureRecipe:
    """Return the recipe with means and standard deviations over all frames of clips.

    Each band of the levels has its own, dB; the pitch channel has one pair.

    Args:
        recipe: How the features were made.
        features: Of each clip, as `assistant.features.clip_features` returns them.
    """
    frames = np.concatenate(features).astype(np.float32)
    levels = frames[..., 0] if recipe.pitch else frames
    scaled = replace(
        recipe,
        band_mean=tuple(levels.mean(axis=0).tolist()),
        band_std=tuple(np.maximum(levels.std(axis=0), LEAST_STD).tolist()),
    )
    if recipe.pitch is None:
        return scaled
    salience = frames[..., 1]
    std = max(float(salience.std()), LEAST_STD)
    return replace(scaled, pitch_mean=float(salience.mean()), pitch_std=std)
