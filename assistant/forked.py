"""Copies of a process that has loaded something large, each for one piece of work.

For use in a child process that has one thread alone: a fork copies no other.
"""

import json
import os
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from assistant.child import Message, die_with_parent
from assistant.errors import ChildError


class Copy:
    """This process once more, as it is now, doing one piece of work.

    Linux copies memory only where one of the two writes to it. What the copy does to a
    library's state, and whether it survives that, is nothing to us.
    """

    def __init__(self, work: Callable[[Iterable[Message]], Mapping[str, object]]) -> None:
        """Start it.

        Args:
            work: called in the copy with the messages that we `send`; returns the `answer`.
        """
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        self._pid = os.fork()
        if self._pid == 0:
            try:
                die_with_parent()
                os.close(self._requests)  # or it would never see the end of our messages
                _write(answers, work(_read(requests)))
            finally:
                os._exit(0)  # whatever happened: nothing of ours is done twice
        os.close(requests)
        os.close(answers)

    def send(self, message: Mapping[str, object]) -> None:
        """Pass a message on; where the copy has died that is told by `answer`."""
        with suppress(BrokenPipeError):
            _write(self._requests, message)

    def answer(self) -> Message:
        """Return what the work came to, and end the copy; waits for it.

        Raises:
            ChildError: it died.
        """
        try:
            return next(iter(_read(self._answers)))
        except StopIteration:
            raise ChildError("the recogniser died over this utterance") from None
        finally:
            self.stop()

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
