"""The classifier, with plain callables in the model's place; `test_model` has the real one."""

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from assistant.emotion import MIN_CERTAIN_S, EmotionClassifier, softmax, speech_s
from assistant.errors import AudioError, ModelError, ProfileError
from assistant.features import FeatureRecipe, clip_levels, model_input
from assistant.model_description import Calibration, ModelDescription
from assistant.profiles import (
    NEUTRAL_STRENGTH,
    RELATIVE_SHARE,
    Correction,
    VoiceProfile,
    adjustment,
)
from assistant.values import EMOTIONS, Audio
from tests.test_model_description import fields

RECIPE = FeatureRecipe()
DESCRIPTION = ModelDescription(sha256="", recipe=RECIPE)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
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


def lasting(duration_s):
    """Noise of that length with a second of silence on both sides."""
    silence = np.zeros(16_000)
    return Audio(np.concatenate([silence, sound(duration_s).samples, silence]), 16_000)


@pytest.mark.parametrize("duration_s", [0.01, 0.3, 0.7, 2.0])
def test_the_length_of_speech_leaves_out_what_is_quiet_around_it(duration_s):
    levels = clip_levels(lasting(duration_s), RECIPE)
    assert speech_s(levels, RECIPE) == pytest.approx(duration_s, abs=1e-9)


@pytest.mark.parametrize("n_samples", [0, 160, 32_000])
def test_silence_holds_no_speech(n_samples):
    silence = clip_levels(Audio(np.zeros(n_samples), 16_000), RECIPE)
    assert speech_s(silence, RECIPE) == 0


@pytest.mark.parametrize("calibration", [None, Calibration(1.0, 0.1)])
def test_less_than_half_a_second_of_speech_is_never_certain(calibration):
    classifier = EmotionClassifier(
        always(SAD, 50), ModelDescription("", RECIPE, calibration=calibration)
    )
    assert MIN_CERTAIN_S == 0.5
    assert classifier.classify(lasting(0.49)).certain is False
    assert classifier.classify(lasting(0.51)).certain is (True if calibration else None)


def test_a_short_word_in_noise_is_never_certain():
    """Its noise is less than 35 dB below it, so no quiet ends are found."""
    samples = np.concatenate([sound(0.3).samples * 0.1, sound(0.2).samples * 2.0])
    audio = Audio(np.concatenate([samples, sound(0.2).samples * 0.1]), 16_000)
    description = ModelDescription("", RECIPE, calibration=Calibration(1.0, 0.1))
    classifier = EmotionClassifier(always(SAD, 50), description)
    assert classifier.hear(audio).estimate.certain is True
    assert classifier.hear(audio, voiced_s=0.2).estimate.certain is False


REFERENCE = tuple(np.linspace(1, -1, 8).tolist())
ENROLLING = ModelDescription("ab", RECIPE, neutral_logits=REFERENCE)
ANNA = VoiceProfile("anna", (3.0, 0.0, -2.0, 1.0, 0.0, 0.0, 0.5, 0.0), "ab")


def own_offset(profile=ANNA):
    return -RELATIVE_SHARE * (np.array(profile.neutral_logits) - REFERENCE)


def own_step(logits, temperature=1.0, profile=ANNA):
    """What the neutral sentences of a profile add, being neutral."""
    shares = softmax((np.array(profile.neutral_logits) + own_offset(profile)) / temperature)
    neutral = Correction(
        "neutral", "sad", "", profile.neutral_logits, tuple(shares.tolist()), "ab"
    )
    return adjustment(logits.mean(axis=0).tolist(), [neutral], NEUTRAL_STRENGTH)


def test_a_voice_is_heard_relative_to_its_own_neutral_sentences():
    description = replace(ENROLLING, calibration=Calibration(2.0, 0.5))
    impression = EmotionClassifier(windows_differ, description).hear(sound(5.0), ANNA)
    logits = windows_differ(np.empty(3))
    relative = logits + own_offset()
    expected = softmax((relative + own_step(logits, 2)) / 2).mean(axis=0)
    shares = tuple(impression.estimate.probabilities.values())
    np.testing.assert_allclose(shares, expected, rtol=1e-5)
    expected = softmax(relative / 2).mean(axis=0)
    np.testing.assert_allclose(impression.probabilities, expected, rtol=1e-5)


def test_what_sounds_like_the_neutral_sentences_is_neutral():
    """It is no matter what the model made of them."""
    sad = [0.0] * 8
    sad[SAD] = 1.5
    classifier = EmotionClassifier(lambda windows: np.array([sad] * len(windows)), ENROLLING)
    anna = replace(ANNA, neutral_logits=tuple(sad))
    found = classifier.hear(sound(), anna).estimate.probabilities
    assert found["neutral"] > 2 * classifier.hear(sound()).estimate.probabilities["neutral"]


def test_a_voice_like_all_others_is_heard_as_anybody_but_for_what_is_known_as_neutral():
    classifier = EmotionClassifier(windows_differ, ENROLLING)
    usual = replace(ANNA, neutral_logits=REFERENCE)
    heard = classifier.hear(sound(5.0), usual)
    assert heard.probabilities == classifier.hear(sound(5.0)).probabilities


def test_what_corrections_compare_by_does_not_depend_on_the_voice():
    classifier = EmotionClassifier(windows_differ, ENROLLING)
    assert classifier.hear(sound(5.0), ANNA).features == classifier.hear(sound(5.0)).features


