"""Emotion while somebody speaks: when there is an estimate, of what, and how it ends."""

import itertools

import numpy as np
import pytest

from assistant.audio import CHUNK_S, CHUNK_SAMPLES, SAMPLE_RATE, read_audio
from assistant.build import open_classifier
from assistant.emotion_stream import (
    BLOCK_S,
    UPDATE_CHUNKS,
    WINDOW_S,
    EmotionStream,
    Moment,
    Quiet,
    Timeline,
)
from assistant.endpointing import Endpointer, chunked
from assistant.errors import DeviceError
from assistant.hearing import Hearing
from assistant.profiles import VoiceProfile
from assistant.settings import VadSettings
from assistant.vad import VoiceDetector
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.fakes import FakeClassifier, FakeTranscriber, LoudnessDetector, estimate, tone

UPDATE_S = UPDATE_CHUNKS * CHUNK_S


def silence(duration_s):
    return np.zeros(round(duration_s / CHUNK_S) * CHUNK_SAMPLES)


def loud(duration_s):
    return tone(round(duration_s / CHUNK_S) * CHUNK_S).samples


class Followed:
    """What a stream told, and what its classifier was asked."""

    def __init__(self, *parts, profile=None, **settings):
        self.audio = Audio(np.concatenate(parts), SAMPLE_RATE)
        self.classifier = FakeClassifier()
        self.settings = VadSettings(**settings)
        self.stream = EmotionStream(LoudnessDetector(), self.settings, self.classifier, profile)
        self.events = []
        self.stream.follow(chunked(self.audio), self.events.append)

    @property
    def moments(self):
        return [event for event in self.events if isinstance(event, Moment)]

    @property
    def final(self):
        return [moment for moment in self.moments if moment.is_final]


def test_while_somebody_speaks_there_are_about_four_estimates_a_second():
    live = Followed(silence(1), loud(4), silence(2)).moments[:-1]
    assert 13 <= len(live) <= 16
    steps_s = [after.end_s - before.end_s for before, after in itertools.pairwise(live[:-1])]
    assert steps_s == pytest.approx([UPDATE_S] * len(steps_s), abs=0.002)
    assert UPDATE_S >= 0.25


def test_in_silence_there_is_no_estimate_and_it_is_told_that_nobody_speaks():
    told = Followed(silence(2))
    assert told.classifier.heard == []
    assert len(told.events) == int(2 / UPDATE_S)
    assert {event.start_s for event in told.events} == {0.0}
    assert [event.end_s for event in told.events][:2] == pytest.approx([UPDATE_S, 2 * UPDATE_S])


@pytest.mark.parametrize("pause_ms", [700, 100])
def test_it_is_quiet_again_where_the_last_utterance_ended(pause_ms):
    told = Followed(loud(1), silence(3), min_pause_ms=pause_ms, max_pause_ms=pause_ms)
    (final,) = told.final
    quiet = told.events[told.events.index(final) + 1 :]
    assert len(quiet) >= 6
    assert {type(event) for event in quiet} == {Quiet}
    assert {round(event.start_s, 3) for event in quiet} == {final.end_s}


def test_in_a_pause_nobody_speaks_and_nothing_is_heard_again():
    told = Followed(loud(1), silence(3), min_pause_ms=2500, max_pause_ms=2500)
    assert len(told.moments) <= 5
    assert isinstance(told.events[told.events.index(told.moments[-1]) - 1], Quiet)


def test_a_click_is_no_moment():
    assert Followed(silence(1), loud(0.2), silence(2)).moments == []


def test_too_little_is_not_heard_yet():
    first = Followed(loud(3), min_speech_ms=2000).moments[0]
    assert 2 <= first.end_s <= 2 + UPDATE_S


def test_the_stream_ends_the_last_utterance():
    told = Followed(silence(0.5), loud(1))
    assert told.events[-1] is told.final[0]
    assert told.final[0].end_s == pytest.approx(1.5, abs=2 * CHUNK_S)


def test_utterances_are_counted():
    told = Followed(loud(1), silence(1), loud(1), silence(1))
    assert [moment.utterance for moment in told.final] == [1, 2]
    assert {moment.utterance for moment in told.moments} == {1, 2}
    own_s = [moment.start_s for moment in told.moments if moment.utterance == 2]
    assert own_s == [told.final[1].start_s] * len(own_s)


@pytest.mark.parametrize("pause_ms", [700, 320])
def test_what_is_said_so_far_is_what_a_conversation_would_cut_out_if_it_ended_now(pause_ms):
    parts = silence(1), loud(1.5), silence(0.2), loud(0.6), silence(1), loud(0.9), silence(2)
    told = Followed(*parts, min_pause_ms=pause_ms, max_pause_ms=pause_ms)
    chunks = list(chunked(told.audio))
    expected = []
    for n_chunks in range(UPDATE_CHUNKS, len(chunks) + 1, UPDATE_CHUNKS):
        endpointer = Endpointer(LoudnessDetector(), told.settings)
        *_, last = [None, *endpointer.speeches(chunks[:n_chunks])]
        if last and (not expected or last.end_s > expected[-1].end_s):
            expected.append(last)
    live = [
        (moment, heard, voiced_s)
        for moment, heard, voiced_s in zip(
            told.moments, told.classifier.heard, told.classifier.voiced_s, strict=True
        )
        if not moment.is_final
    ]
    assert len(live) == len(expected) >= 10
    for (moment, heard, voiced_s), speech in zip(live, expected, strict=True):
        np.testing.assert_array_equal(heard.samples, speech.audio.samples)
        assert (moment.start_s, moment.end_s) == pytest.approx(
            (speech.start_s, speech.end_s), abs=0.001
        )
        assert voiced_s == pytest.approx(speech.voiced_s)


