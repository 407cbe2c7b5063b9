"""What the commands' parsers share. Imports nothing heavy."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

EPILOG = (
    "Exit status: 0 fine, 1 something failed (one line on stderr says what), 2 wrong usage."
)

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def add_command(
    commands: "Commands", name: str, about: str, module: str | None = None
) -> argparse.ArgumentParser:
    """Add a command with the flags that all commands have."""
    command = commands.add_parser(name, help=about, description=about, epilog=EPILOG)
    command.set_defaults(module=module or name)
    command.add_argument(
        "--settings", type=Path, metavar="FILE", help="settings file to use instead of yours"
    )
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change one setting for this call; `tonewise settings` lists them",
    )
    command.add_argument("--debug", action="store_true", help="log what happens to stderr")
    return command


def add_json_flag(command: argparse.ArgumentParser, about: str) -> None:
    """Add the flag for programs."""
    command.add_argument("--json", action="store_true", help=about)


def count(text: str) -> int:
    """Return a number from 1, as an argument's type."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a number from 1, got {text!r}")
    return int(text)


def share(text: str) -> float:
    """Return a number from 0 to 1, as an argument's type."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 1, got {text!r}")
    return number
