"""The loudspeaker: what arrives at the monitor of a private PulseAudio, in real time."""

import os
import signal
import stat
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from assistant.audio import read_audio, resample
from assistant.errors import DeviceError
from assistant.loudspeaker import Loudspeaker
from assistant.values import Audio
from tests.conftest import RECORDINGS
from tests.processes import children_of
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
    loudspeaker.play(Audio(np.empty(0, np.float32), 16_000))


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
        loudspeaker.play(tone(0.1))
    assert (tmp_path / "played.raw").stat().st_size == 4 * round(0.4 * 48_000)


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


def test_the_temporary_folder_is_private_and_gone_after_close(virtual_audio):
    loudspeaker = Loudspeaker(environment=virtual_audio.environment)
    folder = Path(loudspeaker._folder.name)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    loudspeaker.play(tone(0.05))
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
    assert sum(b"portaudio_child" in command for command in commands) == 1
