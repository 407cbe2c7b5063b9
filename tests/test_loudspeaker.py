"""The loudspeaker: what arrives at the monitor of a private PulseAudio, in real time."""

import itertools
import os
import signal
import stat
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import read_audio, resample
from assistant.errors import DeviceError, SpeechError
from assistant.loudspeaker import Loudspeaker
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.processes import children_of, wait_until_gone
from tests.virtual_audio import (
    RECORD_RATE,
    alignment,
    replacing,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def loudspeaker(virtual_audio):
    with Loudspeaker(environment=virtual_audio.environment) as loudspeaker:
        yield loudspeaker


def tone(duration_s, sample_rate=22_050):
    t = np.arange(round(duration_s * sample_rate)) / sample_rate
    return Audio(0.25 * np.sin(2 * np.pi * 440 * t), sample_rate)


def sounding_s(audio):
    """Seconds from the first to the last sample above silence, -50 dB."""
    loud = np.flatnonzero(np.abs(audio.samples) > 0.003)
    return (loud[-1] - loud[0] + 1) / audio.sample_rate if loud.size else 0.0


def wait_for_sound(recording, duration_s=0.2):
    end_s = time.monotonic() + 10
    while sounding_s(recording.audio) < duration_s:
        assert time.monotonic() < end_s, "nothing is heard"
        time.sleep(0.02)


def test_speech_arrives_whole_and_as_loud_as_it_is(virtual_audio, loudspeaker):
    speech = read_audio(RECORDINGS / "1_hello.wav").between(0.2, 1.4)
    with virtual_audio.record() as recording:
        loudspeaker.play(speech)
    arrived = recording.audio
    _, correlation, level_db = alignment(arrived.samples, resample(speech, RECORD_RATE).samples)
    assert correlation > 0.9
    assert abs(level_db) < 1
    assert sounding_s(arrived) == pytest.approx(sounding_s(speech), abs=0.05)


def test_playing_returns_when_the_last_sample_was_heard(virtual_audio, loudspeaker):
    with virtual_audio.record() as recording:
        loudspeaker.play(tone(0.3))
        end_s = time.monotonic()
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)
    assert -0.3 < recording.last_sound_s() - end_s < 0.1


def test_stop_silences_at_once_and_the_next_play_works(virtual_audio, loudspeaker):
    with virtual_audio.record() as recording:
        player = threading.Thread(target=loudspeaker.play, args=(tone(20),))
        player.start()
        wait_for_sound(recording)
        stop_s = time.monotonic()
        loudspeaker.stop()
        player.join(1)
        assert not player.is_alive()
        time.sleep(0.3)
    assert recording.last_sound_s() - stop_s < 0.3
    player_pid = loudspeaker._child._process.pid
    loudspeaker.stop()  # nothing plays: nothing is stopped, nor what comes next
    assert loudspeaker._child._process.pid == player_pid
    with virtual_audio.record() as recording:
        loudspeaker.play(tone(0.3))
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)


def test_a_player_that_died_beforehand_is_replaced(virtual_audio, loudspeaker):
    os.kill(loudspeaker._child._process.pid, signal.SIGKILL)
    with virtual_audio.record() as recording:
        loudspeaker.play(tone(0.2))
    assert sounding_s(recording.audio) == pytest.approx(0.2, abs=0.05)


def test_a_player_that_dies_while_it_plays_is_an_error(virtual_audio, loudspeaker):
    def kill_when_heard():
        wait_for_sound(recording)
        os.kill(loudspeaker._child._process.pid, signal.SIGKILL)

    with virtual_audio.record() as recording:
        threading.Thread(target=kill_when_heard).start()
        with pytest.raises(DeviceError, match="cannot speak: the child process died"):
            loudspeaker.play(tone(20))


def test_a_loudspeaker_unplugged_while_it_plays_is_an_error_and_a_new_one_plays(
    virtual_audio, loudspeaker
):
    def unplug_when_heard():
        wait_for_sound(recording)
        virtual_audio.unplug_speaker()

    with virtual_audio.record() as recording:
        unplugging = threading.Thread(target=unplug_when_heard)
        unplugging.start()
        begin_s = time.monotonic()
        with pytest.raises(DeviceError, match=r"cannot speak: loudspeaker 'default' failed"):
            loudspeaker.play(tone(20))
        assert time.monotonic() - begin_s < 15  # less than the sound lasts
        unplugging.join()
    virtual_audio.plug_speaker()
    with virtual_audio.record() as recording:
        loudspeaker.play(tone(0.3))
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)


def test_no_sound_is_played_at_once(loudspeaker):
    assert loudspeaker.play(Audio(np.empty(0, np.float32), 16_000))
    assert loudspeaker.play_parts([])