def test_the_voice_comes_first_and_corrections_move_what_is_relative_to_it():
    classifier = EmotionClassifier(windows_differ, ENROLLING)
    heard = classifier.hear(sound(5.0), ANNA)
    profile = ANNA.with_corrections(Correction.of(heard, "angry", NOON))
    logits = windows_differ(np.empty(3))
    step = adjustment(logits.mean(axis=0).tolist(), profile.corrections)
    expected = softmax(logits + own_offset() + own_step(logits) + step).mean(axis=0)
    after = classifier.hear(sound(5.0), profile)
    shares = tuple(after.estimate.probabilities.values())
    np.testing.assert_allclose(shares, expected, rtol=1e-5)
    assert after.probabilities == heard.probabilities


def test_hearing_is_the_logits_judged():
    classifier = EmotionClassifier(windows_differ, ENROLLING)
    heard = classifier.logits(sound(5.0))
    np.testing.assert_array_equal(heard.windows, windows_differ(np.empty(3)))
    np.testing.assert_allclose(heard.mean, heard.windows.mean(axis=0))
    assert heard.speech_s == 5.0
    assert classifier.judge(heard, ANNA) == classifier.hear(sound(5.0), ANNA)


def test_a_profile_without_neutral_sentences_is_heard_as_anybody():
    classifier = EmotionClassifier(always(SAD), DESCRIPTION)
    impression = classifier.hear(sound(), VoiceProfile("anna"))
    assert impression == classifier.hear(sound())


def test_a_profile_of_another_model_is_refused():
    classifier = EmotionClassifier(always(SAD), replace(ENROLLING, sha256="cd"))
    with pytest.raises(ProfileError, match="another emotion model; enrol again: tonewise"):
        classifier.hear(sound(), ANNA)
    with pytest.raises(ProfileError, match="tonewise enroll anna --replace"):
        classifier.check(ANNA)


def test_corrections_for_another_model_are_told():
    classifier = EmotionClassifier(always(SAD), ENROLLING)
    heard = classifier.hear(sound())
    own = Correction.of(heard, "angry", NOON)
    old = [replace(own, model="old", features=(float(n),) * 8) for n in range(2)]
    profile = ANNA.with_corrections(own, *old)
    many = "2 corrections were made for another emotion model and are not heeded"
    assert classifier.heeded(profile) == (own,)
    assert classifier.unheeded(profile) == many
    assert classifier.unheeded(ANNA.with_corrections(own)) == ""
    one = classifier.unheeded(ANNA.with_corrections(old[0]))
    assert one == "1 correction was made for another emotion model and is not heeded"
    other = EmotionClassifier(always(SAD), replace(ENROLLING, sha256="cd"))
    with pytest.raises(ProfileError, match="--replace; 3 corrections were made for another"):
        other.check(profile)


def test_without_a_reference_nobody_is_heard_relative_to_it():
    classifier = EmotionClassifier(always(SAD), replace(ENROLLING, neutral_logits=None))
    for refused in (classifier.neutral_reference, lambda: classifier.check(ANNA)):
        with pytest.raises(ProfileError, match="cannot be enrolled with yet; corrections work"):
            refused()
    classifier.check(VoiceProfile("anna"))


def windows_differ(windows):
    """A model that is more and more surprised, window by window."""
    logits = np.zeros((len(windows), len(EMOTIONS)), np.float32)
    logits[:, SAD], logits[:, -1] = 2.0, np.arange(len(windows))
    return logits


def test_an_impression_has_what_a_correction_needs():
    description = ModelDescription("ab", RECIPE, calibration=Calibration(2.0, 0.5))
    impression = EmotionClassifier(windows_differ, description).hear(sound(5.0))
    logits = windows_differ(np.empty(3))
    np.testing.assert_allclose(impression.features, logits.mean(axis=0))
    np.testing.assert_allclose(impression.probabilities, softmax(logits / 2).mean(axis=0))
    assert impression.probabilities == tuple(impression.estimate.probabilities.values())
    assert impression.model == "ab"


def corrected(classifier, label):
    """A profile of one correction: the sound was heard wrongly."""
    return VoiceProfile("anna").with_corrections(
        Correction.of(classifier.hear(sound(5.0)), label, NOON)
    )


def test_a_corrected_utterance_is_heard_more_as_it_was_meant():
    classifier = EmotionClassifier(windows_differ, DESCRIPTION)
    before = classifier.hear(sound(5.0))
    profile = corrected(classifier, "angry")
    after = classifier.hear(sound(5.0), profile)
    found, earlier = after.estimate.probabilities, before.estimate.probabilities
    assert found["angry"] > 1.3 * earlier["angry"]
    assert found[before.estimate.label] < earlier[before.estimate.label]
    assert sum(after.estimate.probabilities.values()) == pytest.approx(1)
    # What a second correction starts from is what the model said, not what was made of it.
    assert after.features == before.features
    assert after.probabilities == before.probabilities


def test_corrections_of_another_model_move_nothing():
    classifier = EmotionClassifier(windows_differ, DESCRIPTION)
    other = EmotionClassifier(windows_differ, ModelDescription("cd", RECIPE))
    profile = corrected(other, "angry")
    assert classifier.classify(sound(5.0), profile) == classifier.classify(sound(5.0))


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
