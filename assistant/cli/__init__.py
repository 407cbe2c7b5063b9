"""The command line, ``tonewise``: what it takes, and where each command is.

Commands are imported when they are called, so that ``--help`` stays quick.
"""

import importlib
import io
import logging
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from assistant.cli.notes import print_note
from assistant.cli.parser import parser
from assistant.errors import AssistantError

EXIT_FINE, EXIT_FAILED = 0, 1  # argparse exits with 2 for a wrong command line
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What ends a command: Ctrl-C, a polite kill, a closed terminal."""

EXIT_INTERRUPTED = 130  # 128 + SIGINT, as shells report it


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 fine, 1 failed, 2 wrong usage."""
    _open_streams()
    # Before NumPy is imported: OpenBLAS's threads wait for each other longer than they work.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.debug else logging.ERROR,
        format="%(name)s: %(message)s",
        stream=sys.stderr,
    )
    for number in ENDING:
        signal.signal(number, _interrupt)
    try:
        command = importlib.import_module(f"assistant.cli.{options.module}")
        status: int = command.run(options)
        sys.stdout.flush()
        return status
    except AssistantError as error:
        print_note(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    except OSError as error:  # stages map theirs: this one is stdout's
        # What is still to be written must not be tried again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):  # a reader that has seen enough
            print_note(f"cannot print the result: {error.strerror}")
        return EXIT_FAILED


def _open_streams() -> None:
    """Make the standard streams usable: present, and without errors of encoding."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # closed by whoever started us
            # It stays open as long as we run, as the stream would have.
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
        stream = getattr(sys, name)
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no bars gets ?


def _interrupt(number: int, frame: FrameType | None) -> None:
    """End once: what is open is closed on the way out, and that is not interrupted."""
    for each in ENDING:
        signal.signal(each, _ignore)
    raise KeyboardInterrupt


def _ignore(number: int, frame: FrameType | None) -> None:
    """Do nothing. SIG_IGN would make Python print a signal that is on its way."""
