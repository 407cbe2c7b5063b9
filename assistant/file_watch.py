"""Tells when files were saved."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Self

LOOK_S = 0.5
"""How often it is looked at each file, s."""


class FileWatch:
    """Watches files in a thread of its own, while used as a context manager."""

    def __init__(self, paths: Iterable[Path], on_saved: Callable[[Path], None]) -> None:
        """Describe it.

        Args:
            paths: the files; one that is not there is told once it is.
            on_saved: told of each that was saved, once it stays as it is; in that thread.
        """
        self._seen = {path: _state(path) for path in paths}
        self._on_saved = on_saved
        self._changing: dict[Path, tuple[int, ...]] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="file watch", daemon=True)

    def __enter__(self) -> Self:
        if self._seen:
            self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._is_over.set()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        while not self._is_over.wait(LOOK_S):
            for path in self._seen:
                if self._is_saved(path) and not self._is_over.is_set():
                    self._on_saved(path)

    def _is_saved(self, path: Path) -> bool:
        """Return whether it has changed, and has stayed so from one look to the next."""
        now = _state(path)
        if now == self._seen[path]:
            self._changing.pop(path, None)
            return False
        if not now or self._changing.get(path) != now:  # editors write in steps
            self._changing[path] = now
            return False
        self._seen[path] = now
        return True


def _state(path: Path) -> tuple[int, ...]:
    """Return what tells one version of a file from another; nothing where it is not there."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino
