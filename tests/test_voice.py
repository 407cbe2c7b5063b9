"""A reply becomes sound: sentence by sentence, early, whole, and silent when told to be."""

import os
import signal
import threading
import time
from dataclasses import dataclass, field

import numpy as np
import pytest

from assistant.audio import read_audio, resample
from assistant.errors import SpeechError
from assistant.loudspeaker import Loudspeaker
from assistant.sentences import MAX_CHARACTERS
from assistant.settings import SpeechSettings
from assistant.speech import Synthesizer
from assistant.values import Reply, Style
from assistant.voice import Mute, Voice
from tests.fakes import FakeLoudspeaker, FakeSynthesizer, tone
from tests.virtual_audio import RECORD_RATE, alignment

REPLY = Reply("Yes. Your voice is calm. Being alone can weigh a lot. Whom would you hear from?")


@dataclass
class Halting(FakeSynthesizer):
    """Renders the first sentence at once, and the others when it is let go on."""

    go_on: threading.Event = field(default_factory=threading.Event)
    is_stopped: threading.Event = field(default_factory=threading.Event)

    def render(self, text, style):
        audio = super().render(text, style)
        if len(self.rendered) > 1:
            self.go_on.wait(20)
        if self.is_stopped.is_set():
            raise SpeechError("stopped")
        return tone(1.0, sample_rate=audio.sample_rate)

    def stop(self):
        self.is_stopped.set()
        self.go_on.set()


@pytest.fixture(scope="module")
def loudspeaker(virtual_audio):
    with Loudspeaker(environment=virtual_audio.environment) as loudspeaker:
        yield loudspeaker


@pytest.fixture(scope="module")
def synthesizer():
    with Synthesizer(SpeechSettings()) as synthesizer:
        yield synthesizer


def speaking(voice, reply, sounding):
    """Speak in a thread; return it, and where its result will be."""
    spoken = []
    thread = threading.Thread(target=lambda: spoken.append(voice.speak(reply, sounding)))
    thread.start()
    return thread, spoken


def silences_s(samples, sample_rate, least_s=0.05):
    """Lengths of the silences between the first sound and the last, -50 dB."""
    loud = np.flatnonzero(np.abs(samples) > 0.003)
    gaps_s = np.diff(loud) / sample_rate
    return gaps_s[gaps_s > least_s]


def test_a_reply_is_rendered_and_played_sentence_by_sentence():
    synthesizer, loudspeaker = FakeSynthesizer(), FakeLoudspeaker()
    told = []
    style = Style(rate=0.9)
    reply = Reply("Yes. Perhaps not.", style=style)
    spoken = Voice(synthesizer, loudspeaker).speak(reply, lambda: told.append(1))
    assert synthesizer.rendered == [("Yes.", style), ("Perhaps not.", style)]
    ((yes, perhaps),) = loudspeaker.played
    assert spoken.duration_s == pytest.approx(yes.duration_s + perhaps.duration_s)
    assert (spoken.interrupted, spoken.file, told) == (False, None, [1])
    np.testing.assert_array_equal(
        spoken.audio.samples, np.concatenate([yes.samples, perhaps.samples])
    )


def test_a_reply_of_nothing_sayable_is_rendered_all_the_same():
    synthesizer = FakeSynthesizer()
    Voice(synthesizer, FakeLoudspeaker()).speak(Reply("🙂"))
    assert synthesizer.rendered == [("🙂", Style())]


def test_a_reply_of_100_kb_is_cut():
    synthesizer = FakeSynthesizer()
    Voice(synthesizer, FakeLoudspeaker()).speak(Reply("It is so warm. " * 7_000))
    assert 0 < sum(len(text) for text, _ in synthesizer.rendered) <= MAX_CHARACTERS


def test_a_sentence_that_cannot_be_rendered_is_an_error_and_the_next_reply_is_spoken():
    class FailsOnce(FakeSynthesizer):
        def render(self, text, style):
            audio = super().render(text, style)
            if len(self.rendered) == 2:
                raise SpeechError("no voice")
            return audio

    loudspeaker = FakeLoudspeaker()
    voice = Voice(FailsOnce(), loudspeaker)
    with pytest.raises(SpeechError, match="no voice"):
        voice.speak(Reply("One. Two. Three."))
    assert not voice.speak(Reply("One. Two.")).interrupted
    assert [len(parts) for parts in loudspeaker.played] == [2]


def test_a_file_holds_the_whole_reply(tmp_path):
    told = []
    spoken = Voice(FakeSynthesizer(), tmp_path).speak(REPLY, lambda: told.append(1))
    assert [path.name for path in tmp_path.iterdir()] == ["reply-001.wav"]
    assert spoken.duration_s == pytest.approx(0.01 * len(REPLY.text), abs=0.001)
    assert read_audio(spoken.file).duration_s == pytest.approx(spoken.duration_s, abs=0.001)
    assert told == [1]


def test_a_reply_that_is_stopped_is_no_file(tmp_path):
    synthesizer = Halting()
    voice = Voice(synthesizer, tmp_path)
    voice.speak(REPLY)
    thread, spoken = speaking(voice, REPLY, lambda: None)
    wait_until(lambda: len(synthesizer.rendered) == 2)
    voice.stop()
    thread.join(5)
    assert [one.interrupted for one in spoken] == [True]
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("n_heard", [0, 1, 2])
def test_what_is_not_begun_when_it_is_stopped_is_not_rendered(n_heard):
    class StoppedAfter(FakeLoudspeaker):
        def play_parts(self, parts, sounding):
            parts = iter(parts)
            self.played.append([next(parts) for _ in range(n_heard)])
            voice.stop()
            return not list(parts)

    synthesizer, loudspeaker = FakeSynthesizer(), StoppedAfter()
    voice = Voice(synthesizer, loudspeaker)
    assert voice.speak(REPLY).interrupted
    assert len(synthesizer.rendered) == n_heard


