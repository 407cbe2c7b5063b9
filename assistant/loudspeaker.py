"""Sound to a loudspeaker, played by a child process that can be silenced at once."""

import itertools
import tempfile
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Self

from assistant.ahead import Ahead
from assistant.audio import write_wav
from assistant.child import Child
from assistant.errors import AudioError, ChildError, DeviceError
from assistant.pipes import Message
from assistant.values import Audio

OPEN_DEADLINE_S = 10.0
"""How long the loudspeaker may take to open, which includes the child's start."""

WATCHDOG_S = 1.7
"""A loudspeaker that takes no sound for so long is lost: writing to it may never return. It
is told of at least every 0.1 s, which is twice a block of `assistant.loudspeaker_child`."""


class Loudspeaker:
    """A loudspeaker. The player starts beforehand, so that sound follows at once.

    One thread plays; any may call `stop`.
    """

    def __init__(self, device: str = "", environment: Mapping[str, str] | None = None) -> None:
        """Start the player; the device is opened only while it plays.

        Args:
            device: its name or a part of it; empty for the system's default.
            environment: the child's variables; None passes ours on.
        """
        self._child = Child("assistant.loudspeaker_child", [f"--device={device}"], environment)
        self._folder = tempfile.TemporaryDirectory(prefix="tonewise-")  # mode 0700
        self._numbers = itertools.count()
        self._changing = threading.Lock()  # guards what follows, and who starts the child
        self._ahead: Ahead[Audio] = Ahead(())
        self._is_playing = False
        self._is_stopped = False
        self._is_closed = False
        self._start_child()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Fall silent for good and remove the temporary folder."""
        self.stop()
        with self._changing:
            self._is_closed = True
            self._child.stop()
        self._folder.cleanup()

    def play(self, audio: Audio) -> bool:
        """Play one sound; as `play_parts`."""
        return self.play_parts([audio])

    def play_parts(
        self, parts: Iterable[Audio], sounding: Callable[[], None] = lambda: None
    ) -> bool:
        """Play one part after the other; returns when the last was heard, or after `stop`.

        Args:
            parts: made in a thread of its own, ahead of what is heard. Where the next one is
                late there is silence; where it is not, not one sample is between them.
            sounding: called once, by this thread, when the device has taken the first sound.

        Returns:
            Whether all was heard: False after `stop`.

        Raises:
            DeviceError: the loudspeaker cannot be opened, was lost, or took no sound for
                `WATCHDOG_S`.
            Exception: what making a part raised, once the parts before it were heard.
        """
        with self._changing:
            self._ahead = ahead = Ahead(part for part in parts if part.samples.size)
            self._is_playing, self._is_stopped = True, False
        try:
            self._play(ahead, sounding)
        except (ChildError, AudioError) as error:
            self._child.stop()
            if not self._is_stopped:
                raise DeviceError(
                    f"cannot speak: {error} (`tonewise devices` shows what there is)"
                ) from error
        finally:
            ahead.close()
            with self._changing:
                self._is_playing = False
            self._remove_files()
            self._start_child()
        return not self._is_stopped

    def stop(self) -> None:
        """Silence what plays, now; its `play` returns. Does nothing where nothing plays."""
        with self._changing:
            if self._is_playing:
                self._is_stopped = True
                self._ahead.close()
                self._child.stop()

    def _play(self, ahead: Ahead[Audio], sounding: Callable[[], None]) -> None:
        first = ahead.take(wait=True)
        if first is None:
            return
        self._open(self._written(first))
        try:
            fault = self._feed(ahead, sounding)
        except BaseException:
            self._child.stop()  # it would go on, and answer what it is not asked
            raise
        if fault is not None:
            raise fault

    def _feed(self, ahead: Ahead[Audio], sounding: Callable[[], None]) -> Exception | None:
        """Send the other parts as the player wants them; return what prevented one.

        Whatever comes says that the device takes sound: nothing for long is a device lost.
        """
        fault: Exception | None = None
        is_sounding = has_all = False
        while "done" not in (message := self._child.receive(WATCHDOG_S)):
            if not is_sounding:
                is_sounding = True
                sounding()
            if has_all or message["n_waiting"]:
                continue
            try:
                part = ahead.take(wait=False)
            except Exception as error:  # the caller's, raised where it was heard to there
                fault, part = error, None
            if part is not None:
                self._send({"play": self._written(part)})
            elif fault is not None or ahead.is_over:
                has_all = True
                self._send({"end": True})
        return fault

    def _written(self, part: Audio) -> str:
        path = Path(self._folder.name) / f"{next(self._numbers)}.wav"
        write_wav(path, part, is_durable=False)
        return str(path)

    def _remove_files(self) -> None:
        for path in Path(self._folder.name).glob("*.wav"):
            path.unlink(missing_ok=True)

    def _open(self, path: str) -> None:
        """Have the first part played; returns when the device is open."""
        try:
            self._request_play(path)
        except ChildError:
            if self._is_stopped:
                raise
            # The child knows the devices that there were at its start; a new one may do.
            self._child.stop()
            self._request_play(path)

    def _request_play(self, path: str) -> None:
        self._send({"play": path})
        self._child.receive(OPEN_DEADLINE_S)

    def _send(self, message: Message) -> None:
        with self._changing:
            if self._is_stopped:
                raise ChildError("stopped")
            self._child.send(message)

    def _start_child(self) -> None:
        with self._changing:
            if not self._is_closed:
                try:
                    self._child.start()
                except ChildError:
                    pass  # whoever plays tries again and reports it
