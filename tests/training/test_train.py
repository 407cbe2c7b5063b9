"""A training run: the steps without a network fast, the whole of it in a long test."""

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from assistant.emotion import EmotionClassifier
from assistant.errors import CorpusError, TrainingError
from assistant.training.options import TrainingRecipe, TrainOptions
from assistant.training.train import train
from assistant.values import EMOTIONS, Audio
from tests.training.in_keras import needs_tensorflow, run_python


def test_a_run_needs_an_epoch():
    with pytest.raises(TrainingError, match="epochs must be at least 1, got 0"):
        TrainOptions(data=Path(), epochs=0)


def test_a_run_without_corpora_is_refused(tmp_path):
    options = TrainOptions(data=tmp_path, cache=tmp_path, out=tmp_path / "out")
    with pytest.raises(CorpusError, match=r"index\.csv cannot be read"):
        train(options, made=TrainingRecipe(teacher=None))


def test_a_lacking_encoder_is_told_of_before_anything_else(tmp_path):
    with pytest.raises(TrainingError, match=r"model\.bin cannot be read .*--no-teacher"):
        train(TrainOptions(data=tmp_path, cache=tmp_path, encoder=tmp_path))


def test_a_folder_that_takes_no_model_is_told_of_before_the_training(tmp_path):
    (tmp_path / "file").touch()
    options = TrainOptions(data=tmp_path, cache=tmp_path, out=tmp_path / "file")
    with pytest.raises(TrainingError, match=r"file cannot be written \(.*; choose another"):
        train(options, made=TrainingRecipe(teacher=None))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_that_no_random_numbers_come_from_is_refused(seed):
    with pytest.raises(TrainingError, match=f"a seed must be .* to 4294967295, got {seed}"):
        TrainOptions(data=Path(), seed=seed)


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
    return run_python(Path(__file__).with_name("small_run.py"), folder, *arguments)


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
    described = json.loads(description.read_text())
    assert described["calibration"]["temperature"] > 0
    assert len(described["neutral_logits"]) == len(EMOTIONS)
    training = described["training"]
    assert (training["held_out_actors"], training["n_clips"]) == ([1], 8)
    assert training["corpora"] == ["ravdess"]
    first, second = training["history"]
    assert (first["epoch"], first["validation_uar"], second["epoch"]) == (1, None, 2)
    assert 0 <= second["validation_uar"] <= 1
    assert first["loss"] > 0 < second["loss"]

    first = model.read_bytes()
    again = small_run(tmp_path)
    assert again.stdout.startswith("UAR "), "a finished run trains nothing"
    assert model.read_bytes() == first

    (tmp_path / "cache" / "runs").rename(tmp_path / "cache" / "killed")
    never_killed = small_run(tmp_path)
    assert never_killed.stdout.startswith("epoch 1 of 2\n")
    assert model.read_bytes() == first, "as if it had never been killed"

    sung_by_formula(tmp_path / "data", octave=1)
    other = small_run(tmp_path)
    assert other.stdout.startswith("epoch 1 of 2\n"), "other data are another run"
