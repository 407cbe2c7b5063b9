"""Messages between parent and child, JSON objects, one a line; the child's end of the pipe."""

import contextlib
import ctypes
import fcntl
import io
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from assistant.errors import AssistantError

PIPE_BYTES = 2**20
"""What a pipe to a child holds: more than a message, and all that Linux lets a user have."""

Message = dict[str, Any]


class Pipes:
    """The child's end: messages from and to the parent."""

    def __init__(self) -> None:
        """Take stdin and stdout for the protocol; later prints go to stderr instead."""
        die_with_parent()
        self._requests = os.fdopen(os.dup(0), "rb")
        self._answers = os.fdopen(os.dup(1), "wb")
        with open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
        os.dup2(2, 1)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(line_buffering=True)  # else prints die with the process
        self._writing = threading.Lock()

    def widen(self) -> None:
        """Have the pipe to the parent hold `PIPE_BYTES`, where Linux lets us."""
        with contextlib.suppress(OSError):
            widen(self._answers.fileno())

    def __iter__(self) -> Iterator[Message]:
        """Yield the parent's messages until it closes the pipe."""
        for line in self._requests:
            yield json.loads(line)

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message to the parent."""
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        with self._writing:
            self._answers.write(line)
            self._answers.flush()


def serve(answer: Callable[[Message], Mapping[str, Any]], pipes: Pipes | None = None) -> None:
    """Answer each message of the parent with ``answer(message)`` until it closes the pipe.

    An `AssistantError` becomes ``{"error": ...}``; anything else ends the process. A copy of
    the process that ``answer`` made (`os.fork`) and that returns from it ends here: the parent
    awaits one answer.
    """
    pipes, owner = pipes or Pipes(), os.getpid()
    for message in pipes:
        try:
            answered = answer(message)
        except AssistantError as error:
            answered = {"error": str(error)}
        if os.getpid() != owner:
            os._exit(0)
        pipes.send(answered)


def die_with_parent() -> None:
    """Ask Linux to kill us when the thread that started us ends (PR_SET_PDEATHSIG = 1)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
        if os.getppid() == 1:  # it died before we asked
            os._exit(0)


def adopt_orphans() -> None:
    """Become the parent of what our children leave behind (PR_SET_CHILD_SUBREAPER = 36)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(36, 1)


def name_process(name: str) -> None:
    """Have ``ps`` and ``top`` show this name, its first 15 bytes (PR_SET_NAME = 15)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(15, name.encode())


def widen(pipe: int) -> None:
    """Have a pipe hold `PIPE_BYTES`; raises OSError where Linux does not let us."""
    if sys.platform == "linux":
        fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
