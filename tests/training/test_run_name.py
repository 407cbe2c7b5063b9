"""By what a killed run is known again."""

from dataclasses import replace
from pathlib import Path

import pytest

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe, MelConfig
from assistant.pitch_salience import PitchConfig
from assistant.training.options import TrainingRecipe, TrainOptions
from assistant.training.renditions import Recording
from assistant.training.run_name import VERSIONS, plain_settings, run_name
from assistant.training.teacher import TeacherSettings

CLIPS = [
    Clip(Path("ravdess/1.flac"), "ravdess", "ravdess-01", 4),
    Clip(Path("nemo/1.opus"), "nemo", "nemo-1", 2),
]
FILES = [Recording(clip.path, f"{i:064x}") for i, clip in enumerate(CLIPS)]
STATISTICS = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(9.0,) * 64)
SAME = run_name({"epochs": 2}, CLIPS, FILES, STATISTICS)


def test_the_same_run_is_known_again_wherever_its_recordings_lie():
    moved = [replace(clip, path="/mnt" / clip.path) for clip in CLIPS]
    files = [replace(file, path="/mnt" / file.path) for file in FILES]
    assert run_name({"epochs": 2}, moved, files, STATISTICS) == SAME


@pytest.mark.parametrize(
    ("clips", "files"),
    [
        (CLIPS[:1], FILES[:1]),
        (CLIPS[::-1], FILES[::-1]),
        (CLIPS, FILES[::-1]),
        ([replace(CLIPS[0], label=5), CLIPS[1]], FILES),
        ([replace(CLIPS[0], speaker="ravdess-02"), CLIPS[1]], FILES),
        ([replace(CLIPS[0], corpus="ravdess_song"), CLIPS[1]], FILES),
    ],
    ids=["fewer", "reordered", "content", "label", "speaker", "corpus"],
)
def test_other_clips_are_another_run(clips, files):
    assert run_name({"epochs": 2}, clips, files, STATISTICS) != SAME


@pytest.mark.parametrize(
    ("settings", "recipe"),
    [
        ({"epochs": 3}, STATISTICS),
        ({"epochs": 2}, replace(STATISTICS, band_mean=(-40.1,) * 64)),
        ({"epochs": 2}, replace(STATISTICS, trim_db=30.0)),
        ({"epochs": 2}, replace(STATISTICS, mel=MelConfig(hop_length=200))),
        ({"epochs": 2}, replace(STATISTICS, pitch=PitchConfig())),
    ],
    ids=["settings", "what is recorded", "trim", "mel", "pitch"],
)
def test_other_settings_or_features_are_another_run(settings, recipe):
    assert run_name(settings, CLIPS, FILES, recipe) != SAME


@pytest.mark.parametrize("name", sorted(VERSIONS))
def test_other_versions_of_what_nobody_chooses_are_another_run(name):
    changed = {**VERSIONS, name: VERSIONS[name] + 1}
    assert run_name({"epochs": 2}, CLIPS, FILES, STATISTICS, changed) != SAME


def test_settings_name_what_was_chosen(tmp_path):
    options = TrainOptions(data=tmp_path, epochs=7, seed=3, encoder=tmp_path)
    settings = plain_settings(options, TrainingRecipe(), CLIPS)
    assert settings["corpora"] == ["nemo", "ravdess"]
    assert (settings["epochs"], settings["seed"]) == (7, 3)
    assert (settings["network"], settings["teacher"]["steps"]) == (
        "tonewise",
        TeacherSettings().steps,
    )
    assert settings["schedule"]["kernel_rate"] == 0.08
    assert settings["disturbing"]["copies"] == 4
    assert settings["batches"]["augmentation"]["time_mask"] == 24
    assert str(tmp_path) not in str(settings)
