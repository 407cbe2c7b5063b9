"""The classifier, with plain callables in the model's place; `test_model` has the real one."""

import hashlib
import json
import threading
from dataclasses import asdict

import numpy as np
import pytest

from assistant.emotion import (
    Calibration,
    EmotionClassifier,
    ModelDescription,
    TfliteModel,
    softmax,
)
from assistant.errors import AudioError, ModelError
from assistant.features import FeatureRecipe, model_input
from assistant.values import EMOTIONS, Audio

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


def test_a_description_is_read_whole():
    recipe = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(9.0,) * 64, trim_db=30.0)
    text = json.dumps(
        fields(
            sha256="ab12",
            recipe=asdict(recipe),
            calibration={"temperature": 1.5, "threshold": 0.6},
        )
    )
    assert ModelDescription.from_json(text) == ModelDescription(
        "ab12", recipe, EMOTIONS, Calibration(1.5, 0.6)
    )


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


def test_without_an_interpreter_the_message_says_what_to_install(monkeypatch):
    for package in ("ai_edge_litert", "tflite_runtime"):
        monkeypatch.setitem(__import__("sys").modules, f"{package}.interpreter", None)
    with pytest.raises(ModelError, match="pip install ai-edge-litert"):
        TfliteModel(b"", (256, 64), 8)


def test_softmax_stands_large_logits():
    np.testing.assert_allclose(softmax(np.array([[1e4, 1e4, -1e4]])), [[0.5, 0.5, 0.0]])


class CountingInterpreter:
    """Stands in for a TFLite interpreter; notes when two threads are inside at once."""

    def __init__(self, input_quantization=(0.5, -3), output_quantization=(0.25, 2), **_):
        self.busy, self.overlaps, self.given = False, 0, None
        self.input_quantization, self.output_quantization = (
            input_quantization,
            output_quantization,
        )

    def allocate_tensors(self):
        pass

    def get_input_details(self):
        dtype = np.int8 if self.input_quantization[0] else np.float32
        return [self.details(0, (1, 256, 64), dtype, self.input_quantization)]

    def get_output_details(self):
        dtype = np.int8 if self.output_quantization[0] else np.float32
        return [self.details(1, (1, 8), dtype, self.output_quantization)]

    @staticmethod
    def details(index, shape, dtype, quantization):
        return {
            "index": index,
            "shape": np.array(shape),
            "dtype": dtype,
            "quantization": quantization,
        }

    def set_tensor(self, index, values):
        self.overlaps += self.busy
        self.busy = True
        self.given = values

    def invoke(self):
        threading.Event().wait(0.001)

    def get_tensor(self, index):
        self.busy = False
        return np.arange(8, dtype=self.get_output_details()[0]["dtype"])[np.newaxis]


@pytest.fixture
def installed(monkeypatch):
    """Puts an interpreter where the real one would be imported from."""

    def install(**options):
        import sys
        import types

        interpreter = CountingInterpreter(**options)
        module = types.ModuleType("ai_edge_litert.interpreter")
        module.Interpreter = lambda **_: interpreter
        monkeypatch.setitem(sys.modules, "ai_edge_litert", types.ModuleType("ai_edge_litert"))
        monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", module)
        return interpreter

    return install


def test_input_is_quantised_by_the_scale_in_the_file_and_clipped(installed):
    interpreter = installed()
    window = np.zeros((1, 256, 64), np.float32)
    window[0, 0, :4] = [1.9, -2.4, 1e6, -1e6]
    TfliteModel(b"", (256, 64), 8)(window)
    assert interpreter.given.dtype == np.int8
    assert interpreter.given[0, 0, :5].tolist() == [1, -8, 127, -128, -3]


def test_output_is_dequantised_by_the_scale_in_the_file(installed):
    installed()
    logits = TfliteModel(b"", (256, 64), 8)(np.zeros((2, 256, 64), np.float32))
    expected = (np.arange(8) - 2) * 0.25
    np.testing.assert_allclose(logits, [expected, expected])
    assert logits.dtype == np.float32


def test_a_float_model_is_used_as_it_is(installed):
    interpreter = installed(input_quantization=(0.0, 0), output_quantization=(0.0, 0))
    logits = TfliteModel(b"", (256, 64), 8)(np.full((1, 256, 64), 0.3, np.float32))
    np.testing.assert_allclose(interpreter.given, np.float32(0.3))
    np.testing.assert_allclose(logits, [np.arange(8)])


@pytest.mark.parametrize(("window_shape", "n_labels"), [((200, 64), 8), ((256, 64), 7)])
def test_a_model_of_another_shape_is_refused(installed, window_shape, n_labels):
    installed()
    with pytest.raises(ModelError, match=r"maps \[\[1, 256, 64\], \[1, 8\]\], its"):
        TfliteModel(b"", window_shape, n_labels)


def test_threads_take_turns_with_the_interpreter(installed):
    interpreter = installed()
    model = TfliteModel(b"", (256, 64), 8)
    windows = np.zeros((5, 256, 64), np.float32)
    threads = [threading.Thread(target=model, args=(windows,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert interpreter.overlaps == 0
