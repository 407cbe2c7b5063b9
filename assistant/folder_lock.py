"""One program at a time changes the files of a folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other programs that lock the folder waiting until the ``with`` block ends.

    The lock is the folder's own, so that nothing is left behind, even by a program that was
    killed.

    Raises:
        OSError: the folder is not there or cannot be read.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
