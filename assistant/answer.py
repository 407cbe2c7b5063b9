"""What a plugin answers, when it need not be there as a whole."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from assistant.values import Reply


def leave() -> None:
    """Leave what follows: there is nothing."""


@dataclass(frozen=True)
class Answer:
    """A reply, or the beginning of one."""

    reply: Reply
    more: Iterator[str] = field(default_factory=lambda: iter(()))
    """What follows it, sentence by sentence, each once it is there."""
    close: Callable[[], None] = leave
    """To be called when nobody wants more of it; any thread may."""
