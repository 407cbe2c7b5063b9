"""The file beside the model: what is written is what the classifier reads."""

import hashlib
import json

import pytest

from assistant.emotion import ModelDescription
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.model_description import Calibration
from assistant.scoring.description import (
    add_score,
    set_calibration,
    set_neutral_logits,
    write_description,
)


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


def test_what_a_model_lacked_is_read_once_it_is_set(described):
    before = json.loads(described.read_text())
    neutral = tuple(n + 0.5 for n in range(8))
    set_calibration(described, Calibration(1.5, 0.625))
    set_neutral_logits(described, neutral)
    read = ModelDescription.from_json(described.read_bytes())
    assert (read.calibration, read.neutral_logits) == (Calibration(1.5, 0.625), neutral)
    set_neutral_logits(described, (0.0,) * 8)  # once more
    after = json.loads(described.read_text())
    assert after.pop("neutral_logits") == [0.0] * 8
    assert {**after, "calibration": None, "neutral_logits": None} == before


@pytest.mark.parametrize("values", [(0.0,) * 7, (float("nan"),) * 8])
def test_neutral_logits_that_cannot_be_are_not_written(described, values):
    before = described.read_bytes()
    with pytest.raises(TrainingError, match="expected 8 finite neutral logits"):
        set_neutral_logits(described, values)
    assert described.read_bytes() == before


@pytest.mark.parametrize("text", ["", "[]", "{}", "3", '"scores"', '["scores"]'])
@pytest.mark.parametrize(
    "change",
    [
        lambda path: add_score(path, "x", {}),
        lambda path: set_calibration(path, Calibration()),
        lambda path: set_neutral_logits(path, (0.0,) * 8),
    ],
    ids=["score", "calibration", "neutral logits"],
)
def test_what_is_no_description_is_not_changed(tmp_path, text, change):
    path = tmp_path / "emotion.json"
    path.write_text(text)
    with pytest.raises(TrainingError, match="is no model description"):
        change(path)
    assert path.read_text() == text


def test_a_model_must_exist_to_be_described(tmp_path):
    with pytest.raises(TrainingError, match=r"emotion\.tflite cannot be read"):
        write_description(
            tmp_path / "emotion.json", tmp_path / "emotion.tflite", FeatureRecipe(), {}
        )
