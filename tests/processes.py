"""Which processes there are."""

import time
from pathlib import Path


def is_alive(pid):
    """Whether the process runs; one that waits to be reaped does not."""
    return _fields(Path(f"/proc/{pid}/stat"))[:1] not in ([], ["Z"])


def wait_until_gone(pid, seconds=5.0):
    """Wait for the process to end; returns whether it did."""
    end_s = time.monotonic() + seconds
    while is_alive(pid) and time.monotonic() < end_s:
        time.sleep(0.02)
    return not is_alive(pid)


def children_of(pid):
    """Return the pids of the children of a process."""
    return [int(path.parent.name) for path in Path("/proc").glob("[0-9]*/stat")
            if _fields(path)[1:2] == [str(pid)]]  # fmt: skip


def _fields(path):
    """Return what follows the name in /proc/PID/stat: state, parent, ...; proc(5)."""
    try:
        return path.read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
