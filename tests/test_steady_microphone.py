"""A microphone that comes back: unplugged and plugged in while somebody listens."""

import os
import signal
import threading
import time

import numpy as np
import pytest

from assistant.audio import read_audio, write_wav
from assistant.errors import DeviceError
from assistant.microphone import Microphone
from assistant.steady_microphone import SteadyMicrophone
from tests.conftest import RECORDINGS
from tests.virtual_audio import alignment

pytestmark = pytest.mark.slow


class Listener:
    """Fetches chunks in a thread; what happens is in ``events``, with its time."""

    def __init__(self, microphone, reports):
        self.microphone = microphone
        self.reports = reports
        self.chunks = []
        self.thread = threading.Thread(target=self._listen)

    def __enter__(self):
        self.microphone.open()
        self.thread.start()
        return self

    def __exit__(self, *error):
        self.microphone.close()
        self.thread.join(20)
        assert not self.thread.is_alive()

    def _listen(self):
        for chunk in self.microphone.chunks():
            self.chunks.append(chunk)

    def until(self, condition, seconds=15):
        """Wait for it; return how long that took, s."""
        begin_s = time.monotonic()
        while not condition():
            assert time.monotonic() - begin_s < seconds, (self.reports, len(self.chunks))
            time.sleep(0.02)
        return time.monotonic() - begin_s

    def until_reported(self, words, seconds=15):
        return self.until(lambda: self.reports and words in self.reports[-1], seconds)

    def until_heard(self, n_chunks=10):
        n_before = len(self.chunks)
        self.until(lambda: len(self.chunks) >= n_before + n_chunks)


def steady(environment, reports, device=""):
    def report(words):
        if "sound were lost" not in words:  # a busy machine may lose some
            reports.append(words)

    def fresh():
        return Microphone(device, report, environment)

    return SteadyMicrophone(fresh, reports.append, lambda: reports.append("gap"))


@pytest.fixture
def listener(virtual_audio):
    reports = []
    with Listener(steady(virtual_audio.environment, reports), reports) as listener:
        listener.until_heard()
        yield listener


@pytest.mark.parametrize("is_cut", [True, False])
def test_an_unplugged_microphone_is_told_once_and_heals(
    virtual_audio, listener, tmp_path, is_cut
):
    clip = read_audio(RECORDINGS / "1_hello.wav").between(0.2, 1.4)
    write_wav(tmp_path / "clip.wav", clip)
    virtual_audio.unplug(is_cut)
    try:
        assert listener.until_reported("gap") < 3
        time.sleep(2)  # several attempts fail meanwhile, and nobody is told
    finally:
        virtual_audio.plug()
    listener.until_reported("is back", seconds=10)
    lost, gap, back = listener.reports
    assert lost.startswith("microphone lost: ")
    assert lost.endswith("(waiting for it)")
    assert (gap, back) == ("gap", "the microphone is back")
    n_before = len(listener.chunks)
    virtual_audio.say(tmp_path / "clip.wav")
    listener.until_heard(20)
    samples = np.concatenate(listener.chunks[n_before:])
    assert alignment(samples, clip.samples)[1] > 0.9


def test_a_capture_that_hangs_is_noticed_and_replaced(listener):
    os.kill(listener.microphone._microphone._child._process.pid, signal.SIGSTOP)
    assert listener.until_reported("gap") < 3
    assert "no answer within 2 s" in listener.reports[0]
    listener.until_reported("is back")
    listener.until_heard()


def test_closing_while_it_waits_ends_the_chunks(virtual_audio, listener):
    virtual_audio.unplug()
    try:
        listener.until_reported("gap")
        listener.microphone.close()
        listener.thread.join(1)
        assert not listener.thread.is_alive()
    finally:
        virtual_audio.plug()
    assert listener.reports[1:] == ["gap"]


def test_one_that_cannot_be_opened_at_first_is_an_error(virtual_audio):
    microphone = steady(virtual_audio.environment, [], "webcam")
    with pytest.raises(DeviceError, match="'webcam'"):
        microphone.open()
    assert list(microphone.chunks()) == []
    microphone.discard()


class Flapping:
    """A microphone with a loose contact: opens, delivers one chunk, is lost."""

    def __init__(self):
        self.opened_s = []

    def fresh(self):
        return self

    def open(self):
        self.opened_s.append(time.monotonic())

    def close(self):
        pass

    def chunks(self):
        yield np.zeros(512, np.float32)
        raise DeviceError("microphone lost: a loose contact")


def test_a_loose_contact_is_tried_less_and_less_often():
    flapping, reports = Flapping(), []
    with Listener(SteadyMicrophone(flapping.fresh, reports.append), reports) as listener:
        listener.until(lambda: len(flapping.opened_s) == 5, seconds=20)
    waits_s = np.diff(flapping.opened_s)
    assert waits_s == pytest.approx([0.25, 0.5, 1, 2], abs=0.2)
