"""The sound of an utterance as a file, for as long as a plugin may hear it."""

import contextlib
import tempfile
from pathlib import Path

from assistant.audio import write_wav
from assistant.errors import AudioError
from assistant.values import Audio


class HeardSound:
    """Writes sounds into a folder of its own, which goes when it is closed."""

    def __init__(self) -> None:
        """Make nothing yet."""
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._number = 0

    def write(self, audio: Audio) -> str:
        """Return the path of the sound, a WAV for its owner alone; empty if that cannot be."""
        try:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="tonewise-heard-")
            self._number += 1
            path = Path(self._folder.name) / f"{self._number}.wav"
            write_wav(path, audio, mode=0o600, is_durable=False)
        except (OSError, AudioError):  # plugins do without
            return ""
        return str(path)

    def delete(self, path: str) -> None:
        """Delete one."""
        with contextlib.suppress(OSError):
            Path(path).unlink(missing_ok=True)

    def close(self) -> None:
        """Delete them all."""
        if self._folder is not None:
            folder, self._folder = self._folder, None
            folder.cleanup()
