"""Features are computed once for each content and recipe."""

import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.training.disturbing import DisturbingSettings
from assistant.training.feature_cache import cached_features
from assistant.training.renditions import Rendition, disturbed_copies, recordings

RECIPE = FeatureRecipe()


@pytest.fixture
def clip(tmp_path):
    recorded(tmp_path / "one.flac", seed=0)
    return Clip(tmp_path / "one.flac", "ravdess", "a", 0)


def recorded(path, seed):
    rng = np.random.default_rng(seed)
    soundfile.write(path, 0.1 * rng.standard_normal(8_000), 16_000)


def clean(*clips):
    return [Rendition(each, RECIPE) for each in recordings(clips)]


def stored(cache):
    return sorted(cache.rglob("*.npy"))


def test_features_are_those_of_the_rendition(clip, tmp_path):
    (features,) = cached_features(clean(clip), tmp_path / "cache")
    np.testing.assert_allclose(features, clean(clip)[0].features(), atol=0.05)
    assert features.dtype == np.float16


def test_the_second_time_they_come_from_the_disk(clip, tmp_path):
    cached_features(clean(clip), tmp_path)
    (file,) = stored(tmp_path)
    np.save(file, np.full((3, 64), 7, np.float16))
    (again,) = cached_features(clean(clip), tmp_path)
    np.testing.assert_array_equal(again, np.full((3, 64), 7))


def test_a_changed_recording_is_noticed(clip, tmp_path):
    cached_features(clean(clip), tmp_path)
    recorded(clip.path, seed=1)
    cached_features(clean(clip), tmp_path)
    assert len(stored(tmp_path)) == 2


def test_only_what_is_lacking_is_made(clip, tmp_path):
    copies = disturbed_copies(recordings([clip]), RECIPE, DisturbingSettings(copies=3))
    first = cached_features(copies[:2], tmp_path)
    done = []
    features = cached_features(copies, tmp_path, done.append)
    assert done == [2, 3]
    assert len(stored(tmp_path)) == 3
    for one, same in zip(first, features, strict=False):
        np.testing.assert_array_equal(one, same)
    assert not list(tmp_path.rglob("*.part"))


def test_each_rendition_is_reported(clip, tmp_path):
    done = []
    cached_features(clean(clip), tmp_path, done.append)
    cached_features(clean(clip), tmp_path, done.append)
    assert done == [0, 1, 1]


def test_a_recording_that_cannot_be_used_is_named_and_nothing_stored(tmp_path):
    (tmp_path / "bad.flac").write_bytes(b"no sound")
    with pytest.raises(TrainingError, match=r"no features of .*bad.flac"):
        cached_features(clean(Clip(tmp_path / "bad.flac", "", "", 0)), tmp_path / "cache")
    assert not stored(tmp_path)


def test_a_cache_that_cannot_be_used_is_named(clip, tmp_path):
    with pytest.raises(TrainingError, match=r"npy cannot be written \(.*another cache"):
        cached_features(clean(clip), clip.path)
    cached_features(clean(clip), tmp_path)
    stored(tmp_path)[0].write_bytes(b"")
    with pytest.raises(TrainingError, match=r"npy cannot be read \(.*delete it"):
        cached_features(clean(clip), tmp_path)


@pytest.mark.slow
def test_several_processes_make_the_same(clip, tmp_path):
    copies = disturbed_copies(recordings([clip]), RECIPE, DisturbingSettings(copies=9))
    alone = cached_features(copies, tmp_path / "1", n_processes=1)
    done = []
    together = cached_features(copies, tmp_path / "2", done.append, n_processes=2)
    assert done == list(range(10))
    for one, same in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, same)
