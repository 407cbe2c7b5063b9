"""The microphone: real sound in real time over a private PulseAudio."""

import ctypes
import fcntl
import itertools
import os
import re
import signal
import threading
import time

import numpy as np
import pytest

from assistant.audio import CHUNK_S, SAMPLE_RATE, read_audio, write_wav
from assistant.errors import DeviceError
from assistant.microphone import GapMeter, Microphone
from assistant.pipes import PIPE_BYTES
from assistant.sound_faults import ZEROS_REPORT
from tests.conftest import RECORDINGS
from tests.virtual_audio import alignment, replacing

pytestmark = pytest.mark.slow

FAKE_PYAUDIO = '''
"""A USB microphone as PortAudio shows it: stereo, one rate, a {hertz} Hz tone on the left."""
import time
import numpy as np

paInt16 = 8
TAKES = ({rate}, 2)


class PyAudio:
    def get_device_count(self):
        return 1

    def get_device_info_by_index(self, index):
        return dict(index=0, name="USB", hostApi=0, maxInputChannels=2, maxOutputChannels=0,
                    defaultSampleRate={default_rate}.0)

    def get_default_input_device_info(self):
        return self.get_device_info_by_index(0)

    def get_default_output_device_info(self):
        raise OSError("No Default Output Device Available")

    def get_host_api_info_by_index(self, index):
        return dict(name="ALSA")

    def is_format_supported(self, rate, input_device, input_channels, input_format):
        if (rate, input_channels) != TAKES:
            raise ValueError("Invalid sample rate", -9997)
        return True

    def open(self, rate, channels, format, **others):
        assert (rate, channels) == TAKES
        return Stream()


class Stream:
    def __init__(self):
        self.n_read = 0
        self.begin_s = time.monotonic()

    def get_input_latency(self):
        return 0.0

    def read(self, n_frames, exception_on_overflow=True):
        assert not exception_on_overflow, "the first overflow would close it"
        if self.n_read <= {rate} * {overflow_after_s} < self.n_read + n_frames:
            self.begin_s += 0.5
        t = np.arange(self.n_read, self.n_read + n_frames) / {rate}
        left = np.round(16384 * np.sin(2 * np.pi * {hertz} * t)).astype("<i2")
        self.n_read += n_frames
        due_s = self.begin_s + self.n_read / {rate} / {speed}
        time.sleep(max(0.0, due_s - time.monotonic()))
        return np.stack([left, np.zeros_like(left)], axis=1).tobytes()
'''


def usb_microphone(tmp_path, rate=48_000, **changes):
    """Variables under which PyAudio knows one microphone; its time passes ``speed`` fold."""
    traits = {"default_rate": rate, "hertz": 440, "overflow_after_s": 1e9, "speed": 8}
    program = FAKE_PYAUDIO.format(rate=rate, **traits | changes)
    return replacing("pyaudio", program, tmp_path)


