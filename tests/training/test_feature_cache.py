"""Levels are computed once for each content and recipe."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe, MelConfig, clip_levels
from assistant.training.feature_cache import cached_levels
from assistant.values import Audio

RECIPE = FeatureRecipe()


@pytest.fixture
def clip(tmp_path):
    recorded(tmp_path / "one.flac", seed=0)
    return Clip(tmp_path / "one.flac", "ravdess", "a", 0)


def recorded(path, seed):
    rng = np.random.default_rng(seed)
    soundfile.write(path, 0.1 * rng.standard_normal(8_000), 16_000)


def stored(cache):
    return sorted(cache.rglob("*.npy"))


def test_levels_are_those_of_the_front_end(clip, tmp_path):
    (levels,) = cached_levels([clip], RECIPE, tmp_path / "cache")
    samples, rate = soundfile.read(clip.path, dtype="float32")
    np.testing.assert_allclose(levels, clip_levels(Audio(samples, rate), RECIPE), atol=0.05)
    assert levels.dtype == np.float32


def test_the_second_time_they_come_from_the_disk(clip, tmp_path):
    (levels,) = cached_levels([clip], RECIPE, tmp_path)
    (file,) = stored(tmp_path)
    np.save(file, np.full((3, 64), 7, np.float16))
    (again,) = cached_levels([clip], RECIPE, tmp_path)
    np.testing.assert_array_equal(again, np.full((3, 64), 7))
    assert levels.shape != again.shape


def test_a_changed_recording_is_noticed(clip, tmp_path):
    cached_levels([clip], RECIPE, tmp_path)
    recorded(clip.path, seed=1)
    cached_levels([clip], RECIPE, tmp_path)
    assert len(stored(tmp_path)) == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, trim_db=20.0),
        replace(RECIPE, level_rms=0.1),
        replace(RECIPE, mel=MelConfig(hop_length=200)),
    ],
)
def test_another_recipe_has_levels_of_its_own(clip, tmp_path, other):
    cached_levels([clip], RECIPE, tmp_path)
    cached_levels([clip], other, tmp_path)
    assert len(stored(tmp_path)) == 2


def test_band_statistics_need_no_new_levels(clip, tmp_path):
    cached_levels([clip], RECIPE, tmp_path)
    cached_levels([clip], replace(RECIPE, band_mean=(1.0,) * 64), tmp_path)
    assert len(stored(tmp_path)) == 1


def test_each_clip_is_reported(clip, tmp_path):
    done = []
    cached_levels([clip, clip], RECIPE, tmp_path, done.append)
    assert done == [1, 2]


def test_a_recording_that_cannot_be_used_is_named(tmp_path):
    (tmp_path / "bad.flac").write_bytes(b"no sound")
    for name in ("absent.flac", "bad.flac"):
        bad = Clip(Path(tmp_path / name), "ravdess", "a", 0)
        with pytest.raises(TrainingError, match=f"no levels of .*{name}"):
            cached_levels([bad], RECIPE, tmp_path / "cache")
    assert not stored(tmp_path)