def test_of_a_long_utterance_the_last_part_is_heard_and_all_of_it_at_the_end():
    told = Followed(silence(1), loud(8), silence(1))
    *live, whole = told.classifier.heard
    assert max(audio.duration_s for audio in live) == WINDOW_S
    assert max(told.classifier.voiced_s[:-1]) <= WINDOW_S
    moment, audio = told.moments[-2], live[-1]
    assert moment.end_s - moment.start_s == pytest.approx(WINDOW_S, abs=0.001)
    part = told.audio.between(moment.start_s, moment.end_s)
    np.testing.assert_array_equal(audio.samples, part.samples)
    (speech,) = Endpointer(LoudnessDetector()).speeches(chunked(told.audio))
    np.testing.assert_array_equal(whole.samples, speech.audio.samples)
    assert told.classifier.voiced_s[-1] == speech.voiced_s


def test_endless_speech_is_cut_as_in_a_conversation():
    told = Followed(loud(7), max_utterance_s=2.0)
    cut = list(Endpointer(LoudnessDetector(), told.settings).speeches(chunked(told.audio)))
    assert len(told.final) == len(cut) == 4
    for moment in told.moments:
        start_s = cut[moment.utterance - 1].start_s
        assert moment.start_s == pytest.approx(start_s, abs=0.001)
    lengths_s = [audio.duration_s for audio in told.classifier.heard]
    assert max(lengths_s) <= 2.0 + CHUNK_S


def test_it_is_heard_relative_to_the_voice():
    profile = VoiceProfile("anna")
    told = Followed(loud(1), profile=profile)
    assert set(map(id, told.classifier.profiles)) == {id(profile)}


def test_each_stream_begins_anew_even_after_one_that_broke_off():
    def broken():
        yield from itertools.islice(chunked(told.audio), 60)
        raise DeviceError("microphone lost")

    told = Followed(silence(1), loud(2))
    expected = list(told.events)
    with pytest.raises(DeviceError):
        told.stream.follow(broken(), told.events.append)
    told.events.clear()
    told.stream.follow(chunked(told.audio), told.events.append)
    assert told.events == expected


@pytest.fixture(scope="module")
def classifier():
    return open_classifier()


def agree(audio, classifier):
    """Hold what is heard of each utterance against a conversation; return the labels."""
    hearing = Hearing(Endpointer(VoiceDetector()), FakeTranscriber(), classifier)
    analysis = hearing.analyze(audio)
    segments = analysis.segments
    events = []
    EmotionStream(VoiceDetector(), VadSettings(), classifier).follow(
        chunked(audio), events.append
    )
    final = Timeline(
        audio.duration_s, tuple(event for event in events if isinstance(event, Moment))
    ).utterances
    assert all(moment.is_final for moment in final)
    for moment, segment in zip(final, segments, strict=True):
        assert (moment.start_s, moment.end_s) == (segment.start_s, segment.end_s)
        assert dict(moment.emotion.probabilities) == dict(segment.emotion.probabilities)
        assert moment.emotion.certain == segment.emotion.certain
    if len(final) == 1:  # what is said of the whole recording, too
        assert final[0].emotion.label == analysis.emotion.label
    return [moment.emotion.label for moment in final]


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.wav")), ids=lambda path: path.stem)
def test_a_whole_utterance_is_heard_as_in_a_conversation(path, classifier):
    assert len(agree(read_audio(path), classifier)) > 0


@pytest.mark.slow
def test_whole_utterances_of_real_voices_are_heard_as_in_a_conversation(
    shared_data, classifier
):
    clips = sorted((shared_data / "ravdess").glob("*.flac"))[7::60]
    labels = [agree(read_audio(clip), classifier) for clip in clips]
    assert sum(map(bool, labels)) >= 20
    assert len(set(itertools.chain(*labels))) >= 6


def moment(utterance, start_s, end_s, label="happy", is_final=False):
    return Moment(utterance, start_s, end_s, estimate(label), is_final)


def labels(blocks):
    return [emotion and emotion.label for emotion in blocks]


TWO = Timeline(
    4.2,
    (
        moment(1, 0.6, 1.0, "sad"),
        moment(1, 0.6, 1.5, "angry"),
        moment(1, 0.6, 2.0, "sad"),
        moment(1, 0.6, 2.1, "calm", is_final=True),
        moment(2, 3.4, 4.2, "happy"),
    ),
)


def test_the_timeline_tells_of_each_half_second_how_it_sounded():
    assert BLOCK_S == 0.5
    assert labels(TWO.blocks()) == [
        None, "sad", "angry", "sad", "calm", None, "happy", "happy", "happy",
    ]  # fmt: skip


def test_in_a_longer_block_the_label_counts_that_held_longest():
    assert labels(TWO.blocks(2)) == ["sad", "happy", "happy"]
    split = Timeline(
        1.0, (moment(1, 0, 0.2, "sad"), moment(1, 0, 0.5), moment(1, 0, 0.7, "sad"))
    )
    assert labels(split.blocks(1)) == ["sad"]  # 0.2 + 0.2 s against 0.3 s


def test_blocks_may_be_left_out_at_the_start():
    for first in range(9):
        assert TWO.blocks(first=first) == TWO.blocks()[first:]


def test_the_last_moment_of_an_utterance_stands_for_it():
    assert TWO.utterances == (TWO.moments[3], TWO.moments[4])


def test_where_nobody_spoke_the_timeline_is_empty():
    empty = Timeline(1.2, ())
    assert (empty.blocks(), empty.utterances) == ((None, None, None), ())
    assert Timeline(0.0, ()).blocks() == ()
