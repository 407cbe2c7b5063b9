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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0 fine, 1 failed, 2 wrong usage."""
    options = parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.debug else logging.ERROR,
        format="%(name)s: %(message)s",
        stream=sys.stderr,
    )
    signal.signal(signal.SIGTERM, _interrupt)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no bars gets ?
    command = importlib.import_module(f"assistant.cli.{options.module}")
    try:
        status: int = command.run(options)
        sys.stdout.flush()
        return status
    except AssistantError as error:
        print_note(str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_FINE  # how a conversation ends; stages were closed on the way here
    except BrokenPipeError:  # the reader of a pipe has gone, as in `tonewise ... | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Let SIGTERM end a conversation as Ctrl-C does, closing what is open."""
    raise KeyboardInterrupt
