"""From neutral sentences to a profile, on real recordings and by definition."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest

from assistant.audio import read_audio
from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer
from assistant.enrolment import MIN_SPEECH_S, SENTENCES, enrol, levels_in, sentence_levels
from assistant.errors import AudioError, ProfileError
from assistant.features import FeatureRecipe, clip_levels, scale_bands
from assistant.model_description import ModelDescription
from assistant.profiles import Correction, Impression, VoiceProfile, recipe_key
from assistant.vad import VoiceDetector
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.fakes import estimate

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
RECIPE = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(8.0,) * 64)
CLASSIFIER = EmotionClassifier(
    lambda windows: np.zeros((len(windows), 8), np.float32), ModelDescription("ab", RECIPE)
)
RECORDED = sorted(RECORDINGS.glob("*.wav"))


def test_there_are_three_different_sentences_of_three_seconds():
    assert len(set(SENTENCES)) == 3
    assert all(10 <= len(sentence.split()) <= 14 for sentence in SENTENCES)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_sentence_is_taken(path):
    audio = read_audio(path)
    levels = levels_in(audio, Endpointer(VoiceDetector()), CLASSIFIER)
    np.testing.assert_allclose(
        levels.mean(axis=0), clip_levels(audio, RECIPE).mean(axis=0), atol=1.0
    )


def test_all_that_is_said_in_a_recording_counts():
    first, second = (read_audio(path).samples for path in RECORDED[:2])
    pause = np.zeros(32_000)
    both = Audio(np.concatenate([first, pause, second]), 16_000)
    endpointer = Endpointer(VoiceDetector())
    alone = [len(levels_in(read_audio(p), endpointer, CLASSIFIER)) for p in RECORDED[:2]]
    assert len(levels_in(both, endpointer, CLASSIFIER)) == pytest.approx(sum(alone), abs=8)


def test_a_recording_without_a_voice_is_refused():
    silence = Audio(np.zeros(32_000), 16_000)
    with pytest.raises(AudioError, match="nobody speaks in it; record a sentence"):
        levels_in(silence, Endpointer(VoiceDetector()), CLASSIFIER)


def between_silences(audio):
    silence = np.zeros(16_000)
    return Audio(np.concatenate([silence, audio.samples, silence]), 16_000)


@pytest.mark.parametrize("duration_s", [0.2, MIN_SPEECH_S - 0.02])
def test_what_is_too_short_is_refused_however_long_the_silence(hello, duration_s):
    short = between_silences(hello.between(0.3, 0.3 + duration_s))
    with pytest.raises(AudioError, match=r"only 0\.\d\d s of speech; say a whole sentence"):
        sentence_levels([short], CLASSIFIER)


def test_stretches_are_added_up(hello):
    stretches = [hello.between(0.2, 0.8), hello.between(0.7, 1.4)]
    levels = sentence_levels(stretches, CLASSIFIER)
    assert levels.shape == (sum(len(clip_levels(each, RECIPE)) for each in stretches), 64)
    with pytest.raises(AudioError, match=r"only 0\.\d\d s"):
        sentence_levels(stretches[:1], CLASSIFIER)


def clipped(audio, by_db=6.0):
    """A recording whose loudest parts were cut off."""
    peak = np.abs(audio.samples).max()
    louder = audio.samples / peak * 10 ** (by_db / 20)
    return Audio(np.clip(louder, -1, 1) * 0.9, 16_000)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_clipped_recording_is_refused(path):
    audio = read_audio(path)
    assert sentence_levels([audio], CLASSIFIER).size
    with pytest.raises(AudioError, match="too loud, so that it was clipped"):
        sentence_levels([clipped(audio)], CLASSIFIER)


def test_real_sentences_are_not_taken_for_clipped(shared_data):
    paths = sorted((shared_data / "ravdess").glob("*-05.flac"))
    assert len(paths) == 60
    for path in paths:
        assert sentence_levels([read_audio(path)], CLASSIFIER).size


def test_the_profile_is_the_mean_over_the_frames_of_all_sentences(hello):
    sentences = [sentence_levels([read_audio(path)], CLASSIFIER) for path in RECORDED[:3]]
    profile = enrol("anna", sentences, CLASSIFIER, NOON)
    assert profile == VoiceProfile(
        "anna",
        tuple(np.concatenate(sentences).mean(axis=0, dtype=np.float64).tolist()),
        recipe_key(RECIPE),
        "2026-11-21T12:00:00+00:00",
        3,
    )
    own = replace(RECIPE, band_mean=profile.band_mean)
    pooled = np.concatenate([scale_bands(each, own) for each in sentences])
    np.testing.assert_allclose(pooled.mean(axis=0), 0, atol=1e-4)
    CLASSIFIER.check(profile)
    assert CLASSIFIER.hear(hello, profile).estimate.probabilities


def correction(model):
    heard = Impression(estimate("happy"), (1.0, 2.0), (0.125,) * 8, model)
    return Correction.of(heard, "sad", NOON)


def test_corrections_of_the_same_model_outlive_a_new_enrolment():
    before = VoiceProfile("anna", corrections=(correction("ab"), correction("old")))
    sentences = [sentence_levels([read_audio(path)], CLASSIFIER) for path in RECORDED[:2]]
    after = enrol("anna", sentences, CLASSIFIER, NOON, before)
    assert after.corrections == (correction("ab"),)
    assert after.n_sentences == 2


def test_a_name_that_is_not_allowed_is_refused():
    with pytest.raises(ProfileError, match="cannot name a voice"):
        enrol("a b", [np.zeros((3, 64), np.float32)], CLASSIFIER, NOON)
