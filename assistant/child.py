"""Child processes for native and foreign code, which may die or hang.

Parent and child exchange JSON objects, one a line, over the child's stdin and stdout.
The child's own prints and its libraries' noise go to the debug log instead.
"""

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import IO, Any, Protocol, TypeVar

from assistant.errors import ChildError
from assistant.pipes import Message, widen

MAX_LINE_BYTES = 1_000_000
"""Longest message accepted from a child; one that sends more is killed."""

SPARE_S = 0.25
"""What an answer may be late, s, so that whoever was kept from running can read it."""

LOG_LINE_BYTES = 2_000
"""How much of one line of a child's stderr reaches the log."""

Value = TypeVar("Value")


class Process(Protocol):
    """A running child: as much of `subprocess.Popen` as is needed of one."""

    @property
    def pid(self) -> int:
        """Its process id, and that of its process group."""

    @property
    def stdin(self) -> IO[bytes] | None:
        """Our end of its stdin."""

    @property
    def stdout(self) -> IO[bytes] | None:
        """Our end of its stdout."""

    @property
    def stderr(self) -> IO[bytes] | None:
        """Our end of its stderr."""

    def poll(self) -> int | None:
        """Return None while it runs."""

    def wait(self) -> int:
        """Return when it has ended."""


class Child:
    """One child process, started when first needed and again after it died.

    Not for use by two threads at once, except `stop`, which any thread may call.
    """

    def __init__(
        self,
        module: str,
        arguments: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
        on_unasked: Callable[[Message], None] | None = None,
        spawn: Callable[[Sequence[str]], Process] | None = None,
        log: str = "",
    ) -> None:
        """Describe the child; nothing is started yet.

        Args:
            module: what ``python -m`` runs, such as ``assistant.speech_child``.
            arguments: its command line.
            environment: its variables; None passes ours on.
            on_unasked: given what comes as ``{"unasked": message}``, in the thread that reads;
                None leaves it to `receive` like any other.
            log: name of the log that its prints go to; empty for one named after the module.
            spawn: starts a process that serves with these arguments; raises OSError. None
                starts Python with the module.
        """
        self._spawn = spawn or self._run_module
        self._arguments = arguments
        self._on_unasked = on_unasked
        # -P keeps the folder we are run from out of the child's import path.
        self._command = [sys.executable, "-P", "-m", module, *arguments]
        self._environment = environment
        self._log = logging.getLogger(log or f"tonewise.{module.rpartition('.')[2]}")
        self._process: Process | None = None
        self._messages: queue.Queue[Message | ChildError] = queue.Queue()
        self._early: Message | ChildError | None = None
        """A message that was waited for and not taken yet."""

    @property
    def is_running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start the process unless it runs.

        Raises:
            ChildError: the process cannot be started.
        """
        if self.is_running:
            return
        self.stop()  # reaps one that died
        try:
            process = self._spawn(self._arguments)
        # ValueError: a NUL in an argument; RuntimeError: this program is ending.
        except (OSError, ValueError, RuntimeError) as error:
            raise ChildError(f"cannot start a child process: {error}") from error
        # A queue of its own, so that nothing a predecessor said is taken for an answer.
        messages: queue.Queue[Message | ChildError] = queue.Queue()
        assert process.stdout is not None and process.stderr is not None  # asked for above
        for target in (
            (_read_messages, process.stdout, messages, self._on_unasked),
            (_log, process.stderr, self._log),
        ):
            threading.Thread(target=target[0], args=target[1:], daemon=True).start()
        self._process, self._messages, self._early = process, messages, None

    def send(self, message: Mapping[str, Any]) -> None:
        """Send one message, starting the child if need be.

        It does not wait for the child to read it: the pipe holds one message of any
        length that is allowed.

        Raises:
            ChildError: the child cannot be started or does not take it, or the message is
                longer than `MAX_LINE_BYTES`.
        """
        line = json.dumps(message, allow_nan=False).encode() + b"\n"
        if len(line) > MAX_LINE_BYTES:
            raise ChildError(f"a message of {len(line)} bytes is too long for a child process")
        self.start()
        process = self._process
        if process is None:
            raise ChildError("the child process was stopped")
        assert process.stdin is not None  # asked for when it was spawned
        try:
            process.stdin.write(line)
            process.stdin.flush()
        except (OSError, ValueError) as error:  # ValueError: `stop` has closed it
            self.stop()
            raise ChildError("the child process died") from error

    def receive(self, deadline_s: float, waited_s: float = 0.0) -> Message:
        """Return the child's next message.

        Args:
            deadline_s: how long to wait for it, s.
            waited_s: how long it was waited for already, to be told of, s.

        Raises:
            ChildError: none came within ``deadline_s`` seconds, the child died or sent
                nonsense (it is then killed), or it reports an error (it then lives on).
        """
        try:
            message = self._next(deadline_s)
        except queue.Empty:
            self.stop()
            raise ChildError(
                f"no answer within {waited_s + deadline_s:.3g} s; stopped"
            ) from None
        if isinstance(message, ChildError):
            self.stop()
            raise message
        if "error" in message:
            raise ChildError(str(message["error"]))
        return message

    def _run_module(self, arguments: Sequence[str]) -> "Process":
        return in_spawner(lambda: _spawned(self._command, self._environment))

    def is_silent(self, for_s: float) -> bool:
        """Wait for the next message, which `receive` returns then; True if none comes."""
        if self._early is None:
            try:
                self._early = self._messages.get(timeout=for_s)
            except queue.Empty:
                return True
        return False

    def _next(self, deadline_s: float) -> Message | ChildError:
        """Return what the child says next; raises queue.Empty if that is nothing.

        Foreign code may keep all of this process's threads from running (PocketSphinx holds
        the interpreter's lock while it decodes), also the one that reads: it gets its turn.
        """
        if self._early is not None:
            early, self._early = self._early, None
            return early
        try:
            return self._messages.get(timeout=deadline_s)
        except queue.Empty:
            pass
        while True:
            begin_s = time.monotonic()
            try:
                return self._messages.get(timeout=SPARE_S)
            except queue.Empty:
                if time.monotonic() - begin_s < 2 * SPARE_S:
                    raise

    def request(self, message: Mapping[str, Any], deadline_s: float) -> Message:
        """Send one message and return the answer; raises what `send` and `receive` do."""
        self.send(message)
        return self.receive(deadline_s)

    def stop(self) -> None:
        """Kill the process and everything it started. Safe to call at any time."""
        process, self._process = self._process, None
        if process is None:
            return
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass  # gone already
        process.wait()
        assert process.stdin is not None
        try:
            process.stdin.close()
        except OSError:
            pass  # unsent bytes for a dead child
        # stdout and stderr are closed by their readers: a grandchild that fled may hold them.


def in_spawner(start: Callable[[], Value]) -> Value:
    """Return what ``start`` returns, which starts a process that is to last as long as we do.

    A child dies with the thread that started it (prctl(2), PR_SET_PDEATHSIG).
    """
    return _SPAWNER.submit(start).result()


_SPAWNER = ThreadPoolExecutor(max_workers=1, thread_name_prefix="spawner")
"""Starts all children."""


def _spawned(
    command: Sequence[str], environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
        start_new_session=True,  # a group of its own: killed whole, deaf to Ctrl-C
    )
    assert process.stdin is not None  # asked for above
    widen(process.stdin.fileno())
    return process


def _read_messages(
    pipe: IO[bytes],
    messages: "queue.Queue[Message | ChildError]",
    on_unasked: Callable[[Message], None] | None,
) -> None:
    """Queue what the child says; ends with one error, which says how the child ended."""
    try:
        with pipe:
            for line in _lines(pipe):
                message = json.loads(line)
                if not isinstance(message, dict):
                    raise ValueError("not an object")
                if on_unasked is not None and "unasked" in message:
                    on_unasked(message["unasked"])
                else:
                    messages.put(message)
        messages.put(ChildError("the child process died"))
    except (ValueError, RecursionError):
        messages.put(ChildError("the child process sent something that is not a message"))
    except OSError:
        messages.put(ChildError("the child process died"))


def _lines(pipe: IO[bytes]) -> Iterator[bytes]:
    """Yield whole lines; raises ValueError on one over `MAX_LINE_BYTES`."""
    while line := pipe.readline(MAX_LINE_BYTES + 1):
        if len(line) > MAX_LINE_BYTES:
            raise ValueError("line too long")
        if line.endswith(b"\n"):
            yield line


def _log(pipe: IO[bytes], log: logging.Logger) -> None:
    with pipe:
        while line := pipe.readline(LOG_LINE_BYTES):
            log.debug("%s", line.decode("utf-8", "replace").rstrip())
