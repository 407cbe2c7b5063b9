"""``tonewise crossval``: train and score a system on the folds of a protocol."""

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.cli.extras import check_installed
from assistant.cli.notes import printable
from assistant.cli.score_tables import show_gains
from assistant.errors import TrainingError

if TYPE_CHECKING:
    from assistant.training.crossval import CrossvalProgress
    from assistant.training.results import Results

COLUMNS = {
    "uar": "UAR",
    "uar_present": "UAR, present",
    "accuracy": "accuracy",
    "macro_f1": "macro F1",
    "float_uar": "float UAR",
    "ece": "ECE",
    "coverage": "certain",
    "precision_certain": "right then",
}
"""Scores that are shown where there are any, and what they are called."""


def run(options: argparse.Namespace) -> int:
    """Run the folds that are not there yet, and print all; returns 0.

    Raises:
        TrainingError: the extra is not installed, or the data or the results cannot be used.
    """
    from assistant.scoring.description import add_score
    from assistant.training.crossval import SYSTEMS, CrossvalOptions, crossval
    from assistant.training.network_system import NetworkSystem

    system = SYSTEMS[options.system]
    if isinstance(system, NetworkSystem):
        system = replace(system, encoder=options.encoder)
    check_installed("this system", *system.needs)
    description = options.write / "emotion.json" if options.write else None
    if description and not description.is_file():
        raise TrainingError(f"{description} is not there: name the folder of a model")
    out = options.out or Path("models", "results", f"{system.name}-{options.protocol}.json")
    chosen = {"folds": options.folds, "seeds": options.seeds, "cache": options.cache}
    given = {name: value for name, value in chosen.items() if value is not None}
    wanted = CrossvalOptions(options.data, options.protocol, out, **given)
    with _bars() as report:
        results = crossval(wanted, system, report)
    show(results)
    print(out)
    if description:
        add_score(description, options.protocol, results.for_description())
    return 0


@contextmanager
def _bars() -> Iterator[Callable[["CrossvalProgress"], None]]:
    """Show a bar for the folds and one for the stage; gives what to report to."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    console = Console(stderr=True)
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bars:
        folds, stage = bars.add_task("folds"), bars.add_task("", total=None)

        def show(progress: "CrossvalProgress") -> None:
            if (found := progress.result) is not None:
                bars.console.print(
                    f"fold {found.fold}, seed {found.seed}: UAR {100 * found.uar:.1f}, "
                    f"accuracy {100 * found.accuracy:.1f}"
                )
            n_done = progress.run - (progress.result is None)
            bars.update(folds, completed=n_done, total=progress.n_runs)
            about = f"fold {progress.fold}, seed {progress.seed}: {progress.stage}"
            if bars.tasks[stage].description != about:  # another stage takes another time
                bars.reset(stage, description=about)
            bars.update(stage, completed=progress.done, total=progress.total)

        yield show


def show(results: "Results") -> None:
    """Print a row for each fold and seed, and the mean; confidence is of all clips together."""
    from rich.console import Console
    from rich.table import Table

    overall = {name: found["mean"] for name, found in results.summary().items()}
    overall |= results.pooled()
    if overall.get("uar_present") == overall.get("uar"):  # no label is absent
        overall.pop("uar_present", None)
    scores = {name: called for name, called in COLUMNS.items() if name in overall}
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    for name in ("fold", "seed", "tested", "clips"):
        table.add_column(name, justify="left" if name == "tested" else "right")
    for called in scores.values():
        table.add_column(called, justify="right")
    for done in results.folds:
        found = [getattr(done, name) for name in scores]
        shares = [_percent(share) for share in found]
        about = [str(done.fold), str(done.seed), printable(done.about), str(done.n)]
        table.add_row(*about, *shares)
    means = [_percent(overall[name]) for name in scores]
    n_done, n_runs = len(results.folds), results.n_runs
    lacking = "" if n_done == n_runs else f"{n_done} of {n_runs} folds"
    table.add_row("mean", "", lacking, "", *means, style="bold")
    console = Console(highlight=False)
    console.print(f"{results.system}, {results.protocol}: percent", style="bold")
    console.print(table)
    show_gains(console, results.gains())


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
