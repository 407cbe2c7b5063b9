"""Where plugin processes come from: copies of one that has imported what all of them need.

Seen from the conversation; the other end is `nursery_child.py`. A copy costs half the memory of
a process that was started from scratch, and a tenth of the time.
"""

import json
import os
import select
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from assistant.child import in_spawner
from assistant.pipes import widen

FORK_DEADLINE_S = 10.0
"""Longest time until the first copy is there, s; the first waits for the imports."""

END_S = 2.0
"""Longest time until all copies have ended, s."""


class ForkedProcess:
    """A copy: as much of `subprocess.Popen` as `Child` needs."""

    def __init__(
        self,
        nursery: "Nursery",
        pid: int,
        stdin: IO[bytes],
        stdout: IO[bytes],
        stderr: IO[bytes],
    ) -> None:
        """Take the copy with this process id, and our ends of its standard streams."""
        self.pid = pid
        self.stdin, self.stdout, self.stderr = stdin, stdout, stderr
        self._nursery = nursery
        self._watching = threading.Lock()
        self._watch: int | None = os.pidfd_open(pid)  # nobody else reaps it

    def poll(self) -> int | None:
        """Return None while it runs."""
        with self._watching:
            return 1 if self._watch is None or self._has_ended(0) else None

    def wait(self) -> int:
        """Return when it has ended."""
        with self._watching:
            if self._watch is not None:
                self._has_ended(None)
                os.close(self._watch)
                self._watch = None
                self._nursery.reap(self.pid)
        return 1

    def _has_ended(self, timeout_ms: int | None) -> bool:
        assert self._watch is not None
        ended = select.poll()
        ended.register(self._watch, select.POLLIN)
        return bool(ended.poll(timeout_ms))


class Nursery:
    """Starts copies; any thread may ask. It is started when first needed, and after it died."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """Describe it.

        Args:
            environment: the variables of all copies.
        """
        self._environment = environment
        self._asking = threading.Lock()  # guards what follows
        self._process: subprocess.Popen[bytes] | None = None
        self._requests: socket.socket | None = None

    @staticmethod
    def is_possible() -> bool:
        """Return whether this system can watch a process that is not our child."""
        if sys.platform != "linux":
            return False
        try:
            os.close(os.pidfd_open(os.getpid()))
        except OSError:
            return False
        return True

    def fork(self, arguments: Sequence[str]) -> ForkedProcess:
        """Return a copy that runs `plugin_child` with these arguments.

        Raises:
            OSError: it cannot be started.
        """
        pairs = os.pipe(), os.pipe(), os.pipe()
        (its_in, our_in), (our_out, its_out), (our_err, its_err) = pairs
        theirs, ours = (its_in, its_out, its_err), (our_in, our_out, our_err)
        try:
            pid = self._forked(arguments, theirs)
        except BaseException:
            for descriptor in ours:
                os.close(descriptor)
            raise
        finally:
            for descriptor in theirs:
                os.close(descriptor)
        widen(our_in)
        files = os.fdopen(our_in, "wb"), os.fdopen(our_out, "rb"), os.fdopen(our_err, "rb")
        return ForkedProcess(self, pid, *files)

    def reap(self, pid: int) -> None:
        """Forget a copy that has ended."""
        with self._asking, suppress(OSError):
            if self._requests is not None:
                self._requests.sendall(json.dumps({"reap": pid}).encode())

    def close(self) -> None:
        """End it, and all its copies with it."""
        with self._asking:
            self._end()

    def _forked(self, arguments: Sequence[str], descriptors: Sequence[int]) -> int:
        with self._asking:
            try:
                requests = self._started()
                request = json.dumps({"fork": list(arguments)}).encode()
                socket.send_fds(requests, [request], list(descriptors))
                answer = requests.recv(1_000)
                if not answer:
                    raise OSError("the process that plugins are copied from died")
                pid = json.loads(answer)["pid"]
                assert isinstance(pid, int)
                return pid
            except OSError:
                self._end()  # the next one begins anew
                raise

    def _started(self) -> socket.socket:
        if self._requests is not None and self._process and self._process.poll() is None:
            return self._requests
        self._end()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            number = theirs.fileno()
            command = [sys.executable, "-P", "-m", "assistant.nursery_child", str(number)]
            self._process = in_spawner(
                lambda: subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env=self._environment,
                    start_new_session=True,
                    pass_fds=[number],
                )
            )
        ours.settimeout(FORK_DEADLINE_S)
        self._requests = ours
        return ours

    def _end(self) -> None:
        requests, self._requests = self._requests, None
        process, self._process = self._process, None
        if requests is not None:
            requests.close()
        if process is not None:
            try:
                process.wait(END_S)  # it ends all copies, and what these have left behind
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
