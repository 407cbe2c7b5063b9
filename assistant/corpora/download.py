"""A published corpus to a folder: fetched, checked and unpacked."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue

from assistant.corpora.fetching import RemoteFile, fetch
from assistant.corpora.publications import Publication, published_files
from assistant.corpora.unpacking import unpack
from assistant.errors import CorpusError

AT_ONCE = 4
"""Files that are fetched at the same time: TESS has 2800, and each costs a round trip."""

THREADS = "tonewise-download"
"""Name of each thread that fetches."""

_PATIENCE_S = 0.5  # with each thread that should end


@dataclass(frozen=True)
class DownloadProgress:
    """How far a download is."""

    stage: str
    """``downloading``, in bytes, or ``unpacking ...``, in files."""
    done: int
    total: int


def download(
    publication: Publication,
    folder: Path,
    report: Callable[[DownloadProgress], None] = lambda progress: None,
) -> int:
    """Bring a corpus into a folder; what is there is not fetched again.

    An interrupted download goes on in the next call. Archives are unpacked, each into a
    folder of its name, and removed if they were fetched here, in this call or in one that
    was stopped.

    Args:
        publication: What to download.
        folder: Where to; made where it is missing.
        report: Gets the progress, from several threads.

    Returns:
        The number of files fetched, with the archives of a stopped call that were unpacked
        now; 0 if all were there.

    Raises:
        CorpusError: the publisher does not give the files as published, or they cannot be
            written; the message says where to find them by hand.
    """
    try:
        listed = published_files(publication)
        files = [file for file in listed if not _unpacked(file, folder).is_dir()]
        fetched = _Transfers(files, folder, report).run()
    except CorpusError as error:
        raise CorpusError(
            f"{error}; run it again to go on, or get the files from {publication.page} "
            f"and put them into {folder}"
        ) from error
    new = fetched.union(file for file in files if _mark(file, folder).exists())
    for file in filter(_is_archive, listed):
        if file in files:
            _unpack(file, folder, report)
        _remove(file, folder)
    return len(new)


def _unpack(file: RemoteFile, folder: Path, report: Callable[[DownloadProgress], None]) -> None:
    def count(done: int, total: int) -> None:
        report(DownloadProgress(f"unpacking {file.name}", done, total))

    unpack(folder / file.name, _unpacked(file, folder), count)


def _unpacked(file: RemoteFile, folder: Path) -> Path:
    """Return where an archive is unpacked; for any other file, itself."""
    return folder / file.name.removesuffix(".zip")


def _is_archive(file: RemoteFile) -> bool:
    return file.name.endswith(".zip")


def _mark(file: RemoteFile, folder: Path) -> Path:
    """Return the hidden file that is beside an archive from its fetching to its removal."""
    archive = folder / file.name
    return archive.with_name(f".{archive.name}.fetched")


def _remove(file: RemoteFile, folder: Path) -> None:
    """Remove an archive and its mark; without one it is a person's own and stays."""
    archive, mark = folder / file.name, _mark(file, folder)
    try:
        if mark.exists():
            archive.unlink(missing_ok=True)
            mark.unlink()
    except OSError as error:
        raise CorpusError(
            f"{archive} cannot be removed ({error.strerror}); it is unpacked, remove it"
        ) from error


def _fetch_and_mark(
    file: RemoteFile,
    folder: Path,
    report: Callable[[int], None],
    wait: Callable[[float], object],
) -> bool:
    """Fetch a file, and mark an archive that came as ours; returns whether it came."""
    was_fetched = fetch(file, folder, report, wait)
    mark = _mark(file, folder)
    if was_fetched and _is_archive(file):
        try:
            mark.touch()
        except OSError as error:
            raise CorpusError(f"{mark} cannot be written ({error.strerror})") from error
    return was_fetched


class _Transfers:
    """Fetches several files at a time, in threads that end with the program.

    A pool of threads would wait for a dead connection when a person presses Ctrl-C.
    """

    def __init__(
        self,
        files: Sequence[RemoteFile],
        folder: Path,
        report: Callable[[DownloadProgress], None],
    ) -> None:
        self._files = files
        self._folder = folder
        self._report = report
        self._waiting: SimpleQueue[RemoteFile] = SimpleQueue()
        self._results: SimpleQueue[tuple[RemoteFile, bool] | BaseException] = SimpleQueue()
        self._stopped = threading.Event()
        self._counting = threading.Lock()
        self._n_bytes = dict.fromkeys(files, 0)
        self._sum, self._total = 0, sum(file.size for file in files)

    def run(self) -> frozenset[RemoteFile]:
        """Return the files that were not there; the first error or Ctrl-C stops all."""
        for file in self._files:
            self._waiting.put(file)
        threads = [
            threading.Thread(None, self._work, THREADS, daemon=True) for _ in range(AT_ONCE)
        ]
        for thread in threads:
            thread.start()
        fetched = set()
        try:
            for _ in self._files:
                result = self._results.get()
                if isinstance(result, BaseException):
                    raise result
                file, was_fetched = result
                if was_fetched:
                    fetched.add(file)
        finally:
            self._stopped.set()
            for thread in threads:
                thread.join(_PATIENCE_S)
        return frozenset(fetched)

    def _work(self) -> None:
        """Fetch one file after the other until none is left or one fails."""
        try:
            while True:
                file = self._waiting.get_nowait()
                count = partial(self._count, file)
                was_fetched = _fetch_and_mark(file, self._folder, count, self._pause)
                self._results.put((file, was_fetched))
        except Empty:
            pass
        except BaseException as error:  # raised again by who waits for the results
            self._results.put(error)

    def _pause(self, pause_s: float) -> None:
        if self._stopped.wait(pause_s):
            raise _StoppedError

    def _count(self, file: RemoteFile, n_bytes: int) -> None:
        if self._stopped.is_set():
            raise _StoppedError
        with self._counting:
            self._sum += n_bytes - self._n_bytes[file]
            self._n_bytes[file] = n_bytes
            self._report(DownloadProgress("downloading", self._sum, self._total))


class _StoppedError(Exception):
    """Ends a transfer, because another one failed or a person wants no more."""
