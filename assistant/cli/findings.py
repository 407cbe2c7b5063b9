"""What a check finds of one thing: ``tonewise doctor``, ``tonewise plugins check``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from rich.console import Console
from rich.text import Text

from assistant.cli.notes import printable
from assistant.errors import AssistantError

State = Literal["fine", "missing", "broken"]

STYLES: dict[State, str] = {"fine": "green", "missing": "yellow", "broken": "bold red"}


@dataclass(frozen=True)
class Finding:
    """One thing that was checked."""

    name: str
    state: State
    """``missing`` things are not needed for everything; ``broken`` ones are."""
    detail: str
    """What was found, and what to do about it where it is not fine."""


def tried(name: str, check: Callable[[], str]) -> Finding:
    """Return what ``check`` says, or that it is broken where that raises an AssistantError."""
    try:
        return Finding(name, "fine", check())
    except AssistantError as error:
        return Finding(name, "broken", str(error))


def show(finding: Finding) -> None:
    """Print it as a line."""
    line = f"{printable(finding.name):<20} {printable(finding.detail)}"
    text = Text(f"{finding.state:<8}", STYLES[finding.state]).append(line, "")
    Console(highlight=False).print(text, soft_wrap=True)