def test_parts_follow_each_other_without_a_sample_between(virtual_audio, loudspeaker):
    whole = tone(1.5)
    cuts_s = (0.0, 0.2, 0.25, 0.9, 1.5)
    parts = [whole.between(*ends_s) for ends_s in itertools.pairwise(cuts_s)]
    with virtual_audio.record() as recording:
        assert loudspeaker.play_parts(parts)
    arrived = recording.audio.samples
    begin, correlation, _ = alignment(arrived, resample(whole, RECORD_RATE).samples)
    assert correlation > 0.999
    # A sample more or less would turn the phase of what follows: 440 Hz are 109 samples.
    end = arrived[begin + round(1.2 * RECORD_RATE) :][: round(0.25 * RECORD_RATE)]
    expected = resample(whole, RECORD_RATE).samples[round(1.2 * RECORD_RATE) :][: end.size]
    assert np.abs(end - expected).max() < 0.02


def test_a_part_that_is_late_follows_a_silence_and_no_click(virtual_audio, loudspeaker):
    def parts():
        yield tone(0.3)
        time.sleep(1)
        yield tone(0.3)

    with virtual_audio.record() as recording:
        begin_s = time.monotonic()
        assert loudspeaker.play_parts(parts())
        assert time.monotonic() - begin_s < 3
    arrived = recording.audio.samples
    loud = np.flatnonzero(np.abs(arrived) > 0.003)
    gaps = np.diff(loud)
    assert (gaps > 0.01 * RECORD_RATE).sum() == 1  # one silence, and it is whole
    assert 0.6 < gaps.max() / RECORD_RATE < 1.1
    assert np.abs(np.diff(arrived)).max() < 1.2 * 0.25 * 2 * np.pi * 440 / RECORD_RATE


def test_a_part_that_cannot_be_made_is_raised_once_the_others_were_heard(
    virtual_audio, loudspeaker
):
    def parts():
        yield tone(0.3)
        raise SpeechError("no more")

    with virtual_audio.record() as recording:
        with pytest.raises(SpeechError, match="no more"):
            loudspeaker.play_parts(parts())
        assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)
        assert loudspeaker.play(tone(0.1))


def test_the_first_sound_is_told_once_when_the_device_has_it(virtual_audio, loudspeaker):
    told_s = []
    with virtual_audio.record() as recording:
        loudspeaker.play_parts([tone(0.4), tone(0.4)], lambda: told_s.append(time.monotonic()))
    assert len(told_s) == 1
    assert abs(told_s[0] - recording.first_sound_s()) < 0.2


def test_who_is_told_may_raise_and_the_next_play_works(virtual_audio, loudspeaker):
    def refuse():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        loudspeaker.play_parts([tone(5)], refuse)
    with virtual_audio.record() as recording:
        assert loudspeaker.play(tone(0.3))
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)


def test_stop_ends_the_wait_for_a_part_that_is_not_made(loudspeaker):
    is_over = threading.Event()

    def parts():
        is_over.wait(20)
        yield tone(5)

    played = []
    player = threading.Thread(target=lambda: played.append(loudspeaker.play_parts(parts())))
    player.start()
    time.sleep(0.2)
    loudspeaker.stop()
    player.join(1)
    is_over.set()
    assert played == [False]


def test_a_sound_system_that_hangs_is_noticed_and_the_next_reply_is_heard(
    virtual_audio, loudspeaker
):
    with virtual_audio.record() as recording:
        raised = []

        def play():
            with pytest.raises(DeviceError, match="cannot speak: no answer within"):
                loudspeaker.play(tone(20))
            raised.append(time.monotonic())

        player = threading.Thread(target=play)
        player.start()
        wait_for_sound(recording)
        with virtual_audio.frozen():
            frozen_s = time.monotonic()
            player.join(5)
        (noticed_s,) = raised
        assert noticed_s - frozen_s < 2.2
    with virtual_audio.record() as recording:
        assert loudspeaker.play(tone(0.3))
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)


def test_a_loudspeaker_that_is_taken_away_while_it_plays_is_an_error(
    virtual_audio, loudspeaker
):
    with virtual_audio.record() as recording:

        def cut_off():
            wait_for_sound(recording)
            virtual_audio.cut_off_players()

        threading.Thread(target=cut_off).start()
        with pytest.raises(DeviceError, match="cannot speak: "):
            loudspeaker.play(tone(20))
    with virtual_audio.record() as recording:
        assert loudspeaker.play(tone(0.3))
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)


def test_a_loudspeaker_that_is_not_there_says_which_there_are(virtual_audio):
    with (
        Loudspeaker("headset", virtual_audio.environment) as loudspeaker,
        pytest.raises(DeviceError, match=r"cannot speak: .*'headset'.*pulse, default"),
    ):
        loudspeaker.play(tone(0.1))


def test_a_missing_pyaudio_is_an_error_that_says_what_to_install(tmp_path):
    program = "raise ImportError('No module named pyaudio')"
    with (
        Loudspeaker(environment=replacing("pyaudio", program, tmp_path)) as loudspeaker,
        pytest.raises(DeviceError, match="PyAudio is missing"),
    ):
        loudspeaker.play(tone(0.1))