def wait_until(is_so):
    end_s = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < end_s
        time.sleep(0.01)


def test_stopping_what_does_not_speak_does_nothing(tmp_path):
    synthesizer = Halting()
    voice = Voice(synthesizer, tmp_path)
    voice.stop()
    assert not synthesizer.is_stopped.is_set()
    assert not voice.speak(REPLY).interrupted
    voice.stop()
    assert not synthesizer.is_stopped.is_set()


def test_without_a_loudspeaker_nothing_is_stopped():
    mute = Mute()
    assert mute.speak(REPLY, lambda: None) is None
    mute.stop()


@pytest.mark.slow
def test_the_first_sentence_is_heard_while_the_second_is_rendered(virtual_audio, loudspeaker):
    synthesizer = Halting()
    voice = Voice(synthesizer, loudspeaker)
    heard = threading.Event()
    with virtual_audio.record() as recording:
        thread, spoken = speaking(voice, Reply("Yes. Long " + "long " * 80), heard.set)
        assert heard.wait(10)
        assert len(synthesizer.rendered) == 2  # it is rendered meanwhile, and not yet there
        assert not synthesizer.go_on.is_set()
        synthesizer.go_on.set()
        thread.join(10)
    assert spoken[0].duration_s == pytest.approx(2)
    assert silences_s(recording.audio.samples, RECORD_RATE).size == 0


@pytest.mark.slow
def test_real_sentences_follow_each_other_as_rendered(virtual_audio, loudspeaker, synthesizer):
    voice = Voice(synthesizer, loudspeaker)
    with virtual_audio.record() as recording:
        spoken = voice.speak(REPLY)
    expected = resample(spoken.audio, RECORD_RATE).samples
    arrived = recording.audio.samples
    _, correlation, louder_db = alignment(arrived, expected)
    assert correlation > 0.99
    assert abs(louder_db) < 1
    own_s, heard_s = (silences_s(each, RECORD_RATE) for each in (expected, arrived))
    assert own_s.size >= 3  # eSpeak's pauses after sentences
    np.testing.assert_allclose(heard_s, own_s, atol=0.06)


@pytest.mark.slow
@pytest.mark.parametrize("after_s", [0.0, 0.5])
def test_stop_silences_a_reply_and_the_next_is_heard(
    virtual_audio, loudspeaker, synthesizer, after_s
):
    voice = Voice(synthesizer, loudspeaker)
    heard = threading.Event()
    with virtual_audio.record() as recording:
        thread, spoken = speaking(voice, REPLY, heard.set)
        assert heard.wait(10)
        time.sleep(0.3 + after_s)
        stop_s = time.monotonic()
        voice.stop()
        thread.join(1)
        assert not thread.is_alive()
        time.sleep(0.3)
    assert recording.last_sound_s() - stop_s < 0.2
    assert spoken[0].interrupted
    assert 0.2 < spoken[0].duration_s < 2
    with virtual_audio.record() as recording:
        assert not voice.speak(Reply("One.")).interrupted
    assert np.abs(recording.audio.samples).max() > 0.1


@pytest.mark.slow
def test_stop_while_the_first_sentence_is_rendered(loudspeaker):
    with Synthesizer(SpeechSettings()) as synthesizer:
        voice = Voice(synthesizer, loudspeaker)
        os.kill(synthesizer._waiting[0]._process.pid, signal.SIGSTOP)  # takes for ever
        told = []
        thread, spoken = speaking(voice, REPLY, lambda: told.append(1))
        time.sleep(0.3)
        voice.stop()
        thread.join(1)
        assert not thread.is_alive()
        assert (spoken[0].interrupted, spoken[0].duration_s, told) == (True, 0.0, [])
        assert not voice.speak(Reply("One.")).interrupted


@pytest.mark.slow
def test_an_engine_killed_while_it_renders_a_later_sentence_costs_nothing(
    virtual_audio, loudspeaker, synthesizer
):
    expected = Voice(synthesizer, FakeLoudspeaker()).speak(REPLY).audio
    with Synthesizer(SpeechSettings()) as other:
        pid = other._waiting[1]._process.pid
        os.kill(pid, signal.SIGSTOP)
        threading.Timer(0.5, os.kill, (pid, signal.SIGKILL)).start()
        with virtual_audio.record() as recording:
            spoken = Voice(other, loudspeaker).speak(REPLY)
    np.testing.assert_array_equal(spoken.audio.samples, expected.samples)
    assert silences_s(recording.audio.samples, RECORD_RATE).size >= 3


@pytest.mark.long
@pytest.mark.slow
def test_a_hundred_stops_at_any_time_leave_a_voice_that_works(
    virtual_audio, loudspeaker, synthesizer
):
    voice = Voice(synthesizer, loudspeaker)
    for number in range(100):
        thread, spoken = speaking(voice, REPLY, lambda: None)
        time.sleep(0.005 * number)
        voice.stop()
        thread.join(10)
        assert not thread.is_alive()
        assert spoken
    with virtual_audio.record() as recording:
        assert not voice.speak(Reply("One.")).interrupted
    assert np.abs(recording.audio.samples).max() > 0.1
