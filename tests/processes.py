"""Which processes there are, and one that is watched."""

import contextlib
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

PATIENCE_S = 60  # models are loaded, on a machine that may be busy


class PythonProcess:
    """Python in a process of its own, which never outlives the block it is used in."""

    lives_s = 2 * PATIENCE_S

    def __init__(self, environment, *arguments, cwd=None):
        self.process = subprocess.Popen(
            [sys.executable, *arguments],
            env=environment,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # A test that waits for words that never come ends with the process.
        self._watchdog = threading.Timer(self.lives_s, self.process.kill)
        self._watchdog.start()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._watchdog.cancel()
        self.process.kill()
        with self.process:
            pass


def is_alive(pid):
    """Whether the process runs; one that waits to be reaped does not."""
    return _fields(Path(f"/proc/{pid}/stat"))[:1] not in ([], ["Z"])


def wait_until(is_so, seconds=PATIENCE_S):
    """Wait until something becomes so; returns whether it did."""
    end_s = time.monotonic() + seconds
    while not is_so() and time.monotonic() < end_s:
        time.sleep(0.01)
    return is_so()


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


def tree_of(pid):
    """Return the pids of a process and of all that it started."""
    return [pid, *(found for child in children_of(pid) for found in tree_of(child))]


def pss_mb(pids):
    """Return the memory of processes, MB; what they share counts once (proc(5), Pss)."""
    return _memory_mb(pids, "Pss")


def written_mb(pids):
    """Return the memory that processes have written to and share with nobody, MB.

    Unlike `pss_mb` it stays the same when another program loads the same library.
    """
    return _memory_mb(pids, "Private_Dirty")


def _memory_mb(pids, name):
    total_kb = 0
    for pid in pids:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total_kb += int(re.search(rf"^{name}: +(\d+) kB", rollup, re.MULTILINE)[1])
    return total_kb / 1000


def cpu_s(pids):
    """Return the processor time that processes have used, s; proc(5): utime and stime."""
    ticks = sum(
        int(ticks) for pid in pids for ticks in _fields(Path(f"/proc/{pid}/stat"))[11:13]
    )
    return ticks / os.sysconf("SC_CLK_TCK")
