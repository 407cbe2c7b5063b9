"""Copies of a process that has loaded something large, each for one piece of work.

For use in a child process that has one thread alone: a fork copies no other.
"""

import json
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from assistant.errors import ChildError
from assistant.pipes import Message, die_with_parent

PIECE_BYTES = 65_536
"""Read at once of an answer, which is mostly far shorter."""

Work = Callable[[Iterable[Message]], Iterable[Mapping[str, object]]]
"""From messages to answers, each better than the one before it."""


class Copy:
    """This process once more, as it is now, doing one piece of work.

    Linux copies memory only where one of the two writes to it. What the copy does to a
    library's state, and whether it survives that, is nothing to us.
    """

    def __init__(self, work: Work) -> None:
        """Start it; ``work`` is called in the copy with the messages that we `send`."""
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                die_with_parent()
                os.close(self._requests)  # or it would never see the end of our messages
                for answer in work(_read(requests)):
                    _write(answers, answer)
            finally:
                os._exit(0)  # whatever happened: nothing of ours is done twice
        os.close(requests)
        os.close(answers)

    def send(self, message: Mapping[str, object]) -> None:
        """Pass a message on; where the copy has died that is told by `answer`."""
        with suppress(BrokenPipeError):
            _write(self._requests, message)

    def answer(self, until_s: float | None = None) -> Message:
        """Return the last answer that there is, and end the copy.

        Args:
            until_s: the first answer is waited for; better ones until then, on
                `time.monotonic`, or as long as it takes.

        Raises:
            ChildError: it died without any.
        """
        received = b""
        try:
            while self._has_more(until_s if b"\n" in received else None):
                if not (piece := os.read(self._answers, PIECE_BYTES)):
                    break
                received += piece
        finally:
            self.stop()
        *answers, _ = received.split(b"\n")
        if not answers:
            raise ChildError("the recogniser died over this utterance")
        last: Message = json.loads(answers[-1])
        return last

    def _has_more(self, until_s: float | None) -> bool:
        """Wait until there is something to read, or the end of it."""
        ready = select.poll()
        ready.register(self._answers, select.POLLIN)
        if until_s is None:
            return bool(ready.poll())
        return bool(ready.poll(max(0, 1000 * (until_s - time.monotonic()))))

    def stop(self) -> None:
        """Kill it."""
        os.kill(self._pid, signal.SIGKILL)  # one that has ended waits to be reaped
        os.waitpid(self._pid, 0)
        os.close(self._requests)
        os.close(self._answers)


def _read(pipe: int) -> Iterator[Message]:
    with os.fdopen(pipe, "rb", closefd=False) as file:
        for line in file:
            if line.endswith(b"\n"):  # else its writer died over it
                yield json.loads(line)


def _write(pipe: int, message: Mapping[str, object]) -> None:
    with os.fdopen(pipe, "wb", closefd=False) as file:
        file.write(json.dumps(message).encode() + b"\n")
