"""A model that sees pitch as well: its description, its windows, what is heard with it."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from assistant.emotion import EmotionClassifier, speech_s
from assistant.errors import ModelError
from assistant.features import FeatureRecipe, clip_features, clip_levels, model_input
from assistant.model_description import ModelDescription
from assistant.pitch_salience import PitchConfig
from assistant.values import EMOTIONS, Audio
from tests.signals import RATE, speech_like

RECIPE = FeatureRecipe(pitch=PitchConfig(gamma=0.8), pitch_mean=0.1, pitch_std=0.2)


def description(recipe):
    return {
        "schema_version": 1,
        "labels": list(EMOTIONS),
        "sha256": "",
        "calibration": None,
        "recipe": recipe,
    }


def described(recipe):
    """The recipe that a description gives back."""
    return ModelDescription.from_json(json.dumps(description(recipe))).recipe


@pytest.mark.parametrize("recipe", [RECIPE, FeatureRecipe()])
def test_a_recipe_comes_back_from_its_description(recipe):
    assert described(asdict(recipe)) == recipe


def test_a_description_from_before_there_was_pitch_has_none():
    fields = asdict(FeatureRecipe())
    for later in ("pitch", "pitch_mean", "pitch_std"):
        del fields[later]
    assert described(fields) == FeatureRecipe()


@pytest.mark.parametrize("pitch", ["on", 1, {"hue": 1}, {"gamma": "0.7"}])
def test_garbled_pitch_is_refused(pitch):
    with pytest.raises(ModelError, match="is damaged"):
        described(asdict(RECIPE) | {"pitch": pitch})


def test_impossible_pitch_is_refused_with_its_reason():
    with pytest.raises(ModelError, match="as many bins as"):
        described(asdict(RECIPE) | {"pitch": asdict(PitchConfig(n_bins=32))})


class Listening:
    """A model that keeps what it was given."""

    def __call__(self, windows):
        self.windows = windows
        return np.zeros((len(windows), len(EMOTIONS)), np.float32)


def test_the_model_is_given_both_channels():
    model, audio = Listening(), Audio(speech_like(4.0), RATE)
    EmotionClassifier(model, ModelDescription("", RECIPE)).classify(audio)
    assert model.windows.shape == (3, 256, 64, 2)
    np.testing.assert_array_equal(model.windows, model_input(audio, RECIPE))


@pytest.mark.parametrize("samples", [np.zeros(0), np.zeros(RATE), speech_like()])
def test_pitch_does_not_change_how_long_the_speech_is(samples):
    audio = Audio(samples, RATE)
    expected = speech_s(clip_levels(audio, RECIPE), RECIPE)
    assert speech_s(clip_features(audio, RECIPE), RECIPE) == expected
    assert (expected == 0) == (not samples.any())
