"""Scores of a whole model, and where they are kept."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.emotion import ModelDescription
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.scoring.confusion_figure import draw_confusion
from assistant.scoring.description import add_score, write_description
from assistant.scoring.evaluate import EvaluateOptions, evaluate, main, scores
from assistant.values import EMOTIONS

CLIPS = [Clip(Path(str(label)), "ravdess", "a", label) for label in (0, 0, 1, 2)]


def test_scores_are_by_label():
    found = scores(CLIPS, np.array([0, 1, 1, 2]))
    assert found.uar == pytest.approx((0.5 + 1 + 1) / 3)
    assert found.accuracy == pytest.approx(3 / 4)
    assert found.recall["neutral"] == 0.5
    assert np.isnan(found.recall["angry"])
    assert found.confusion[0, 1] == 1
    assert found.n_clips == 4


def test_scores_become_plain_json_without_nan():
    plain = scores(CLIPS, np.array([0, 1, 1, 2])).to_json()
    text = json.dumps(plain, allow_nan=False)
    assert json.loads(text)["uar"] == 0.8333
    assert json.loads(text)["n"] == 4
    assert "angry" not in plain["recall"]


def test_the_shipped_split_has_its_own_name():
    assert EvaluateOptions(Path()).protocol == "held-out actors 1, 11, 20, 21"
    assert EvaluateOptions(Path(), actors=(2, 3)).protocol == "actors 2, 3"
    assert EvaluateOptions(Path(), corpus="tess").protocol == "all of tess"


@pytest.fixture
def described(tmp_path):
    model = tmp_path / "emotion.tflite"
    model.write_bytes(b"bytes")
    description = tmp_path / "emotion.json"
    write_description(description, model, FeatureRecipe(), {"seed": 3})
    return description


def test_a_score_is_added_beside_the_others(described):
    add_score(described, "first", {"uar": 0.5})
    add_score(described, "second", {"uar": 0.6})
    fields = json.loads(described.read_text())
    assert fields["scores"] == {"first": {"uar": 0.5}, "second": {"uar": 0.6}}
    assert fields["training"] == {"seed": 3}
    assert fields["calibration"] is None


def test_the_classifier_reads_what_training_wrote(tmp_path):
    recipe = FeatureRecipe(n_frames=99, window_hop=50, band_mean=(-40.5,) * 64)
    model, path = tmp_path / "emotion.tflite", tmp_path / "emotion.json"
    model.write_bytes(b"bytes")
    write_description(path, model, recipe, {})
    read = ModelDescription.from_json(path.read_bytes())
    assert read == ModelDescription(hashlib.sha256(b"bytes").hexdigest(), recipe)


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_a_score_needs_a_description(tmp_path, text):
    path = tmp_path / "emotion.json"
    path.write_text(text)
    with pytest.raises(TrainingError, match="is no model description"):
        add_score(path, "x", {})


def test_a_model_must_exist_to_be_described(tmp_path):
    with pytest.raises(TrainingError, match=r"emotion\.tflite cannot be read"):
        write_description(
            tmp_path / "emotion.json", tmp_path / "emotion.tflite", FeatureRecipe(), {}
        )


def test_a_confusion_is_drawn_as_png(tmp_path):
    draw_confusion(np.eye(len(EMOTIONS), dtype=int), "a title", tmp_path / "confusion.png")
    assert (tmp_path / "confusion.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
    with pytest.raises(TrainingError, match="cannot be written"):
        draw_confusion(np.eye(8, dtype=int), "", tmp_path / "absent" / "confusion.png")


def test_actors_without_recordings_are_refused(shared_data):
    with pytest.raises(TrainingError, match="no clips found for: actors 25, 26"):
        evaluate(EvaluateOptions(shared_data, actors=(25, 26)))


def test_the_command_says_in_one_line_what_is_wrong(tmp_path, capsys):
    assert main(["--data", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert "index.csv cannot be read" in said
    assert said.count("\n") == 1
