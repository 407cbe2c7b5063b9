"""From neutral sentences to a profile, on real recordings and by definition."""

from datetime import UTC, datetime

import numpy as np
import pytest

from assistant.audio import read_audio
from assistant.emotion import EmotionClassifier
from assistant.endpointing import Endpointer
from assistant.enrolment import (
    MIN_SPEECH_S,
    SENTENCES,
    NeutralSentence,
    enrol,
    neutral_sentence,
    sentence_in,
)
from assistant.errors import AudioError, ProfileError
from assistant.features import FeatureRecipe
from assistant.model_description import ModelDescription
from assistant.profiles import Correction, Impression, VoiceProfile
from assistant.vad import VoiceDetector
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.fakes import estimate

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def levels_as_logits(windows):
    """A model whose logits tell of the sound: the mean level of each eighth of the bands."""
    return windows.mean(axis=1).reshape(len(windows), 8, 8).mean(axis=2)


DESCRIPTION = ModelDescription("ab", FeatureRecipe(), neutral_logits=(0.0,) * 8)
CLASSIFIER = EmotionClassifier(levels_as_logits, DESCRIPTION)
RECORDED = sorted(RECORDINGS.glob("*.wav"))


def test_there_are_three_different_sentences_of_three_seconds():
    assert len(set(SENTENCES)) == 3
    assert all(10 <= len(sentence.split()) <= 14 for sentence in SENTENCES)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_sentence_is_taken(path):
    audio = read_audio(path)
    sentence = sentence_in(audio, Endpointer(VoiceDetector()), CLASSIFIER)
    whole = CLASSIFIER.logits(audio)
    assert sentence.speech_s == pytest.approx(whole.speech_s, abs=0.1)
    np.testing.assert_allclose(sentence.logits, whole.mean, atol=1.0)


def test_all_that_is_said_in_a_recording_counts():
    first, second = (read_audio(path).samples for path in RECORDED[:2])
    pause = np.zeros(32_000)
    both = Audio(np.concatenate([first, pause, second]), 16_000)
    endpointer = Endpointer(VoiceDetector())
    alone = [sentence_in(read_audio(path), endpointer, CLASSIFIER) for path in RECORDED[:2]]
    found = sentence_in(both, endpointer, CLASSIFIER)
    assert found.speech_s == pytest.approx(sum(each.speech_s for each in alone), abs=0.08)


def test_a_recording_without_a_voice_is_refused():
    silence = Audio(np.zeros(32_000), 16_000)
    with pytest.raises(AudioError, match="nobody speaks in it; record a sentence"):
        sentence_in(silence, Endpointer(VoiceDetector()), CLASSIFIER)


def between_silences(audio):
    silence = np.zeros(16_000)
    return Audio(np.concatenate([silence, audio.samples, silence]), 16_000)


@pytest.mark.parametrize("duration_s", [0.2, MIN_SPEECH_S - 0.02])
def test_what_is_too_short_is_refused_however_long_the_silence(hello, duration_s):
    short = between_silences(hello.between(0.3, 0.3 + duration_s))
    with pytest.raises(AudioError, match=r"only 0\.\d\d s of speech; say a whole sentence"):
        neutral_sentence([short], CLASSIFIER)


def test_stretches_count_by_their_length(hello):
    stretches = [hello.between(0.2, 0.8), hello.between(0.7, 1.4)]
    first, second = (CLASSIFIER.logits(each) for each in stretches)
    sentence = neutral_sentence(stretches, CLASSIFIER)
    total_s = first.speech_s + second.speech_s
    assert sentence.speech_s == pytest.approx(total_s)
    weighted = first.speech_s * np.array(first.mean) + second.speech_s * np.array(second.mean)
    np.testing.assert_allclose(sentence.logits, weighted / total_s, rtol=1e-5)
    with pytest.raises(AudioError, match=r"only 0\.\d\d s"):
        neutral_sentence(stretches[:1], CLASSIFIER)


def clipped(audio, by_db=6.0):
    """A recording whose loudest parts were cut off."""
    peak = np.abs(audio.samples).max()
    louder = audio.samples / peak * 10 ** (by_db / 20)
    return Audio(np.clip(louder, -1, 1) * 0.9, 16_000)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_clipped_recording_is_refused(path):
    audio = read_audio(path)
    assert neutral_sentence([audio], CLASSIFIER).logits
    with pytest.raises(AudioError, match="too loud, so that it was clipped"):
        neutral_sentence([clipped(audio)], CLASSIFIER)


def test_real_sentences_are_not_taken_for_clipped(shared_data):
    paths = sorted((shared_data / "ravdess").glob("*-05.flac"))
    assert len(paths) == 60
    for path in paths:
        assert neutral_sentence([read_audio(path)], CLASSIFIER).logits


SHORT, LONG = NeutralSentence((1.0,) * 8, 1.0), NeutralSentence((4.0,) * 8, 9.0)


def test_the_profile_is_the_mean_of_the_sentences_however_long_they_are():
    profile = enrol("anna", [SHORT, SHORT, LONG], CLASSIFIER, NOON)
    assert profile == VoiceProfile("anna", (2.0,) * 8, "ab", "2026-11-21T12:00:00+00:00", 3)
    CLASSIFIER.check(profile)


def test_an_enrolled_voice_is_moved_towards_the_others(hello):
    sentences = [neutral_sentence([read_audio(path)], CLASSIFIER) for path in RECORDED[:3]]
    profile = enrol("anna", sentences, CLASSIFIER, NOON)
    before, after = CLASSIFIER.hear(hello), CLASSIFIER.hear(hello, profile)
    assert after.estimate != before.estimate
    assert after.features == before.features


def test_a_model_that_knows_no_neutral_voices_is_refused():
    classifier = EmotionClassifier(levels_as_logits, ModelDescription("ab", FeatureRecipe()))
    with pytest.raises(ProfileError, match="this emotion model cannot be enrolled with"):
        enrol("anna", [LONG], classifier, NOON)


def correction(model):
    heard = Impression(estimate("happy"), (1.0, 2.0), (0.125,) * 8, model)
    return Correction.of(heard, "sad", NOON)


def test_corrections_of_the_same_model_outlive_a_new_enrolment():
    before = VoiceProfile("anna", corrections=(correction("ab"), correction("old")))
    after = enrol("anna", [SHORT, LONG], CLASSIFIER, NOON, before)
    assert after.corrections == (correction("ab"),)
    assert after.n_sentences == 2


def test_a_name_that_is_not_allowed_is_refused():
    with pytest.raises(ProfileError, match="cannot name a voice"):
        enrol("a b", [LONG], CLASSIFIER, NOON)
