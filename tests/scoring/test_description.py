"""The file beside the model: what is written is what the classifier reads."""

import hashlib
import json

import pytest

from assistant.emotion import ModelDescription
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.scoring.description import add_score, write_description


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
