"""Endpointing: where speech begins and ends, on known sounds and on real recordings."""

import itertools

import numpy as np
import pytest

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, SAMPLE_RATE, read_audio
from assistant.endpointing import POST_ROLL_S, Began, Ended, Endpointer, WentOn, chunked
from assistant.settings import VadSettings
from assistant.vad import VoiceDetector
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.fakes import LoudnessDetector, tone


def silence(duration_s):
    return np.zeros(round(duration_s / CHUNK_S) * CHUNK_SAMPLES)


def loud(duration_s):
    return tone(round(duration_s / CHUNK_S) * CHUNK_S).samples


def speeches(*parts, **settings):
    audio = Audio(np.concatenate(parts), SAMPLE_RATE)
    endpointer = Endpointer(LoudnessDetector(), VadSettings(**settings))
    return list(endpointer.speeches(chunked(audio)))


EVEN = {"min_pause_ms": 700, "max_pause_ms": 700}


def test_silence_holds_no_speech():
    assert speeches(silence(3)) == []


def test_speech_is_cut_out_with_a_little_sound_around_it():
    (speech,) = speeches(silence(1), loud(1), silence(2), pre_roll_ms=320)
    assert speech.start_s == pytest.approx(1 - 0.32, abs=CHUNK_S)
    assert speech.end_s == pytest.approx(2 + POST_ROLL_S, abs=2 * CHUNK_S)


@pytest.mark.parametrize("pre_roll_ms", [0, 320])
def test_how_long_the_voice_is_leaves_out_the_sound_around_it(pre_roll_ms):
    (speech,) = speeches(silence(1), loud(1), silence(2), pre_roll_ms=pre_roll_ms)
    assert speech.voiced_s == pytest.approx(1, abs=2 * CHUNK_S)
    (speech,) = speeches(loud(0.5), silence(0.4), loud(0.5), **EVEN)
    assert speech.voiced_s == pytest.approx(1.4, abs=2 * CHUNK_S)


def test_the_audio_is_what_lies_between_start_and_end():
    parts = (silence(1), loud(1), silence(2))
    (speech,) = speeches(*parts)
    whole = Audio(np.concatenate(parts), SAMPLE_RATE)
    expected = whole.between(speech.start_s, speech.end_s)
    np.testing.assert_array_equal(speech.audio.samples, expected.samples)


def test_without_pre_roll_it_begins_with_the_first_loud_chunk():
    (speech,) = speeches(silence(1), loud(1), silence(2), pre_roll_ms=0)
    assert speech.start_s == pytest.approx(round(1 / CHUNK_S) * CHUNK_S)


@pytest.mark.parametrize(("gap_s", "n_speeches"), [(0.6, 1), (0.9, 2)])
def test_a_pause_ends_it(gap_s, n_speeches):
    found = speeches(loud(1), silence(gap_s), loud(1), silence(2), **EVEN)
    assert len(found) == n_speeches


def test_a_click_is_left_out():
    assert speeches(silence(1), loud(0.2), silence(2), min_speech_ms=320) == []
    assert len(speeches(silence(1), loud(0.4), silence(2), min_speech_ms=320)) == 1


def test_the_end_of_the_stream_ends_it():
    (speech,) = speeches(silence(1), loud(1))
    assert speech.end_s == pytest.approx(2, abs=2 * CHUNK_S)


def test_endless_sound_is_cut_and_no_sample_is_in_two_pieces():
    found = speeches(loud(7), max_utterance_s=2.0)
    assert len(found) == 4
    for before, after in itertools.pairwise(found):
        assert after.start_s == pytest.approx(before.end_s)


def test_quieter_speech_keeps_an_utterance_going_but_does_not_begin_one():
    murmur = 0.45 * loud(2)  # probability 0.45: between the release and the threshold
    assert speeches(murmur, silence(2)) == []
    (speech,) = speeches(loud(1), murmur, silence(2))
    assert speech.end_s == pytest.approx(3 + POST_ROLL_S, abs=3 * CHUNK_S)


def test_the_spoken_part_is_all_from_the_first_speech_to_the_last():
    parts = (silence(2), loud(1), silence(2), loud(0.5), silence(2))
    whole = Audio(np.concatenate(parts), SAMPLE_RATE)
    endpointer = Endpointer(LoudnessDetector(), VadSettings(pre_roll_ms=320))
    speech = endpointer.spoken_part(whole)
    first, last = endpointer.speeches(chunked(whole))
    assert (speech.start_s, speech.end_s) == pytest.approx((first.start_s, last.end_s))
    expected = whole.between(first.start_s, last.end_s)
    np.testing.assert_array_equal(speech.audio.samples, expected.samples)
    assert speech.voiced_s == pytest.approx(1.5, abs=4 * CHUNK_S)


