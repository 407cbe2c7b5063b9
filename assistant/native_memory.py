"""How the C library of this process keeps memory that was given back to it."""

import ctypes
from contextlib import suppress

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # glibc's malloc.h, mallopt(3)

LARGE_BYTES = 128 * 1024
"""glibc's own threshold, which it raises as soon as something larger is freed."""


def give_back_large() -> None:
    """Have large pieces go back to the system at once, in a program that runs for days.

    Kept for later they lie scattered: after 60 turns of a conversation 6 MB more were held;
    with this it was 0.7 MB after 33 (`tests/soak.py`). Elsewhere than in glibc it does nothing.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_MMAP_THRESHOLD, LARGE_BYTES)
        mallopt(M_ARENA_MAX, 2)
