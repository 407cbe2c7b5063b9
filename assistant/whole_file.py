"""A file is written whole or stays as it was; a damaged one is put aside."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO


@contextmanager
def replacing(
    path: Path, *, draft: Path | None = None, mode: int = 0o666, durable: bool = True
) -> Iterator[BinaryIO]:
    """Open a file that takes the place of ``path`` once the ``with`` block ends well.

    Folders that lack are made. Where the block or the writing fails, ``path`` stays as it
    was and the draft is deleted; where the program is killed, the draft may be left behind.

    Args:
        path: The file to write.
        draft: What is written first, in the same folder. None for a name of this process's
            own, so that others may write the same file; a name of the caller's choice is
            found again, and overwritten, after a program that was killed.
        mode: Permissions of the new file, less the umask.
        durable: Whether it is on the disk before it takes the other's place, which takes
            some milliseconds: what is lost by a power failure is the change, never the file.

    Raises:
        OSError: it cannot be written.
    """
    draft = draft or path.with_name(f"{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        with open(descriptor, "wb") as file:
            yield file
            if durable:
                file.flush()
                os.fsync(descriptor)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # there is none once it has taken the other's place


def put_aside(path: Path) -> Path:
    """Give a damaged file another name, and return that; no earlier one is overwritten.

    Args:
        path: The file; it becomes ``NAME.damaged``, or ``NAME.damaged.1`` and so on.

    Raises:
        OSError: it cannot be renamed.
    """
    ends = itertools.chain([""], (f".{number}" for number in itertools.count(1)))
    names = (path.with_name(f"{path.name}.damaged{end}") for end in ends)
    return path.rename(next(name for name in names if not name.exists()))
