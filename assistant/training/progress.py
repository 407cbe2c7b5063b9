"""A training run on the terminal: a bar for the features, a bar for the epochs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from assistant.training.train import TrainProgress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def training_bars(
    console: "Console | None" = None,
) -> Iterator[Callable[[TrainProgress], None]]:
    """Show bars while the block runs; gives the function that `train` reports to."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(*columns, console=console) as bars:
        tasks = {}

        def show(progress: TrainProgress) -> None:
            if progress.stage not in tasks:
                tasks[progress.stage] = bars.add_task(progress.stage)
            bars.update(tasks[progress.stage], completed=progress.done, total=progress.total)
            if progress.uar is not None:
                bars.console.print(
                    f"epoch {progress.done}: loss {progress.loss:.3f}, "
                    f"validation UAR {100 * progress.uar:.1f}"
                )

        yield show
