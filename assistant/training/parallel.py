"""The same function over many items in several processes, which end when their parent does.

Each uses one thread: matrices are so small here that more threads wait for each other, and
take three times as long.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import TypeVar

from assistant.errors import TrainingError

Item = TypeVar("Item")
Result = TypeVar("Result")

LEAST_ITEMS = 50
"""For each process; a process takes about a second to start."""


def in_processes(
    function: Callable[[Item], Result], items: Sequence[Item], n_processes: int | None = None
) -> Iterator[Result]:
    """Yield the function's result for each item, in order.

    Args:
        function: May be sent to another process, as may items and results.
        items: What it is called with.
        n_processes: None for one on each processor that this process may use, or fewer for
            few items; 1 for this process alone.

    Raises:
        TrainingError: a process died.
        Exception: what the function raised; items not yet begun are left.
    """
    import threadpoolctl

    usable = len(os.sched_getaffinity(0))
    n_processes = n_processes or min(usable, len(items) // LEAST_ITEMS)
    if n_processes <= 1:
        with threadpoolctl.threadpool_limits(1):
            yield from map(function, items)
        return
    # Not forked: a library's threads may hold locks that would stay locked in the child.
    pool = ProcessPoolExecutor(n_processes, get_context("spawn"), _follow_the_parent)
    try:
        yield from pool.map(function, items, chunksize=4)
    except BrokenProcessPool as error:
        raise TrainingError(
            "a process that prepares recordings died, as when memory is short; start again: "
            "what is done is kept"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _follow_the_parent() -> None:
    """Leave Ctrl-C to the parent, but do not outlive it; use one thread."""
    import threadpoolctl

    threadpoolctl.threadpool_limits(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
