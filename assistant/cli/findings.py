"""What ``tonewise doctor`` finds of one thing."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from assistant.errors import AssistantError

State = Literal["fine", "missing", "broken"]


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
