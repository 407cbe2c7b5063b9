"""A microphone that is opened again by itself after it was unplugged."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Self

from assistant.errors import DeviceError
from assistant.microphone import Microphone
from assistant.values import Samples

FIRST_WAIT_S = 0.25
LONGEST_WAIT_S = 2.0
"""Between two attempts, s; the first ones follow fast. Each starts PortAudio anew, which sees
only the devices that there are at its start."""

STEADY_S = 2.0
"""A microphone that is lost again sooner has not healed: the wait goes on growing."""


def ignore_gap() -> None:
    """Do nothing about a gap."""


class SteadyMicrophone:
    """A microphone, open while used as a context manager, whose `chunks` outlive its loss.

    One thread fetches `chunks`; any may call `discard` and `close`.
    """

    def __init__(
        self,
        fresh: Callable[[], Microphone],
        report: Callable[[str], None],
        on_gap: Callable[[], None] = ignore_gap,
    ) -> None:
        """Describe the microphone; nothing is opened yet.

        Args:
            fresh: returns a microphone that is not open yet; asked before each attempt to
                open it. May raise DeviceError, which is an attempt that failed.
            report: told once of each loss, and once when the microphone is back.
            on_gap: called when the microphone was lost: the next chunk does not go on where
                the last one ended. Like ``report`` it is called by the thread that fetches,
                between the two chunks.
        """
        self._fresh = fresh
        self._report = report
        self._on_gap = on_gap
        self._changed = threading.Condition()  # guards what follows
        self._microphone: Microphone | None = None
        self._is_closed = True

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def open(self) -> None:
        """Open the microphone; returns when sound flows.

        Raises:
            DeviceError: it cannot be opened now; the message says why and what to do.
        """
        self.close()
        with self._changed:
            self._is_closed = False
        self._open_fresh()

    def close(self) -> None:
        """Close the microphone; `chunks` ends. Safe to call at any time."""
        with self._changed:
            self._is_closed = True
            microphone, self._microphone = self._microphone, None
            self._changed.notify_all()
        if microphone is not None:
            microphone.close()

    def chunks(self) -> Iterator[Samples]:
        """Yield what is heard, float32, shape (512,), 16 kHz, until `close`."""
        wait_s = FIRST_WAIT_S
        while (microphone := self._current()) is not None:
            begin_s = time.monotonic()
            try:
                yield from microphone.chunks()
            except DeviceError as error:
                self._report(f"{error} (waiting for it)")
                self._on_gap()
                microphone.close()
                if time.monotonic() - begin_s >= STEADY_S:
                    wait_s = FIRST_WAIT_S
                wait_s = self._wait_until_back(wait_s)

    def discard(self) -> None:
        """Drop what was heard up to now, also what is still on its way from the device."""
        if (microphone := self._current()) is not None:
            microphone.discard()

    def _current(self) -> Microphone | None:
        with self._changed:
            return self._microphone

    def _wait_until_back(self, wait_s: float) -> float:
        """Open it again, however long that takes; return how long to wait the next time."""
        while True:
            with self._changed:
                if self._changed.wait_for(lambda: self._is_closed, wait_s):
                    return wait_s
            wait_s = min(LONGEST_WAIT_S, 2 * wait_s)
            try:
                self._open_fresh()
            except DeviceError:
                continue  # it was told that it is waited for
            if self._current() is not None:
                self._report("the microphone is back")
            return wait_s

    def _open_fresh(self) -> None:
        """Open another one, unless it is closed meanwhile."""
        microphone = self._fresh()
        with self._changed:
            if self._is_closed:
                return
            self._microphone = microphone  # so that `close` ends the attempt too
        try:
            microphone.open()
        except DeviceError:
            with self._changed:
                self._microphone = None
            raise
        if self._current() is not microphone:
            microphone.close()