def test_of_one_stretch_the_spoken_part_is_that_stretch():
    whole = Audio(loud(1)[:-100], SAMPLE_RATE)
    endpointer = Endpointer(LoudnessDetector())
    (only,) = endpointer.speeches(chunked(whole))
    np.testing.assert_array_equal(
        endpointer.spoken_part(whole).audio.samples, only.audio.samples
    )


def test_where_nobody_speaks_there_is_no_spoken_part():
    assert Endpointer(LoudnessDetector()).spoken_part(Audio(silence(1), SAMPLE_RATE)) is None


def test_each_stream_begins_with_a_fresh_detector():
    detector = LoudnessDetector()
    for _ in range(2):
        list(Endpointer(detector).speeches(iter([])))
    assert detector.n_resets == 2


def test_the_last_chunk_is_filled_up_with_silence():
    chunks = list(chunked(Audio(np.ones(CHUNK_SAMPLES + 1) / 2, SAMPLE_RATE)))
    assert [chunk.shape for chunk in chunks] == [(CHUNK_SAMPLES,)] * 2
    assert chunks[1].sum() == 0.5


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.wav")), ids=lambda path: path.stem)
def test_each_demo_recording_is_one_utterance(path):
    audio = read_audio(path)
    (speech,) = Endpointer(VoiceDetector()).speeches(chunked(audio))
    # The recordings have 0.3 s of silence at each end.
    assert speech.start_s < 0.5
    assert speech.end_s > audio.duration_s - 0.6


def n_speeches(path):
    return len(list(Endpointer(VoiceDetector()).speeches(chunked(read_audio(path)))))


@pytest.mark.slow
def test_real_speech_is_found_and_noise_is_not(shared_data):
    noise = sorted((shared_data / "noise").glob("*.opus"))[5::50]
    speech = sorted((shared_data / "ravdess").rglob("*.flac"))[::180]
    assert sum(n_speeches(path) > 0 for path in noise) <= 1  # a human sneeze is among them
    assert [n_speeches(path) for path in speech] == [1] * 8


def happenings(*parts, **settings):
    endpointer = Endpointer(LoudnessDetector(), VadSettings(**settings))
    chunks = list(chunked(Audio(np.concatenate(parts), SAMPLE_RATE)))
    found = [endpointer.feed(chunk) for chunk in chunks]
    return [*found, endpointer.finish()]


def kinds(found):
    return [type(one).__name__ for many in found for one in many]


def test_what_happens_is_told_chunk_by_chunk():
    found = happenings(silence(1), loud(1), silence(1), min_pause_ms=480)
    names = kinds(found)
    assert names[0] == "Began"
    assert names[-1] == "Ended"
    assert set(names[1:-1]) == {"WentOn"}
    silences_s = [one.silence_s for many in found for one in many if isinstance(one, WentOn)]
    assert silences_s.count(0) == pytest.approx(1 / CHUNK_S, abs=2)
    assert silences_s[-1] == pytest.approx(0.48, abs=CHUNK_S)


def test_all_sound_of_an_utterance_is_told_and_none_twice():
    parts = (silence(1), loud(1), silence(1))
    found = [one for many in happenings(*parts, pre_roll_ms=320) for one in many]
    told = [one.samples for one in found if isinstance(one, Began | WentOn)]
    (ended,) = (one for one in found if isinstance(one, Ended))
    samples = np.concatenate(told)
    heard = ended.speech.audio.samples
    np.testing.assert_array_equal(samples[: heard.size], heard)
    assert samples.size - heard.size < SAMPLE_RATE  # the rest of the pause


def test_a_click_begins_and_is_dropped():
    assert kinds(happenings(loud(0.1), silence(1)))[-1] == "Dropped"


def test_the_end_of_the_stream_ends_what_goes_on():
    assert kinds(happenings(silence(1)))[-1:] == []
    assert kinds(happenings(loud(1)))[-1] == "Ended"


def pause_s(*parts, **settings):
    """Return how long the pause was after which the last utterance was over."""
    limits = {"min_pause_ms": 416, "max_pause_ms": 992}
    found = [one for many in happenings(*parts, **limits, **settings) for one in many]
    return [one.pause_s for one in found if isinstance(one, Ended)][-1]


@pytest.mark.parametrize(
    ("hesitation_s", "expected_s"), [(0.0, 0.416), (0.16, 0.416), (0.32, 0.64), (0.4, 0.8)]
)
def test_who_pauses_within_an_utterance_is_waited_for_longer(hesitation_s, expected_s):
    found = pause_s(loud(1), silence(hesitation_s), loud(1), silence(2))
    assert found == pytest.approx(expected_s, abs=2 * CHUNK_S)


def test_nobody_is_waited_for_longer_than_the_longest_pause():
    found = pause_s(*(loud(0.5), silence(0.3), loud(0.5), silence(0.55), loud(0.5), silence(2)))
    assert found == pytest.approx(0.992, abs=CHUNK_S)
