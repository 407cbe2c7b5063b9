"""From sound to segments: what is said when, and how long each stage took."""

import time
from dataclasses import replace

import numpy as np
import pytest

from assistant.audio import SAMPLE_RATE, read_audio
from assistant.endpointing import Endpointer, Speech
from assistant.hearing import MAX_STRETCHES, Hearing, Stopwatch, timeline
from assistant.profiles import VoiceProfile
from assistant.settings import Settings
from assistant.transcription import open_transcriber
from assistant.vad import VoiceDetector
from assistant.values import EMOTIONS, Audio
from tests.fakes import FakeClassifier, FakeTranscriber, LoudnessDetector, estimate, tone


def hearing(text="hello", estimates=None):
    classifier = FakeClassifier(estimates) if estimates else FakeClassifier()
    return Hearing(Endpointer(LoudnessDetector()), FakeTranscriber(text), classifier)


def two_sentences(first_s=1.024, second_s=3.072):
    silence = np.zeros(SAMPLE_RATE)
    parts = (silence, tone(first_s).samples, silence, tone(second_s).samples, silence)
    return Audio(np.concatenate(parts), SAMPLE_RATE)


def test_each_stretch_of_speech_is_a_segment_in_order_of_time():
    analysis = hearing().analyze(two_sentences())
    first, second = analysis.segments
    assert first.start_s < 1 < first.end_s < second.start_s < 3.1 < second.end_s
    assert analysis.duration_s == pytest.approx(two_sentences().duration_s, abs=0.001)
    assert analysis.transcript.text == "hello hello"


def test_without_speech_there_is_no_emotion_and_the_text_is_empty():
    analysis = hearing().analyze(Audio(np.zeros(SAMPLE_RATE), SAMPLE_RATE))
    assert analysis.segments == ()
    assert analysis.emotion is None
    assert (analysis.transcript.text, analysis.transcript.engine) == ("", "fake")


def test_the_recogniser_has_a_veto():
    assert hearing(text="").analyze(two_sentences()).segments == ()
    assert hearing(text="").understand(Speech(tone(), 0, 1, 1)) is None


def test_each_segment_is_heard_as_the_voice_that_is_expected():
    anna = VoiceProfile("anna")
    own = replace(hearing(), profile=anna)
    assert len(own.analyze(two_sentences()).segments) == 2
    assert own.classifier.profiles == [anna, anna]
    assert hearing().profile is None


def test_how_long_a_voice_was_found_is_told():
    listening = hearing()
    listening.analyze(two_sentences(1.024, 3.072))
    assert listening.classifier.voiced_s == pytest.approx([1.024, 3.072], abs=0.1)


def test_a_segment_has_what_a_correction_needs():
    segment = hearing(estimates=[estimate("sad")]).understand(Speech(tone(), 0, 1, 1))
    assert segment.impression.model == "fake"
    assert segment.emotion == segment.impression.estimate == estimate("sad")
    assert segment.utterance.emotion == estimate("sad")


def test_the_emotion_of_the_whole_is_the_mean_weighted_by_length():
    analysis = hearing(estimates=[estimate("sad", 1.0), estimate("happy", 1.0)]).analyze(
        two_sentences()
    )
    sad_s, happy_s = (segment.duration_s for segment in analysis.segments)
    probabilities = analysis.emotion.probabilities
    assert probabilities["sad"] == pytest.approx(sad_s / (sad_s + happy_s))
    assert sum(probabilities.values()) == pytest.approx(1)
    assert tuple(probabilities) == EMOTIONS
    assert analysis.emotion.label == "happy"


@pytest.mark.parametrize(
    ("certain", "whole"),
    [((None, None), None), ((True, None), None), ((True, True), True), ((True, False), False)],
)
def test_the_whole_is_certain_if_all_of_it_is(certain, whole):
    estimates = [estimate(certain=each) for each in certain]
    assert hearing(estimates=estimates).analyze(two_sentences()).emotion.certain is whole


def test_a_segment_is_as_long_as_from_its_start_to_its_end():
    first, second = hearing().analyze(two_sentences()).segments
    assert first.duration_s == pytest.approx(first.end_s - first.start_s)
    assert second.utterance.duration_s == pytest.approx(3.072 + 0.5, abs=0.1)  # with its rolls


def test_times_are_in_milliseconds():
    watch = Stopwatch()
    with watch.stage("emotion"):
        time.sleep(0.05)
    assert 50 <= watch.timings_ms["emotion"] < 5_000


def test_every_stage_is_timed():
    timings_ms = hearing().analyze(two_sentences()).timings_ms
    assert set(timings_ms) == {"speech_detection", "transcription", "emotion"}
    assert all(spent_ms >= 0 for spent_ms in timings_ms.values())


def test_it_tells_how_far_it_is():
    reports = []
    analysis = hearing().analyze(two_sentences(), reports.append)
    assert reports == pytest.approx([segment.end_s for segment in analysis.segments], abs=0.001)


def test_a_stopwatch_adds_up():
    watch = Stopwatch({"emotion": 1000.0})
    with watch.stage("emotion"):
        pass
    assert 1000 <= watch.timings_ms["emotion"] < 2000


@pytest.mark.long
def test_of_all_noise_clips_only_what_resembles_a_voice_is_taken_for_words(shared_data):
    """The detector took 6 of 400 for a voice when it was measured, all human sneezes."""
    settings = Settings()
    real = Hearing(
        Endpointer(VoiceDetector(), settings.vad),
        open_transcriber(settings.transcription),
        FakeClassifier(),
    )
    noise = sorted((shared_data / "noise").glob("*.opus"))
    assert len(noise) == 400
    taken = [path.name for path in noise if real.analyze(read_audio(path)).segments]
    assert len(taken) <= 6, taken
    kinds = {name.partition("-")[0] for name in taken}
    assert kinds <= {"person_sneeze", "baby_cry", "chainsaw"}


def test_the_recogniser_ends_with_its_context():
    found = hearing()
    with found:
        assert not found.transcriber.is_closed
    assert found.transcriber.is_closed


def test_a_long_utterance_has_a_timeline_and_a_short_one_has_none():
    classifier = FakeClassifier([estimate("sad"), estimate("happy"), estimate("angry")])
    audio = tone(3.3)
    found = timeline(classifier, audio, None)
    assert [(each.start_s, each.end_s) for each in found] == [(0, 1.1), (1.1, 2.2), (2.2, 3.3)]
    assert [each.emotion.label for each in found] == ["sad", "happy", "angry"]
    heard_s = [heard.duration_s for heard in classifier.heard]
    assert heard_s == pytest.approx([1.1, 2, 2], abs=0.01)
    assert np.array_equal(classifier.heard[2].samples, audio.between(1.3, 3.3).samples)
    assert timeline(classifier, tone(1.9), None) == ()


def test_a_very_long_utterance_has_longer_stretches():
    found = timeline(FakeClassifier(), tone(30.0), None)
    assert len(found) == MAX_STRETCHES
    assert found[-1].end_s == 30.0
    assert found[1].end_s - found[1].start_s == pytest.approx(30 / MAX_STRETCHES)
