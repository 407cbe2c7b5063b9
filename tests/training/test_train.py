"""A training run: the steps without a network fast, the whole of it in a long test."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.corpora.clips import Clip
from assistant.emotion import EmotionClassifier
from assistant.errors import CorpusError, TrainingError
from assistant.features import FeatureRecipe, MelConfig
from assistant.training.export import N_CALIBRATION_CLIPS, calibration_windows, export_in_child
from assistant.training.progress import training_bars
from assistant.training.train import (
    TrainOptions,
    TrainProgress,
    run_name,
    train,
    validation_uar,
    with_band_statistics,
)
from assistant.values import EMOTIONS, Audio

ROOT = Path(__file__).parents[2]
needs_tensorflow = pytest.mark.skipif(
    importlib.util.find_spec("tensorflow") is None,
    reason="needs TensorFlow: pip install tonewise[train]",
)


class LabelInLevels:
    """Stands in for a network: the level of a window's first cell names the label."""

    def predict(self, windows, **_):
        return 9 * np.eye(len(EMOTIONS))[windows[:, 0, 0].round().astype(int)]


def level(value, n_frames=256):
    return np.full((n_frames, 64), value, np.float32)


def clips(*labels):
    return [Clip(Path(str(i)), "ravdess", "a", label) for i, label in enumerate(labels)]


def test_band_statistics_are_over_all_frames_of_all_clips():
    recipe = with_band_statistics(FeatureRecipe(), [level(0, 10), level(4, 30)])
    assert recipe.band_mean == (3.0,) * 64
    assert recipe.band_std == pytest.approx((np.sqrt(3),) * 64)


def test_a_band_that_never_changes_can_still_be_scaled():
    recipe = with_band_statistics(FeatureRecipe(), [level(-60)])
    assert min(recipe.band_std) > 0


def test_validation_counts_clips_not_windows():
    # The first clip has three windows, all wrong; it is one wrong clip of two.
    levels = [level(2, 512), level(1)]
    recipe = FeatureRecipe()
    assert validation_uar(LabelInLevels(), clips(3, 1), levels, recipe) == 0.5
    assert validation_uar(LabelInLevels(), clips(2, 1), levels, recipe) == 1.0


def test_calibration_takes_a_seeded_choice_of_training_windows():
    levels = [level(i % 50) for i in range(N_CALIBRATION_CLIPS + 100)]
    chosen = calibration_windows(levels, FeatureRecipe(), seed=1)
    assert chosen.shape == (N_CALIBRATION_CLIPS, 256, 64)
    np.testing.assert_array_equal(chosen, calibration_windows(levels, FeatureRecipe(), seed=1))
    assert not np.array_equal(chosen, calibration_windows(levels, FeatureRecipe(), seed=2))


def test_a_run_needs_an_epoch():
    with pytest.raises(TrainingError, match="epochs must be at least 1, got 0"):
        TrainOptions(data=Path(), epochs=0)


def test_a_run_without_corpora_is_refused(tmp_path):
    with pytest.raises(CorpusError, match=r"index\.csv cannot be read"):
        train(TrainOptions(data=tmp_path, cache=tmp_path))


DATA = Path("corpora")
CLIP = Clip(DATA / "ravdess" / "1.flac", "ravdess", "ravdess-01", 4)
OTHER = Clip(DATA / "nemo" / "1.opus", "nemo", "nemo-1", 2)
STATISTICS = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(9.0,) * 64)
SAME = run_name({"epochs": 2}, DATA, [CLIP, OTHER], STATISTICS)


def test_the_same_run_is_known_again_wherever_its_data_lie():
    moved = [replace(clip, path="/mnt" / clip.path) for clip in (CLIP, OTHER)]
    assert run_name({"epochs": 2}, Path("/mnt") / DATA, moved, STATISTICS) == SAME


@pytest.mark.parametrize(
    "clips",
    [
        [CLIP],
        [OTHER, CLIP],
        [replace(CLIP, path=DATA / "ravdess" / "2.flac"), OTHER],
        [replace(CLIP, label=5), OTHER],
        [replace(CLIP, speaker="ravdess-02"), OTHER],
        [replace(CLIP, corpus="ravdess_song"), OTHER],
    ],
    ids=["fewer", "reordered", "path", "label", "speaker", "corpus"],
)
def test_other_clips_are_another_run(clips):
    assert run_name({"epochs": 2}, DATA, clips, STATISTICS) != SAME


