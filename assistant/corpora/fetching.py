"""One published file to disk: continued where it was cut, checked before it gets its name.

While it comes it is ``NAME.part``; ``NAME.part.version`` holds what the server calls its
version, so that nothing else is appended (If-Range: RFC 9110, section 13.1.5).
"""

import hashlib
import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from assistant.corpora.web import (
    InterruptedTransferError,
    RangeRefusedError,
    chunks,
    opened,
    retried,
)
from assistant.errors import CorpusError

_PARTIAL_CONTENT = 206


@dataclass(frozen=True)
class RemoteFile:
    """One file as its publisher describes it."""

    address: str
    name: str
    """Its path below the folder of the corpus, with ``/``."""
    size: int
    """Bytes."""
    checksum: str
    """Algorithm and hexadecimal digits, such as ``md5:bc69...``."""


def fetch(
    file: RemoteFile,
    folder: Path,
    report: Callable[[int], None] = lambda n_bytes: None,
    wait: Callable[[float], object] = time.sleep,
) -> bool:
    """Bring one file into a folder; what is there whole is not fetched again.

    Args:
        file: What to fetch.
        folder: The folder of the corpus; made where it is missing.
        report: Gets how many of the file's bytes are there, often. What it raises ends the
            transfer; the next call continues it.
        wait: Called with the seconds to wait before another try.

    Returns:
        Whether it was fetched: False if it was there.

    Raises:
        CorpusError: the address does not give this file, its checksum differs, it cannot be
            written, or something else has its name.
    """
    target = folder / file.name
    part = _Part(target)
    try:
        if target.exists():
            if not _is_as_published(target, file):
                raise CorpusError(f"{target} is not the published file; move it away")
            report(file.size)
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        if part.n_bytes == file.size:
            report(file.size)
        else:
            retried(lambda: _transfer(file, part, report), wait)
        if not _is_as_published(part.path, file):
            part.drop()
            raise CorpusError(
                f"{file.address} gave a file without its checksum, {file.checksum}; "
                "what came was removed"
            )
        part.path.replace(target)
        part.version.unlink(missing_ok=True)
    except OSError as error:
        raise CorpusError(
            f"{part.path} cannot be written ({error.strerror}); free space or choose another "
            "folder"
        ) from error
    return True


class _Part:
    """What has come of a file so far, and what its server called that version of it."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self.version = target.with_name(f"{target.name}.part.version")

    @property
    def n_bytes(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    def headers(self, size: int) -> dict[str, str]:
        """Return what asks for the rest of ``size`` bytes; nothing, to ask for all of them."""
        if not 0 < self.n_bytes < size or not self.version.exists():
            return {}
        version = self.version.read_text("latin-1")
        return {"Range": f"bytes={self.n_bytes}-", "If-Range": version}

    def begin(self, response: http.client.HTTPResponse) -> None:
        """Drop what has come, and note the version that comes now."""
        self.drop()
        self.path.touch()
        version = response.headers.get("ETag", "")
        if not version or version.startswith("W/"):  # weak: not surely the same bytes
            version = response.headers.get("Last-Modified", "")
        if version:
            self.version.write_text(version, "latin-1")

    def drop(self) -> None:
        self.version.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


def _transfer(file: RemoteFile, part: _Part, report: Callable[[int], None]) -> None:
    """Bring the part to its full size, from where it is if the server can."""
    try:
        response = opened(file.address, part.headers(file.size))
    except RangeRefusedError:
        part.drop()
        raise
    with response:
        if response.status != _PARTIAL_CONTENT:
            part.begin(response)
        elif not response.headers.get("Content-Range", "").startswith(f"bytes {part.n_bytes}-"):
            part.drop()
            raise InterruptedTransferError(f"{file.address} gave another part than asked for")
        offered = part.n_bytes + (response.length or 0)
        if response.length is not None and offered != file.size:
            raise CorpusError(
                f"{file.address} gives {offered} bytes; published are {file.size}"
            )
        _append(part.path, response, report)
    if part.n_bytes < file.size:
        raise InterruptedTransferError(
            f"{file.address} ended after {part.n_bytes} of {file.size} bytes"
        )


def _append(
    path: Path, response: http.client.HTTPResponse, report: Callable[[int], None]
) -> None:
    with path.open("ab") as out:
        report(out.tell())
        for chunk in chunks(response):
            out.write(chunk)
            out.flush()  # what is reported is there, whatever happens next
            report(out.tell())


def _is_as_published(path: Path, file: RemoteFile) -> bool:
    algorithm, _, digits = file.checksum.partition(":")
    try:
        digest = hashlib.new(algorithm, usedforsecurity=False)
    except ValueError as error:
        raise CorpusError(f"{file.name} has a checksum of unknown kind, {algorithm}") from error
    with path.open("rb") as content:
        return hashlib.file_digest(content, lambda: digest).hexdigest() == digits.lower()
