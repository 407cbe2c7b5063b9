"""The classifier, with plain callables in the model's place; `test_model` has the real one."""

import hashlib
import json

import numpy as np
import pytest

from assistant.emotion import EmotionClassifier, softmax
from assistant.errors import AudioError, ModelError
from assistant.features import FeatureRecipe, model_input
from assistant.model_description import Calibration, ModelDescription
from assistant.values import EMOTIONS, Audio
from tests.test_model_description import fields

RECIPE = FeatureRecipe()
DESCRIPTION = ModelDescription(sha256="", recipe=RECIPE)
ANGRY = EMOTIONS.index("angry")
SAD = EMOTIONS.index("sad")


def sound(duration_s=1.0, sample_rate=16_000):
    rng = np.random.default_rng(3)
    n_samples = round(duration_s * sample_rate)
    return Audio((0.1 * rng.standard_normal(n_samples)).astype(np.float32), sample_rate)


def always(label, logit=5.0):
    """A model that gives one label the same logit for every window."""

    def model(windows):
        logits = np.zeros((len(windows), len(EMOTIONS)), np.float32)
        logits[:, label] = logit
        return logits

    return model


def saved(folder, content=b"no model", **changes):
    """A model file and its description in a folder."""
    model, description = folder / "emotion.tflite", folder / "emotion.json"
    model.write_bytes(content)
    changes.setdefault("sha256", hashlib.sha256(content).hexdigest())
    description.write_text(json.dumps(fields(**changes)))
    return model, description


def test_the_highest_logit_names_the_emotion():
    estimate = EmotionClassifier(always(ANGRY), DESCRIPTION).classify(sound())
    assert estimate.label == "angry"
    assert estimate.confidence == pytest.approx(np.exp(5) / (np.exp(5) + 7))


def test_there_is_a_probability_for_each_emotion_and_they_sum_to_one():
    estimate = EmotionClassifier(always(SAD), DESCRIPTION).classify(sound())
    assert tuple(estimate.probabilities) == EMOTIONS
    assert sum(estimate.probabilities.values()) == pytest.approx(1.0)


def test_the_model_gets_the_features_of_its_own_recipe():
    recipe = FeatureRecipe(n_frames=100, window_hop=50, band_mean=(-40.0,) * 64)
    given = []

    def model(windows):
        given.append(windows)
        return always(SAD)(windows)

    EmotionClassifier(model, ModelDescription("", recipe)).classify(sound())
    np.testing.assert_array_equal(given[0], model_input(sound(), recipe))


def test_the_probabilities_of_windows_are_averaged():
    def angry_then_sad(windows):
        assert len(windows) == 2
        return 50 * np.eye(len(EMOTIONS), dtype=np.float32)[[ANGRY, SAD]]

    audio = sound(3.8)  # 381 frames: windows of 256 start at 0 and 125
    estimate = EmotionClassifier(angry_then_sad, DESCRIPTION).classify(audio)
    assert estimate.probabilities["angry"] == pytest.approx(0.5)
    assert estimate.probabilities["sad"] == pytest.approx(0.5)


@pytest.mark.parametrize("n_samples", [0, 1, 100])
def test_a_sound_too_short_for_a_frame_is_still_classified(n_samples):
    audio = Audio(np.zeros(n_samples, np.float32), 16_000)
    assert EmotionClassifier(always(SAD), DESCRIPTION).classify(audio).label == "sad"


def test_another_sample_rate_is_refused():
    classifier = EmotionClassifier(always(SAD), DESCRIPTION)
    with pytest.raises(AudioError, match="need 16000 Hz, got 8000 Hz"):
        classifier.classify(sound(sample_rate=8_000))


def test_nothing_is_called_certain_without_calibration():
    assert EmotionClassifier(always(SAD, 50), DESCRIPTION).classify(sound()).certain is None


@pytest.mark.parametrize(("threshold", "certain"), [(0.40, True), (0.60, False)])
def test_calibration_divides_the_logits_and_decides_what_is_certain(threshold, certain):
    description = ModelDescription("", RECIPE, calibration=Calibration(2.5, threshold))
    estimate = EmotionClassifier(always(SAD), description).classify(sound())
    assert estimate.confidence == pytest.approx(np.exp(2) / (np.exp(2) + 7))  # 0.51
    assert estimate.certain is certain


@pytest.mark.parametrize(
    ("logits", "message"),
    [
        (np.zeros((1, 7), np.float32), r"gave shape \(1, 7\), expected \(n_windows, 8\)"),
        (np.zeros(8, np.float32), r"gave shape \(8,\)"),
        (np.full((1, 8), np.nan, np.float32), "NaN or infinite"),
    ],
)
def test_a_model_that_gives_no_logits_is_refused(logits, message):
    with pytest.raises(ModelError, match=message):
        EmotionClassifier(lambda windows: logits, DESCRIPTION).classify(sound())


def test_labels_that_are_no_words_are_refused():
    description = ModelDescription.from_json(json.dumps(fields(labels=[None, 1])))
    with pytest.raises(ModelError, match="the model names None, 1; this program needs"):
        EmotionClassifier(always(0), description)


@pytest.mark.parametrize("labels", [EMOTIONS[:7], EMOTIONS[::-1], ("neutral",) * 8])
def test_labels_other_than_ours_are_refused(labels):
    with pytest.raises(ModelError, match="this program needs neutral, calm"):
        EmotionClassifier(always(0), ModelDescription("", RECIPE, labels=labels))


def test_a_missing_model_or_description_is_named(tmp_path):
    model, description = saved(tmp_path)
    with pytest.raises(ModelError, match=r"absent\.tflite cannot be read"):
        EmotionClassifier.load(tmp_path / "absent.tflite", description)
    with pytest.raises(ModelError, match=r"absent\.json cannot be read"):
        EmotionClassifier.load(model, tmp_path / "absent.json")


def test_a_model_with_another_hash_is_refused_before_it_is_run(tmp_path):
    model, description = saved(tmp_path, sha256="0" * 64)
    with pytest.raises(
        ModelError, match=r"has SHA-256 [0-9a-f]{12}…, emotion.json expects 0{12}"
    ):
        EmotionClassifier.load(model, description)


def test_bytes_that_are_no_model_are_refused_in_one_line(tmp_path):
    pytest.importorskip("ai_edge_litert", reason="needs a TFLite interpreter")
    model, description = saved(tmp_path, b"not a flatbuffer at all")
    with pytest.raises(ModelError, match="the interpreter refuses the model") as refusal:
        EmotionClassifier.load(model, description)
    assert "\n" not in str(refusal.value)


def test_softmax_stands_large_logits():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4, -1e4]])), [[0.5, 0.5, 0.0]])