def heard(chunks, duration_s):
    return np.concatenate(list(itertools.islice(chunks, round(duration_s / CHUNK_S))))


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A second of real speech, as a file and as audio."""
    path = tmp_path_factory.mktemp("clip") / "clip.wav"
    write_wav(path, read_audio(RECORDINGS / "1_hello.wav").between(0.2, 1.4))
    return path, read_audio(path)


def test_what_is_said_is_captured_unless_it_is_discarded(virtual_audio, clip):
    path, audio = clip
    with Microphone(environment=virtual_audio.environment) as microphone:
        chunks = microphone.chunks()
        first = next(chunks)
        assert (first.shape, first.dtype) == ((512,), np.float32)
        virtual_audio.say(path)
        samples = heard(chunks, audio.duration_s + 0.5)
        lost_s = microphone.lost_s
        virtual_audio.say(path)
        microphone.discard()
        assert np.abs(heard(chunks, 0.5)).max() < 0.001
    _, correlation, level_db = alignment(samples, audio.samples)
    assert correlation > 0.9
    assert abs(level_db) < 1
    assert lost_s == 0


def test_an_unplugged_microphone_is_noticed_and_a_new_one_works(virtual_audio):
    with Microphone(environment=virtual_audio.environment) as microphone:
        chunks = microphone.chunks()
        next(chunks)
        virtual_audio.unplug()
        begin_s = time.monotonic()
        try:
            with pytest.raises(DeviceError, match=r"microphone lost: .*; connect it again"):
                heard(chunks, 60)
            assert time.monotonic() - begin_s < 3
        finally:
            virtual_audio.plug()
    with Microphone(environment=virtual_audio.environment) as microphone:
        assert next(microphone.chunks()).shape == (512,)


def test_a_microphone_whose_listeners_the_server_moves_is_lost_too(virtual_audio):
    """PulseAudio then lets us hear the loudspeaker, without a word."""
    with Microphone(environment=virtual_audio.environment) as microphone:
        chunks = microphone.chunks()
        next(chunks)
        begin_s = time.monotonic()
        virtual_audio.unplug(is_cut=False)
        try:
            with pytest.raises(
                DeviceError, match=r"it is gone: all there is is speaker\.monitor"
            ):
                heard(chunks, 60)
            assert time.monotonic() - begin_s < 3
            assert not microphone._child.is_running
            with pytest.raises(
                DeviceError, match="no microphone found: all there is is speaker"
            ):
                microphone.open()
        finally:
            virtual_audio.plug()


def test_nothing_is_lost_while_foreign_code_holds_the_interpreter(virtual_audio):
    """As PocketSphinx does while it decodes: neither is the microphone blamed for it."""
    with Microphone(environment=virtual_audio.environment) as microphone:
        chunks = microphone.chunks()
        heard(chunks, 0.5)
        ctypes.PyDLL(None).sleep(4)  # PyDLL keeps the lock while it is in C
        heard(chunks, 5)
        assert microphone.lost_s < 0.5
        pipe = microphone._child._process.stdout
        assert fcntl.fcntl(pipe, fcntl.F_GETPIPE_SZ) == PIPE_BYTES  # what waits meanwhile


@pytest.mark.long
def test_a_read_that_never_returns_is_a_lost_microphone(virtual_audio):
    with Microphone(environment=virtual_audio.environment) as microphone:
        chunks = microphone.chunks()
        next(chunks)
        os.kill(microphone._child._process.pid, signal.SIGSTOP)
        begin_s = time.monotonic()
        with pytest.raises(DeviceError, match=r"no answer within 2 s"):
            heard(chunks, 60)
        assert time.monotonic() - begin_s < 3
        microphone.open()  # the same one, again
        assert next(microphone.chunks()).shape == (512,)


def test_zeros_alone_are_reported_once(tmp_path):
    reports = []
    environment = usb_microphone(tmp_path, hertz=0)
    with Microphone("", reports.append, environment) as microphone:
        chunks = microphone.chunks()
        heard(chunks, 2.9)
        assert reports == []
        heard(chunks, 0.2)
        assert reports == [ZEROS_REPORT]
        heard(chunks, 3.2)
    assert reports == [ZEROS_REPORT]


def test_sound_is_not_reported_as_zeros(tmp_path):
    reports = []
    with Microphone("", reports.append, usb_microphone(tmp_path)) as microphone:
        heard(microphone.chunks(), 3.2)
    assert reports == []


def test_closing_ends_the_chunks(virtual_audio):
    microphone = Microphone(environment=virtual_audio.environment)
    microphone.open()
    threading.Timer(0.2, microphone.close).start()
    assert sum(1 for _ in microphone.chunks()) < 100
    assert list(microphone.chunks()) == []


def test_a_microphone_that_is_not_there_says_which_there_are(virtual_audio):
    microphone = Microphone("webcam", environment=virtual_audio.environment)
    with pytest.raises(DeviceError, match=r"cannot listen: .*'webcam'.*pulse, default"):
        microphone.open()


@pytest.mark.parametrize(
    ("rate", "default_rate"), [(96_000, 96_000), (44_100, 44_100), (48_000, 11_025)]
)
def test_a_stereo_device_of_another_rate_is_resampled_and_mixed(tmp_path, rate, default_rate):
    environment = usb_microphone(tmp_path, rate, default_rate=default_rate)
    with Microphone("usb", environment=environment) as microphone:
        samples = heard(microphone.chunks(), 0.6)[1600:]
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size)))
    assert abs(spectrum.argmax() * SAMPLE_RATE / samples.size - 440) < 3
    # Half of full scale on one of two channels.
    assert np.sqrt(2) * samples.std() == pytest.approx(0.25, rel=0.02)


def test_sound_that_overflowed_is_counted_and_told(tmp_path):
    environment = usb_microphone(tmp_path, overflow_after_s=1.2, speed=1)
    reports = []
    with Microphone(report=reports.append, environment=environment) as microphone:
        chunks = microphone.chunks()
        end_s = time.monotonic() + 10
        while microphone.lost_s == 0 and time.monotonic() < end_s:
            next(chunks)
        assert microphone.lost_s == pytest.approx(0.5, abs=0.1)
        next(chunks)
    (report,) = [report for report in reports if "lost" in report]
    assert re.fullmatch(r"0\.[3-7] s of sound were lost; the computer may be too busy", report)


def test_a_device_that_takes_no_format_cannot_be_opened(tmp_path):
    microphone = Microphone(environment=usb_microphone(tmp_path, 11_025, default_rate=8_000))
    with pytest.raises(DeviceError, match=r"'USB' cannot be opened \(Invalid.*rate\); .*other"):
        microphone.open()


def test_sound_that_is_not_fetched_is_bounded_and_counted(tmp_path):
    with Microphone(environment=usb_microphone(tmp_path, speed=50)) as microphone:
        chunks = microphone.chunks()
        end_s = time.monotonic() + 10
        while microphone._n_dropped < 50 and time.monotonic() < end_s:
            time.sleep(0.01)
        assert len(microphone._buffer) == 312  # 10 s
        assert microphone.lost_s == 0  # it may yet be discarded
        next(chunks)
        lost_s = microphone.lost_s
        assert lost_s >= 50 * CHUNK_S
        microphone.discard()
        assert microphone._n_dropped == 0


@pytest.mark.long
def test_opening_and_closing_a_hundred_times_works(virtual_audio):
    microphone = Microphone(environment=virtual_audio.environment)
    for _ in range(100):
        with microphone:
            assert next(microphone.chunks()).shape == (512,)


def losses(times_s, n_samples=512):
    meter = GapMeter(SAMPLE_RATE)
    return [lost for now_s in times_s if (lost := meter.lost_s(n_samples, now_s)) > 0]


def regular(n_chunks, begin_s=0.0):
    return [begin_s + CHUNK_S * n for n in range(1, n_chunks + 1)]


def test_regular_chunks_are_no_loss():
    jitter = np.random.default_rng(0).uniform(0, 0.04, 1000)
    assert losses(np.array(regular(1000)) + jitter) == []


def test_a_late_reader_that_catches_up_lost_nothing():
    times = regular(300)
    times[100:115] = [times[115]] * 15
    assert losses(times) == []


def test_time_without_sound_is_a_loss_of_that_length():
    times = regular(100) + regular(100, 100 * CHUNK_S + 0.3)
    assert losses(times) == [pytest.approx(0.3)]


def test_clocks_that_drift_apart_are_no_loss():
    assert losses(np.array(regular(20_000)) * 1.0003) == []


def test_a_little_lost_each_second_adds_up():
    times = np.array(regular(1000)) + 0.04 * (np.arange(1000) // 31)
    assert sum(losses(times)) == pytest.approx(0.04 * 32, rel=0.2)
