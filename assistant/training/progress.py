"""A training run on the terminal: a bar for the features, a bar for the epochs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.training.options import TrainProgress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def training_bars(
    console: "Console | None" = None,
) -> Iterator[Callable[[TrainProgress], None]]:
    """Show bars while the block runs; gives the function that `train` reports to.

    Args:
        console: Where; stderr by default. There are no bars where it is no terminal, but a
            line for each validation all the same.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    console = console or Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks = {}

        def show(progress: TrainProgress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage)
            task = tasks[progress.stage]
            bars.update(task, completed=progress.done, total=progress.total)
            if progress.uar is not None:
                measured = f"validation UAR {100 * progress.uar:.1f}"
                bars.update(task, description=f"{progress.stage}, {measured}")
                bars.console.print(
                    f"epoch {progress.done}: loss {progress.loss:.3f}, {measured}",
                    highlight=False,
                )

        yield show
