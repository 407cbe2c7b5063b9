"""Words are sought while somebody speaks; what ends is understood at once."""

import numpy as np
import pytest

from assistant.audio import CHUNK_S, CHUNK_SAMPLES
from assistant.endpointing import Endpointer
from assistant.errors import ModelError, TranscriptionError
from assistant.listening import GUESS_S, Listener, Misheard, Understood, Wordless, outcomes
from assistant.settings import VadSettings
from tests.fakes import FakeClassifier, FakeDictates, FakeDictation, LoudnessDetector, tone

SETTINGS = VadSettings(min_pause_ms=480, max_pause_ms=960)


def quiet(duration_s):
    return [np.zeros(CHUNK_SAMPLES, np.float32)] * round(duration_s / CHUNK_S)


def loud(duration_s):
    return [tone(CHUNK_S).samples] * round(duration_s / CHUNK_S)


def listener(*dictations, classifier=None):
    dictates = FakeDictates(list(dictations) or [FakeDictation()])
    endpointer = Endpointer(LoudnessDetector(), SETTINGS)
    return Listener(endpointer, dictates, classifier or FakeClassifier())


def heard(found, *parts):
    return list(outcomes(found, iter([chunk for part in parts for chunk in part])))


def test_nobody_speaks_and_nothing_is_recognised():
    found = listener()
    assert heard(found, quiet(2)) == []
    assert found.dictates.n_opened == 0


def test_what_was_said_is_understood_when_the_pause_is_over():
    found = listener()
    chunks = [*quiet(1), *loud(1), *quiet(1)]
    ends = [i for i, chunk in enumerate(chunks) if found.hear(chunk) is not None]
    assert [CHUNK_S * (i + 1) for i in ends] == pytest.approx([2 + 0.48], abs=2 * CHUNK_S)


def test_an_utterance_has_words_emotion_and_times():
    (one,) = heard(listener(), quiet(1), loud(1), quiet(1))
    assert isinstance(one, Understood)
    assert one.segment.transcript.text == "hello"
    assert one.segment.emotion.label == "happy"
    assert one.segment.start_s == pytest.approx(1 - 0.3, abs=2 * CHUNK_S)
    assert one.timings_ms.keys() == {"pause", "emotion", "words"}
    assert one.timings_ms["pause"] == pytest.approx(480, abs=33)


def test_the_words_are_sought_in_all_of_the_sound_from_the_pre_roll_on():
    dictation = FakeDictation()
    (one,) = heard(listener(dictation), quiet(1), loud(1), quiet(1))
    fed = np.concatenate(dictation.fed)
    speech = one.speech.audio.samples
    np.testing.assert_array_equal(fed[: speech.size], speech)


def test_a_guess_is_begun_in_the_pause_and_used_at_its_end():
    dictation = FakeDictation()
    heard(listener(dictation), loud(1), quiet(1))
    assert dictation.calls == ["pause", "end"]


def test_a_guess_is_thrown_away_when_speech_goes_on():
    dictation = FakeDictation()
    heard(listener(dictation), loud(1), quiet(GUESS_S + 0.1), loud(1), quiet(1.2))
    assert dictation.calls == ["pause", "resume", "pause", "end"]


def test_a_short_gap_between_words_is_no_reason_to_guess():
    dictation = FakeDictation()
    heard(listener(dictation), loud(1), quiet(GUESS_S - 0.06), loud(1), quiet(1))
    assert dictation.calls == ["pause", "end"]


def test_a_click_is_forgotten():
    dictation = FakeDictation()
    found = listener(dictation)
    assert heard(found, loud(0.1), quiet(1)) == []
    assert dictation.calls[-1] == "drop"
    assert found.n_voiced == 0


def test_sound_without_words_is_told_apart():
    assert heard(listener(FakeDictation("")), loud(1), quiet(1)) == [Wordless()]


def test_a_recogniser_that_fails_costs_its_utterance_alone():
    error = TranscriptionError("it died")
    found = listener(FakeDictation(error=error), FakeDictation("again"))
    one, two = heard(found, loud(1), quiet(1), loud(1), quiet(1))
    assert one == Misheard(error)
    assert two.segment.transcript.text == "again"


def test_a_recogniser_that_does_not_begin_costs_one_turn_when_the_utterance_is_over():
    error = TranscriptionError("it does not start")
    found = listener(error, FakeDictation("again"))
    one, two = heard(found, loud(1), quiet(1), loud(1), quiet(1))
    assert one == Misheard(error)
    assert two.segment.transcript.text == "again"


def test_after_a_classifier_that_fails_the_recogniser_is_free_again():
    class Broken(FakeClassifier):
        def hear(self, audio, profile, voiced_s):
            raise ModelError("damaged")

    dictation = FakeDictation()
    (one,) = heard(listener(dictation, classifier=Broken()), loud(1), quiet(1))
    assert isinstance(one.error, ModelError)
    assert dictation.calls == ["pause", "drop"]


def test_what_goes_on_can_be_ended_or_forgotten():
    dictation = FakeDictation()
    found = listener(dictation)
    for chunk in loud(1):
        assert found.hear(chunk) is None
    assert found.n_voiced == len(loud(1))
    assert isinstance(found.finish(), Understood)
    for chunk in loud(1):
        found.hear(chunk)
    found.reset()
    assert dictation.calls[-1] == "drop"
    assert found.finish() is None
    assert found.n_voiced == 0
