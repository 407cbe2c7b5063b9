"""Keeps what a native library prints by itself out of the person's sight."""

import logging
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

_LOG = logging.getLogger("tonewise.native")


@contextmanager
def native_noise_logged() -> Iterator[None]:
    """Send what is written to file descriptor 2 inside the block to the debug log.

    It acts on the whole process, so the block should be short. Errors that Python raises
    are not touched.
    """
    with tempfile.TemporaryFile() as noise:
        stderr = os.dup(2)
        os.dup2(noise.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            noise.seek(0)
            for line in noise:
                _LOG.debug("%s", line.decode("utf-8", "replace").rstrip())
