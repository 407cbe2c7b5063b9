"""A trained model gets what it lacks: by definition, and with the shipped one."""

import json
import shutil
from itertools import cycle

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.emotion import EmotionClassifier, softmax
from assistant.errors import CorpusError, ModelError, TrainingError
from assistant.features import FeatureRecipe
from assistant.model_description import Calibration, ModelDescription
from assistant.scoring.answers import select_clips
from assistant.scoring.calibrate import calibrate, fitted_calibration, neutral_logits
from assistant.scoring.calibration import LOWEST_COUNT
from assistant.scoring.kept_logits import LogitsKeeper
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS, ROOT
from tests.fakes import tone
from tests.scoring.labelled import write_index

HELLO = RECORDINGS / "1_hello.wav"


def saying(*logits, calibration=None):
    """A classifier whose model gives these logits in turn, each to all windows of a clip."""
    turns = cycle(np.asarray(logits, np.float32))
    description = ModelDescription("ab", FeatureRecipe(), calibration=calibration)
    return EmotionClassifier(lambda w: np.tile(next(turns), (len(w), 1)), description)


def clips_of(*labels):
    return [Clip(HELLO, "home", "anna", label) for label in labels]


@pytest.fixture
def models(tmp_path):
    """A copy of the shipped model, not calibrated."""
    copied = shutil.copytree(ROOT / "models", tmp_path / "models")
    fields = json.loads((copied / "emotion.json").read_text())
    fields |= {"calibration": None, "neutral_logits": None}
    (copied / "emotion.json").write_text(json.dumps(fields))
    return copied / "emotion.tflite", copied / "emotion.json"


@pytest.fixture
def clips(tmp_path):
    return select_clips(write_index(tmp_path / "data"))


def test_kept_logits_are_those_of_each_clip_and_the_estimate_is_as_ever(hello):
    classifier = saying(np.arange(8), np.ones(8), calibration=Calibration(2.0, 0.3))
    keeper = LogitsKeeper(classifier)
    found = [keeper.classify(hello), keeper.classify(tone())]
    assert [each.mean for each in keeper.kept] == [tuple(range(8)), (1.0,) * 8]
    assert found == [classifier.classify(hello), classifier.classify(tone())]


def test_neutral_logits_are_the_mean_of_the_clips():
    classifier = saying(np.arange(8), np.zeros(8), np.full(8, 4.0))
    done = []
    found = neutral_logits(classifier, clips_of(0, 0, 0), done.append)
    assert found == pytest.approx(np.arange(8) / 3 + 4 / 3)
    assert done == [1, 2, 3]


@pytest.mark.parametrize("calibration", [None, Calibration(5.0, 0.9)])
def test_the_temperature_makes_confidence_as_high_as_labels_are_right(calibration):
    """Three of four labels are right, so the confidence of all becomes 3/4."""
    logits = np.array([9.0, *[0.0] * 7])
    classifier = saying(logits, calibration=calibration)
    clips = clips_of(*[0, 0, 0, 1] * LOWEST_COUNT)
    found = fitted_calibration(classifier, clips)
    # log(3 / (1/7)) = 9 / T
    assert found.temperature == pytest.approx(9 / np.log(21), rel=1e-3)
    assert found.threshold == 1.0  # three of four is less than was promised


def test_the_threshold_is_a_confidence_at_that_temperature():
    """The surer half of the labels is right, the other as often as not."""
    sure, unsure = np.array([9.0, *[0.0] * 7]), np.array([3.0, *[0.0] * 7])
    found = fitted_calibration(saying(sure, unsure), clips_of(*[0, 0, 0, 1] * LOWEST_COUNT))
    assert found.threshold == pytest.approx(softmax(sure / found.temperature).max())
    fitted = saying(sure, unsure, calibration=found)
    certain = [fitted.judge(fitted.logits(tone())).estimate.certain for _ in range(2)]
    assert certain == [True, False]


def test_a_model_is_calibrated_in_its_description(models, clips):
    before = json.loads(models[1].read_text())
    done = []
    found = calibrate(*models, clips, clips, done.append)
    classifier = EmotionClassifier.load(*models)
    after = json.loads(models[1].read_text())
    assert after.pop("calibration") == {
        "temperature": found.temperature,
        "threshold": found.threshold,
    }
    neutral = [clip for clip in clips if EMOTIONS[clip.label] == "neutral"]
    assert len(neutral) == 1
    expected = neutral_logits(classifier, neutral)
    np.testing.assert_allclose(classifier.neutral_reference(), expected, atol=1e-4)
    assert after.pop("neutral_logits") == list(classifier.neutral_reference())
    assert {**after, "calibration": None, "neutral_logits": None} == before
    assert done == list(range(1, len(clips) + 2))


def test_validation_clips_are_needed(models, clips):
    before = models[1].read_bytes()
    with pytest.raises(TrainingError, match="needs clips of validation speakers, got none"):
        calibrate(*models, (), clips)
    assert models[1].read_bytes() == before


def test_without_neutral_clips_the_confidence_alone_is_calibrated(models, clips):
    calibration = calibrate(*models, clips, clips[1:])
    described = json.loads(models[1].read_text())
    assert described["calibration"]["threshold"] == calibration.threshold
    assert described.get("neutral_logits") is None


def test_what_fails_half_way_leaves_the_description_as_it_was(models, clips):
    before = models[1].read_bytes()
    absent = [Clip(HELLO.with_name("absent.wav"), "home", "anna", 0)]
    with pytest.raises(CorpusError, match="none of 1 recordings can be used"):
        calibrate(*models, clips, absent)
    models[0].write_bytes(b"another")
    with pytest.raises(ModelError, match="has SHA-256"):
        calibrate(*models, clips, clips)
    assert models[1].read_bytes() == before
