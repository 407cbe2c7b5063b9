"""Sound from a microphone, captured in a child process that is watched from here."""

import base64
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Self

import numpy as np

from assistant.audio import CHUNK_S, SAMPLE_RATE, pcm_to_samples
from assistant.child import Child
from assistant.errors import ChildError, DeviceError
from assistant.pipes import Message
from assistant.sound_faults import SoundFaults
from assistant.values import Samples

OPEN_DEADLINE_S = 10.0
WATCHDOG_S = 2.0
"""A microphone that delivers nothing for so long is lost: reads from it may never return."""

BUFFER_S = 10.0
"""How much sound waits to be fetched; older sound is dropped."""

LOSS_REPORTS_S = 10.0
"""Lost sound is told at most as often, s."""

_LOG = logging.getLogger("tonewise.microphone")


class GapMeter:
    """Finds lost sound: time that went by without its samples.

    A blocking read does not tell of an overflow. A reader that is merely late catches up
    and loses nothing, so what counts is the least deficit within each second.
    """

    window_s = 1.0
    tolerance_s = 0.05
    """Smaller deficits are the jitter of the sound system."""
    drift_s = 0.001
    """How far two clocks may part within a window: 1000 ppm, more than any crystal does."""

    def __init__(self, sample_rate: int) -> None:
        """Measure a stream of ``sample_rate`` samples a second."""
        self._sample_rate = sample_rate
        self._n_samples = 0
        self._usual_s = float("inf")
        self._least_s = float("inf")
        self._window_end_s = float("-inf")

    def lost_s(self, n_samples: int, now_s: float) -> float:
        """Return the length of sound found lost, s, as ``n_samples`` come at ``now_s``."""
        self._n_samples += n_samples
        self._least_s = min(self._least_s, now_s - self._n_samples / self._sample_rate)
        if now_s < self._window_end_s:
            return 0.0
        least_s, self._least_s = self._least_s, float("inf")
        self._window_end_s = now_s + self.window_s
        lost_s = least_s - self._usual_s
        if lost_s > self.tolerance_s:
            self._usual_s = least_s
            return lost_s
        self._usual_s = min(least_s, self._usual_s + self.drift_s)
        return 0.0


class Microphone:
    """A microphone, open while used as a context manager.

    One thread fetches `chunks`; any may call `discard` and `close`.
    """

    def __init__(
        self,
        device: str = "",
        report: Callable[[str], None] = _LOG.warning,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Describe the microphone; nothing is opened yet.

        Args:
            device: its name or a part of it; empty for the system's default.
            report: told, by the thread that fetches, what `SoundFaults` finds and how much
                sound was lost.
            environment: the child's variables; None passes ours on.
        """
        self._child = Child(
            "assistant.portaudio_child", ["capture", f"--device={device}"], environment
        )
        self._report = report
        self._collector: threading.Thread | None = None
        self._changed = threading.Condition()  # guards what follows
        self._is_open = False
        self._fault: DeviceError | None = None
        self._buffer: deque[Samples] = deque(maxlen=round(BUFFER_S / CHUNK_S))
        self._n_dropped = 0
        self._lost_s = 0.0
        self._told_lost_s = 0.0
        self._told_at_s = float("-inf")
        self._latency_s = 0.0
        self._deaf_until_s = float("-inf")
        self._faults = SoundFaults()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    @property
    def lost_s(self) -> float:
        """Sound lost since it was opened, s: overflowed, or not fetched within `BUFFER_S`."""
        with self._changed:
            return self._lost_s

    def open(self) -> None:
        """Open the microphone; returns when sound flows.

        Raises:
            DeviceError: it cannot be opened; the message says why and what to do.
        """
        self.close()
        try:
            self._child.start()
            opened = self._child.receive(OPEN_DEADLINE_S)["opened"]
        except ChildError as error:
            self._child.stop()
            raise DeviceError(
                f"cannot listen: {error} (`tonewise devices` shows what there is)"
            ) from error
        self._buffer.clear()
        self._n_dropped, self._lost_s, self._faults = 0, 0.0, SoundFaults()
        self._told_lost_s, self._told_at_s = 0.0, float("-inf")
        self._latency_s = opened["latency_s"]
        self._fault, self._is_open = None, True
        self._collector = threading.Thread(target=self._collect, daemon=True)
        self._collector.start()

    def close(self) -> None:
        """Close the microphone; `chunks` ends. Safe to call at any time."""
        with self._changed:
            self._is_open = False
            self._changed.notify_all()
        self._child.stop()  # which ends the collector too
        if self._collector is not None:
            self._collector.join()
            self._collector = None

    def chunks(self) -> Iterator[Samples]:
        """Yield what is heard, float32, shape (512,), 16 kHz, until `close`.

        Raises:
            DeviceError: the microphone was lost; open it, or another, again.
        """
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._buffer or self._fault or not self._is_open)
                if not self._is_open:
                    return
                if not self._buffer:
                    assert self._fault is not None  # nothing else ends the wait
                    raise self._fault
                chunk = self._buffer.popleft()
                self._count_lost(self._n_dropped * CHUNK_S)
                self._n_dropped = 0
            if fault := self._faults.found_in(chunk) or self._loss():
                self._report(fault)
            yield chunk

    def discard(self) -> None:
        """Drop what was heard up to now, also what is still on its way from the device."""
        with self._changed:
            self._buffer.clear()
            self._n_dropped = 0  # nobody wanted it
            self._deaf_until_s = time.monotonic() + self._latency_s + CHUNK_S

    def _collect(self) -> None:
        """Fill the buffer until the child ends or falls silent."""
        meter = GapMeter(SAMPLE_RATE)
        try:
            while True:
                self._keep(self._child.receive(WATCHDOG_S), meter)
        except ChildError as error:
            self._child.stop()
            with self._changed:
                self._fault = DeviceError(f"microphone lost: {error}; connect it again")
                self._changed.notify_all()

    def _keep(self, message: Message, meter: GapMeter) -> None:
        pcm = np.frombuffer(base64.b64decode(message["pcm"]), "<i2")
        with self._changed:
            lost_s = meter.lost_s(pcm.size, message["time_s"])
            # Both processes read the same clock: monotonic counts from the system's start.
            if message["time_s"] < self._deaf_until_s:
                return  # nobody wants it
            self._count_lost(lost_s)
            self._n_dropped += len(self._buffer) == self._buffer.maxlen
            self._buffer.append(pcm_to_samples(pcm))
            self._changed.notify_all()

    def _count_lost(self, lost_s: float) -> None:
        if lost_s:
            self._lost_s += lost_s
            _LOG.debug("%.0f ms of sound were lost", 1000 * lost_s)

    def _loss(self) -> str | None:
        """Return in one line what was lost since that was last told, if it is time to."""
        now_s = time.monotonic()
        with self._changed:
            untold_s = self._lost_s - self._told_lost_s
            if not untold_s or now_s < self._told_at_s + LOSS_REPORTS_S:
                return None
            self._told_lost_s, self._told_at_s = self._lost_s, now_s
        return f"{untold_s:.1f} s of sound were lost; the computer may be too busy"