FAKE_PYAUDIO = '''
"""A loudspeaker that takes only 48 kHz stereo and writes what it plays to a file."""
import os
import time

paInt16 = 8


class PyAudio:
    def __init__(self):
        self.n_devices = int(os.path.exists({plugged!r}))  # looked up once, as PortAudio does
        open({plugged!r} + ".seen", "w").close()

    def get_device_count(self):
        return self.n_devices

    def get_device_info_by_index(self, index):
        return dict(index=0, name="HDMI", hostApi=0, maxInputChannels=0, maxOutputChannels=2,
                    defaultSampleRate=48000.0)

    def get_default_output_device_info(self):
        if self.n_devices == 0:
            raise OSError("No Default Output Device Available")
        return self.get_device_info_by_index(0)

    def get_default_input_device_info(self):
        raise OSError("No Default Input Device Available")

    def get_host_api_info_by_index(self, index):
        return dict(name="ALSA")

    def is_format_supported(self, rate, output_device, output_channels, output_format):
        if (rate, output_channels) != (48000, 2):
            raise ValueError("Invalid sample rate", -9997)

    def open(self, rate, channels, format, **others):
        return Stream()


class Stream:
    def get_output_latency(self):
        return 0.2

    def stop_stream(self):
        pass

    def close(self):
        pass

    def write(self, pcm):
        with open({path!r}, "ab") as file:
            file.write(pcm)
            if os.path.exists({plugged!r} + ".full") and file.tell() > 4 * 48_000:
                time.sleep(60)
'''


def hdmi(tmp_path):
    """Variables under which PyAudio knows that device once ``plugged`` exists."""
    path, plugged = str(tmp_path / "played.raw"), str(tmp_path / "plugged")
    return replacing("pyaudio", FAKE_PYAUDIO.format(path=path, plugged=plugged), tmp_path)


def test_a_loudspeaker_that_was_connected_meanwhile_is_found(tmp_path):
    with Loudspeaker(environment=hdmi(tmp_path)) as loudspeaker:
        end_s = time.monotonic() + 10
        while not (tmp_path / "plugged.seen").exists() and time.monotonic() < end_s:
            time.sleep(0.02)
        (tmp_path / "plugged").touch()
        loudspeaker.play(tone(0.5))
    assert (tmp_path / "played.raw").stat().st_size == 4 * round(0.8 * 48_000)


def test_a_device_of_another_rate_gets_it_resampled_on_all_channels(tmp_path):
    (tmp_path / "plugged").touch()
    speech = read_audio(RECORDINGS / "1_hello.wav").between(0, 0.5)
    with Loudspeaker(environment=hdmi(tmp_path)) as loudspeaker:
        loudspeaker.play(speech)
    frames = np.fromfile(tmp_path / "played.raw", "<i2").reshape(-1, 2) / 32768
    np.testing.assert_array_equal(frames[:, 0], frames[:, 1])
    expected = resample(speech, 48_000).samples
    np.testing.assert_allclose(frames[: expected.size, 0], expected, atol=2 / 32768)
    assert len(frames) - expected.size == round(0.3 * 48_000)  # what stopping drops
    assert not frames[expected.size :].any()


def test_a_write_that_does_not_return_is_an_error_and_the_player_is_replaced(tmp_path):
    (tmp_path / "plugged").touch()
    (tmp_path / "plugged.full").touch()
    with Loudspeaker(environment=hdmi(tmp_path)) as loudspeaker:
        stuck = loudspeaker._child._process.pid
        began_s = time.monotonic()
        with pytest.raises(DeviceError, match=r"cannot speak: no answer within 1\.7 s"):
            loudspeaker.play(tone(3))
        assert time.monotonic() - began_s < 8  # the start of Python and of PortAudio too
        assert wait_until_gone(stuck)
        (tmp_path / "plugged.full").unlink()
        assert loudspeaker.play(tone(0.3))


def test_the_temporary_folder_is_private_and_gone_after_close(virtual_audio):
    loudspeaker = Loudspeaker(environment=virtual_audio.environment)
    folder = Path(loudspeaker._folder.name)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    loudspeaker.play(tone(0.05))
    assert list(folder.iterdir()) == []
    loudspeaker.close()
    assert not folder.exists()
    assert not loudspeaker._child.is_running


@pytest.mark.long
def test_a_hundred_stops_leave_one_process_and_a_loudspeaker_that_works(
    virtual_audio, loudspeaker
):
    for number in range(100):
        player = threading.Thread(target=loudspeaker.play, args=(tone(5),))
        player.start()
        time.sleep(0.005 * number)
        loudspeaker.stop()
        player.join(10)
        assert not player.is_alive()
    with virtual_audio.record() as recording:
        loudspeaker.play(tone(0.3))
    assert sounding_s(recording.audio) == pytest.approx(0.3, abs=0.05)
    commands = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in children_of(os.getpid())]
    assert sum(b"loudspeaker_child" in command for command in commands) == 1