@pytest.mark.parametrize(
    ("settings", "recipe"),
    [
        ({"epochs": 3}, STATISTICS),
        ({"epochs": 2}, replace(STATISTICS, band_mean=(-40.1,) * 64)),
        ({"epochs": 2}, replace(STATISTICS, trim_db=30.0)),
        ({"epochs": 2}, replace(STATISTICS, mel=MelConfig(hop_length=200))),
    ],
    ids=["settings", "what is recorded", "trim", "mel"],
)
def test_other_settings_or_features_are_another_run(settings, recipe):
    assert run_name(settings, DATA, [CLIP, OTHER], recipe) != SAME


def test_an_export_that_fails_says_why(tmp_path):
    with pytest.raises(TrainingError, match=r"the export to TFLite failed \(\w+") as failure:
        export_in_child(tmp_path / "absent.keras", tmp_path / "x.npy", tmp_path / "x.tflite")
    assert "\n" not in str(failure.value)


def test_bars_show_the_stage_and_the_validation(capsys):
    from rich.console import Console

    with training_bars(Console(file=sys.stdout, width=100)) as report:
        report(TrainProgress("features", 3, 3))
        report(TrainProgress("training", 5, 9, loss=1.25, uar=0.5))
    shown = capsys.readouterr().out
    assert "epoch 5: loss 1.250, validation UAR 50.0" in shown
    assert "3/3" in shown
    assert "5/9" in shown


def sung_by_formula(folder, octave=0):
    """Half a second for each of three actors and eight emotions, told apart by pitch."""
    (folder / "ravdess").mkdir(parents=True, exist_ok=True)
    rows = ["path,corpus,speaker,emotion"]
    times = np.arange(8_000) / 16_000
    for actor in (1, 2, 3):
        for code, emotion in enumerate(EMOTIONS, start=1):
            path = f"ravdess/03-01-{code:02}-01-01-01-{actor:02}.wav"
            pitch_hz = 2**octave * (200 * code + 10 * actor)
            soundfile.write(folder / path, 0.2 * np.sin(2 * np.pi * pitch_hz * times), 16_000)
            rows.append(f"{path},ravdess,ravdess-{actor:02},{emotion}")
    (folder / "index.csv").write_text("\n".join(rows))


def small_run(folder, *arguments):
    return subprocess.run(
        [sys.executable, str(Path(__file__).with_name("small_run.py")), folder, *arguments],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


@pytest.mark.long
@needs_tensorflow
def test_a_killed_run_goes_on_and_ends_in_a_model_that_classifies(tmp_path):
    sung_by_formula(tmp_path / "data")
    killed = small_run(tmp_path, "1")
    assert (killed.returncode, killed.stdout) == (9, "epoch 1 of 2\n"), killed.stderr
    assert not (tmp_path / "models" / "emotion.tflite").exists()

    resumed = small_run(tmp_path)
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.startswith("epoch 2 of 2\nUAR ")

    model, description = (tmp_path / "models" / f"emotion.{end}" for end in ("tflite", "json"))
    estimate = EmotionClassifier.load(model, description).classify(
        Audio(np.sin(np.arange(8_000, dtype=np.float32)), 16_000)
    )
    assert sum(estimate.probabilities.values()) == pytest.approx(1.0)
    training = json.loads(description.read_text())["training"]
    assert (training["held_out_actors"], training["n_clips"]) == ([1], 8)

    again = small_run(tmp_path)
    assert again.stdout.startswith("UAR "), "a finished run trains nothing"

    sung_by_formula(tmp_path / "data", octave=1)
    other = small_run(tmp_path)
    assert other.stdout.startswith("epoch 1 of 2\n"), "other data are another run"


@pytest.mark.long
@needs_tensorflow
def test_a_label_that_takes_no_part_costs_nothing():
    program = """
import numpy as np
from assistant.training.network import masked_cross_entropy
targets = np.array([[0.9, 0.1, 0.0, 1, 1, 0]], "float32")
for excluded in (-5.0, 0.0, 5.0):
    logits = np.array([[1.0, 2.0, excluded]], "float32")
    print(round(float(masked_cross_entropy(targets, logits)), 4))
"""
    said = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    # -(0.9 * 1 + 0.1 * 2 - ln(e + e^2)) = 2.3133 - 1.1
    assert said.stdout.split() == ["1.2133"] * 3, said.stderr
