"""The events of conversations in a file, one JSON object a line, for whoever looks later."""

import json
import logging
import os
import stat
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Self

from assistant.events import Event, event_fields
from assistant.settings import LogSettings


class EventLog:
    """Writes events as they happen; several threads may note them.

    A line holds ``time`` (ISO 8601, UTC, to the millisecond) and what
    ``tonewise run --json`` prints. The file is the owner's alone (mode 0600). Once it would
    grow over ``max_bytes`` it becomes FILE.1, that FILE.2, and so on to ``n_files`` in all.
    A file that cannot be written is reported once and costs the lines that it would have
    held; each event tries again.
    """

    def __init__(
        self,
        settings: LogSettings,
        report: Callable[[str], None],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Name the file; it is opened with the first event.

        Args:
            settings: ``file`` is not empty; ``~`` in it is the home folder.
            report: told, in one line, if the file cannot be written.
            now: the time of an event, in UTC.
        """
        self._now = now
        self._handler = _Handler(settings, report)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._handler.close()

    def note(self, event: Event) -> None:
        """Write one event."""
        time = self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = json.dumps({"time": time, **event_fields(event)}, allow_nan=False)
        self._handler.handle(logging.makeLogRecord({"msg": line}))


class _Handler(RotatingFileHandler):
    """The standard library's, for a private file on a disk that may be full."""

    def __init__(self, settings: LogSettings, report: Callable[[str], None]) -> None:
        super().__init__(
            Path(settings.file).expanduser(),
            maxBytes=settings.max_bytes,
            backupCount=settings.n_files - 1,
            encoding="utf-8",
            delay=True,
        )
        self._report = report
        self._has_reported = False

    def _open(self) -> TextIOWrapper:
        """Open the file for its owner alone, at the beginning of a line."""
        path = Path(self.baseFilename)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        file = os.fdopen(descriptor, "a", encoding="utf-8")
        try:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode):
                os.fchmod(descriptor, 0o600)
                # A disk that was full, or a power failure, has left half a line.
                if found.st_size and os.pread(descriptor, 1, found.st_size - 1) != b"\n":
                    file.write("\n")
        except BaseException:
            file.close()
            raise
        return file

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's
        """Report what went wrong, once, and begin again with the next event."""
        error = sys.exc_info()[1]
        if self.stream is not None:
            stream, self.stream = self.stream, None
            try:
                stream.close()
            except OSError:
                pass  # it tries to write what it could not write before
        if not self._has_reported:
            self._has_reported = True
            reason = error.strerror if isinstance(error, OSError) else error
            self._report(
                f"log.file: {self.baseFilename} cannot be written ({reason}); "
                "the conversation goes on without it"
            )
