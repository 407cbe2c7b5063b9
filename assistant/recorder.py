"""What is said and replied, as recordings, for whoever looks for a fault; off unless asked for.

Each is a file such as ``20261122T143501.250Z-turn-0003-heard.wav``.
"""

import logging
import re
import stat
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from assistant.audio import write_wav
from assistant.errors import AudioError, SettingsError
from assistant.settings import RecorderSettings
from assistant.values import Audio

Kind = Literal["heard", "reply"]

SWEEP_S = 3_600.0
"""How often it is looked for recordings that are old enough to be deleted, s."""

# What is not named so is not ours, and stays. A draft that a program left when it was killed
# has a dot before the name, and letters behind it.
_NAME = re.compile(r"\.?(\d{8}T\d{6})\.\d{3}Z-turn-\d{4,}-(?:heard|reply)\.wav(?:\.\w+)?")
_TIME = "%Y%m%dT%H%M%S"

_LOG = logging.getLogger("tonewise.recorder")


class Recorder:
    """Keeps sound in a folder that is its owner's alone, and deletes it when it is old.

    Several threads may use it. A folder that cannot be written is reported once and costs
    the recordings that it would have held.
    """

    def __init__(
        self,
        settings: RecorderSettings,
        report: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sweep_s: float = SWEEP_S,
    ) -> None:
        """Make the folder, say where it is, delete what is too old, and go on doing so.

        Args:
            settings: ``folder`` is not empty; ``~`` in it is the home folder.
            report: told, in one line each, what is kept where and for how long, and if
                something cannot be written or deleted.
            now: the time in UTC.
            sweep_s: time between looking for what is too old, s.

        Raises:
            SettingsError: the folder cannot be made, or others may look into it.
        """
        self._folder = _private_folder(Path(settings.folder).expanduser())
        self._keep = timedelta(hours=settings.keep_hours)
        self._report = report
        self._now = now
        self._has_reported = False
        self._is_closed = threading.Event()
        report(
            f"recorder.folder: what you say and the replies are recorded to {self._folder} "
            f"and deleted after {settings.keep_hours:g} hours"
        )
        self.sweep()
        threading.Thread(target=self._sweep_until_closed, args=(sweep_s,), daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Record no more; what was recorded stays until somebody records again."""
        self._is_closed.set()

    def keep(self, turn: int, kind: Kind, audio: Audio) -> None:
        """Write one recording; empty ones are left out."""
        if self._is_closed.is_set() or not audio.samples.size:
            return
        now = self._now()
        time = f"{now.strftime(_TIME)}.{now.microsecond // 1000:03}Z"
        path = self._folder / f"{time}-turn-{turn:04}-{kind}.wav"
        try:
            write_wav(path, audio, mode=0o600, is_durable=False)
        except AudioError as error:
            self._report_once(f"{error}; the conversation goes on without recordings")

    def sweep(self) -> None:
        """Delete the recordings that are too old; files of other names stay."""
        oldest = self._now() - self._keep
        try:
            for path, recorded in self._recordings():
                if recorded < oldest:
                    path.unlink(missing_ok=True)
        except OSError as error:
            self._report_once(f"{error.filename}: cannot be deleted ({error.strerror})")

    def _recordings(self) -> Iterator[tuple[Path, datetime]]:
        """Yield our files, with the time in their names: a copy is as old as the original."""
        for path in self._folder.iterdir():
            if match := _NAME.fullmatch(path.name):
                try:
                    yield path, datetime.strptime(match[1], _TIME).replace(tzinfo=UTC)
                except ValueError:
                    continue  # no such day

    def _sweep_until_closed(self, sweep_s: float) -> None:
        while not self._is_closed.wait(sweep_s):
            self.sweep()

    def _report_once(self, text: str) -> None:
        _LOG.debug("%s", text)
        if not self._has_reported:
            self._has_reported = True
            self._report(f"recorder.folder: {text}")


def _private_folder(path: Path) -> Path:
    """Make the folder if it lacks, and return it; raises SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise SettingsError(
            f"recorder.folder: {path}: cannot make this folder ({error.strerror})"
        ) from error
    # Not changed by us: it may be a folder that others need.
    if mode & 0o077:
        raise SettingsError(
            f"recorder.folder: {path} can be looked into by others (mode {mode:03o}); "
            f"`chmod 700` it, or name a folder that is not there yet"
        )
    return path
