"""Which copies of a recording there are, and by what they are known again."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.audio import read_audio
from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe, MelConfig, clip_features
from assistant.pitch_salience import PitchConfig
from assistant.training.disturbing import DisturbingSettings
from assistant.training.renditions import (
    Recording,
    Rendition,
    disturbed_copies,
    recordings,
)

RECIPE = FeatureRecipe()
SETTINGS = DisturbingSettings(copies=2)
FILES = [
    Recording(Path(f"{i}.flac"), f"{i * 12345678901234567890:064x}"[::-1]) for i in range(1, 41)
]


@pytest.fixture
def clip(tmp_path):
    samples = 0.1 * np.random.default_rng(0).standard_normal(8_000)
    soundfile.write(tmp_path / "one.flac", samples, 16_000)
    return Clip(tmp_path / "one.flac", "ravdess", "a", 0)


def names(files=FILES, recipe=RECIPE, settings=SETTINGS):
    return [copy.name for copy in disturbed_copies(files, recipe, settings)]


def test_each_recording_has_its_copies_one_after_the_other():
    copies = disturbed_copies(FILES, RECIPE, replace(SETTINGS, copies=3))
    assert [copy.recording for copy in copies] == [each for each in FILES for _ in range(3)]
    assert len({copy.name for copy in copies}) == 120


def test_the_same_settings_draw_the_same_copies():
    assert names() == names()
    assert not set(names()) & set(names(settings=replace(SETTINGS, seed=1)))


def test_more_copies_keep_those_that_there_are():
    more = names(settings=replace(SETTINGS, copies=3))
    assert more[0::3] == names()[0::2]
    assert more[1::3] == names()[1::2]


def test_taking_a_recording_away_changes_only_what_it_babbles_in():
    before = disturbed_copies(FILES, RECIPE, SETTINGS)
    fewer = {copy.name for copy in disturbed_copies(FILES[1:], RECIPE, SETTINGS)}
    lost = [copy for copy in before if copy.name not in fewer]
    assert lost
    assert all(copy.recording == FILES[0] or FILES[0] in copy.voices for copy in lost)


def test_only_training_recordings_babble():
    copies = disturbed_copies(FILES[:20], RECIPE, SETTINGS)
    voices = {voice for copy in copies for voice in copy.voices}
    assert len(voices) > 10
    assert voices <= set(FILES[:20])


def test_without_copies_there_are_none():
    assert disturbed_copies(FILES, RECIPE, replace(SETTINGS, copies=0)) == []


@pytest.mark.parametrize(
    "other",
    [
        replace(RECIPE, trim_db=20.0),
        replace(RECIPE, level_rms=0.1),
        replace(RECIPE, mel=MelConfig(hop_length=200)),
        replace(RECIPE, pitch=PitchConfig()),
        replace(RECIPE, pitch=PitchConfig(gamma=0.8)),
    ],
)
def test_another_recipe_has_features_of_its_own(other):
    assert Rendition(FILES[0], other).name != Rendition(FILES[0], RECIPE).name
    assert not set(names(recipe=other)) & set(names())


def test_statistics_and_windows_need_no_new_features():
    for other in (
        replace(RECIPE, band_mean=(1.0,) * 64, pitch_mean=0.2),
        replace(RECIPE, n_frames=300),
    ):
        assert Rendition(FILES[0], other).name == Rendition(FILES[0], RECIPE).name


def test_a_clean_rendition_is_what_is_heard_at_run_time(clip):
    recipe = replace(RECIPE, pitch=PitchConfig())
    (recording,) = recordings([clip])
    features = Rendition(recording, recipe).features()
    np.testing.assert_array_equal(features, clip_features(read_audio(clip.path), recipe))


def test_a_disturbed_rendition_is_another(clip):
    (recording,) = recordings([clip])
    for copy in disturbed_copies([recording], RECIPE, SETTINGS):
        features = copy.features()
        assert features.shape[1:] == (64,)
        assert np.isfinite(features).all()
        clean = Rendition(recording, RECIPE).features()
        assert features.shape != clean.shape or not np.allclose(features, clean)


def test_recordings_are_known_by_content(clip, tmp_path):
    (tmp_path / "moved.flac").write_bytes(clip.path.read_bytes())
    moved = replace(clip, path=tmp_path / "moved.flac")
    one, same = recordings([clip, moved])
    assert one.sha256 == same.sha256
    assert 0 <= one.place < 1


def test_a_recording_that_cannot_be_used_is_named(tmp_path):
    absent = Clip(tmp_path / "absent.flac", "", "", 0)
    with pytest.raises(TrainingError, match=r"no features of .*absent.flac \(No such file"):
        recordings([absent])
    (tmp_path / "bad.flac").write_bytes(b"no sound")
    (bad,) = recordings([Clip(tmp_path / "bad.flac", "", "", 0)])
    with pytest.raises(TrainingError, match=r"no features of .*bad.flac \(.*not a recording"):
        Rendition(bad, RECIPE).features()
