"""What the small programs of training have in common: an error is one line, and a status."""

import sys
from collections.abc import Callable

from assistant.errors import AssistantError


def status_of(work: Callable[[], object]) -> int:
    """Do some work and return the exit status: 0, or 1 once an error is printed."""
    try:
        work()
    except AssistantError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
