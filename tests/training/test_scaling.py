"""Statistics of features."""

import numpy as np
import pytest

from assistant.features import FeatureRecipe
from assistant.pitch_salience import PitchConfig
from assistant.training.scaling import with_statistics

PITCH = FeatureRecipe(pitch=PitchConfig())


def level(value, n_frames=256):
    return np.full((n_frames, 64), value, np.float16)


def test_band_statistics_are_over_all_frames_of_all_clips():
    recipe = with_statistics(FeatureRecipe(), [level(0, 10), level(4, 30)])
    assert recipe.band_mean == (3.0,) * 64
    assert recipe.band_std == pytest.approx((np.sqrt(3),) * 64)
    assert (recipe.pitch_mean, recipe.pitch_std) == (0.0, 1.0)


def test_each_band_has_its_own_and_pitch_one_pair():
    slope = np.tile(np.arange(64, dtype=np.float16), (20, 1))
    salience = np.tile([0.0, 1.0], (20, 32)).astype(np.float16)
    recipe = with_statistics(PITCH, [np.stack([slope, salience], axis=-1)])
    assert recipe.band_mean == tuple(range(64))
    assert recipe.pitch_mean == pytest.approx(0.5)
    assert recipe.pitch_std == pytest.approx(0.5)


def test_what_never_changes_can_still_be_scaled():
    recipe = with_statistics(PITCH, [np.stack([level(-60), level(0)], axis=-1)])
    assert min(*recipe.band_std, recipe.pitch_std) > 0


def test_many_frames_in_half_precision_keep_their_mean():
    recipe = with_statistics(FeatureRecipe(), [level(-10.3, 20_000), level(-30.3, 20_000)])
    assert recipe.band_mean == pytest.approx((-20.3,) * 64, abs=0.02)
