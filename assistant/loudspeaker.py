"""Sound to a loudspeaker, played by a child process that can be silenced at once."""

import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from assistant.audio import write_wav
from assistant.child import Child
from assistant.errors import ChildError, DeviceError
from assistant.values import Audio

OPEN_DEADLINE_S = 10.0
"""How long the loudspeaker may take to open, which includes the child's start."""

PLAY_FACTOR = 1.5
PLAY_SPARE_S = 5.0


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
        self._child = Child(
            "assistant.portaudio_child", ["play", f"--device={device}"], environment
        )
        self._folder = tempfile.TemporaryDirectory(prefix="tonewise-")  # mode 0700
        self._file = Path(self._folder.name) / "play.wav"
        self._changing = threading.Lock()  # guards what follows, and who starts the child
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

    def play(self, audio: Audio) -> None:
        """Play; returns when the last sample was played, or soon after `stop`.

        Raises:
            DeviceError: the loudspeaker cannot be opened, or was lost.
        """
        if not audio.samples.size:
            return
        write_wav(self._file, audio)
        with self._changing:
            self._is_playing, self._is_stopped = True, False
        try:
            self._open()
            self._child.receive(audio.duration_s * PLAY_FACTOR + PLAY_SPARE_S)
        except ChildError as error:
            self._child.stop()
            if not self._is_stopped:
                raise DeviceError(
                    f"cannot speak: {error} (`tonewise devices` shows what there is)"
                ) from error
        finally:
            with self._changing:
                self._is_playing = False
            self._start_child()

    def stop(self) -> None:
        """Silence what plays, now; its `play` returns. Does nothing where nothing plays."""
        with self._changing:
            if self._is_playing:
                self._is_stopped = True
                self._child.stop()

    def _open(self) -> None:
        """Have the file played; returns when the device is open."""
        try:
            self._request_play()
        except ChildError:
            if self._is_stopped:
                raise
            # The child knows the devices that there were at its start; a new one may do.
            self._child.stop()
            self._request_play()

    def _request_play(self) -> None:
        with self._changing:
            if self._is_stopped:
                raise ChildError("stopped before it began")
            self._child.send({"play": str(self._file)})
        self._child.receive(OPEN_DEADLINE_S)

    def _start_child(self) -> None:
        with self._changing:
            if not self._is_closed:
                try:
                    self._child.start()
                except ChildError:
                    pass  # whoever plays tries again and reports it
