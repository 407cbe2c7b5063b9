"""What a description must hold, and what of it is refused."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.features import FeatureRecipe
from assistant.model_description import Calibration, ModelDescription
from assistant.values import EMOTIONS

RECIPE = FeatureRecipe()


def fields(**changes):
    """The fields of a description as `emotion.json` holds them."""
    whole = {
        "schema_version": 1,
        "labels": list(EMOTIONS),
        "sha256": "",
        "calibration": None,
        "recipe": asdict(RECIPE),
    }
    return whole | changes


def test_a_description_is_read_whole():
    recipe = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(9.0,) * 64, trim_db=30.0)
    text = json.dumps(
        fields(
            sha256="ab12",
            recipe=asdict(recipe),
            calibration={"temperature": 1.5, "threshold": 0.6},
            neutral_logits=[2, -0.5, 0, 0, 0, 0, 0, 1.25],
        )
    )
    assert ModelDescription.from_json(text) == ModelDescription(
        "ab12",
        recipe,
        EMOTIONS,
        Calibration(1.5, 0.6),
        (2.0, -0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 1.25),
    )


@pytest.mark.parametrize("changes", [{}, {"neutral_logits": None}])
def test_neutral_logits_may_be_unknown(changes):
    read = ModelDescription.from_json(json.dumps(fields(**changes)))
    assert read.neutral_logits is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is damaged"),
        ("[]", "is damaged"),
        ("{}", "is damaged"),
        (b"\xff\xfe\xfd", "is damaged"),
        (json.dumps(fields(schema_version=2)), "version 2, this program reads 1"),
        (json.dumps(fields(recipe={})), "is damaged"),
        (json.dumps(fields(recipe=asdict(RECIPE) | {"mels": 3})), "is damaged"),
        (json.dumps(fields(recipe=asdict(RECIPE) | {"n_frames": None})), "is damaged"),
        (json.dumps(fields(calibration={"heat": 2})), "is damaged"),
        (json.dumps(fields(calibration="warm")), "is damaged"),
        (json.dumps(fields(calibration=2.5)), "is damaged"),
        (json.dumps(fields(recipe=asdict(RECIPE) | {"mel": "log"})), "is damaged"),
        (json.dumps(fields(calibration={"temperature": 0.0})), "temperature must be above 0"),
        (json.dumps(fields(calibration={"temperature": -1})), "temperature must be above 0"),
        (json.dumps(fields(calibration={"temperature": np.inf})), "temperature must be"),
        (json.dumps(fields(calibration={"temperature": np.nan})), "temperature must be"),
        (json.dumps(fields(calibration={"temperature": "2"})), "expected float, got str"),
        (json.dumps(fields(calibration={"temperature": 10**400})), "is damaged"),
        (json.dumps(fields(calibration={"threshold": -0.1})), "threshold must be 0 to 1"),
        (json.dumps(fields(calibration={"threshold": 1.1})), "threshold must be 0 to 1"),
        (json.dumps(fields(calibration={"threshold": np.nan})), "threshold must be 0 to 1"),
        (json.dumps(fields(calibration={"threshold": "0.5"})), "expected float, got str"),
        (json.dumps(fields(calibration={"threshold": None})), "expected float, got NoneType"),
        (json.dumps(fields(calibration={"threshold": [0.5]})), "expected float, got list"),
        (json.dumps(fields(labels=None)), "is damaged"),
        (json.dumps(fields(neutral_logits=[0.0] * 7)), "neutral_logits are not 8 finite"),
        (json.dumps(fields(neutral_logits=[])), "neutral_logits are not 8 finite"),
        (json.dumps(fields(neutral_logits=[np.nan] * 8)), "neutral_logits are not 8 finite"),
        (json.dumps(fields(neutral_logits=["1"] * 8)), "expected float, got str"),
        (json.dumps(fields(neutral_logits=0)), "is damaged"),
        ("[" * 100_000, "is damaged"),
        (json.dumps(fields(recipe=asdict(RECIPE) | {"trim_db": -1})), "trim_db"),
        (json.dumps(fields(recipe=asdict(RECIPE) | {"trim_db": 10**400})), "is damaged"),
        (
            json.dumps(fields(recipe=asdict(RECIPE) | {"window_hop": 99.5})),
            "expected int, got float",
        ),
        (
            json.dumps(fields(recipe=asdict(RECIPE) | {"mel": {"hop_length": 99.5}})),
            "expected int, got float",
        ),
        (
            json.dumps(fields(recipe=asdict(RECIPE) | {"band_std": ["9"] * 64})),
            "expected float, got str",
        ),
    ],
)
def test_a_damaged_description_is_refused_in_one_line(text, message):
    with pytest.raises(ModelError, match=message) as refusal:
        ModelDescription.from_json(text)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 200


@pytest.mark.parametrize(("temperature", "threshold"), [(1e-3, 0), (1, 1), (100, 0.5)])
def test_whole_numbers_and_bounds_are_good_for_calibration(temperature, threshold):
    calibration = {"temperature": temperature, "threshold": threshold}
    read = ModelDescription.from_json(json.dumps(fields(calibration=calibration)))
    assert read.calibration == Calibration(temperature, threshold)
