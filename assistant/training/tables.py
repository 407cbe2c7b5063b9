"""Results as Markdown for the model card: systems side by side, or one fold by fold.

``python -m assistant.training.tables models/results/*.json``
``python -m assistant.training.tables --folds models/results/tonewise-unseen-6.json``
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean

from assistant.errors import TrainingError
from assistant.training.program import status_of
from assistant.training.results import Results
from assistant.training.results_file import read_results

COLUMNS = {"uar": "UAR", "uar_present": "UAR of the labels present", "accuracy": "accuracy"}
"""Scores that the table shows, and what it calls them; the second where labels are absent."""

FOLD_COLUMNS = {
    "uar": "UAR",
    "float_uar": "float UAR",
    "accuracy": "accuracy",
    "ece": "ECE",
    "coverage": "certain",
    "precision_certain": "right",
}
"""Scores of each fold of one system, and what the table calls them."""

ABSENT = "–"


def side_by_side(found: Sequence[Results]) -> str:
    """Return a Markdown table: a row for each system, `COLUMNS` for each protocol.

    Both stand in the order in which they are first found. Shares are in percent, means over
    folds and seeds; a mean over fewer folds than the protocol has says so.

    Raises:
        TrainingError: two results are of the same system and protocol.
    """
    protocols = list(dict.fromkeys(each.protocol for each in found))
    columns = [(name, score) for name in protocols for score in _scores(found, name)]
    header = ["system", *(f"{name} {COLUMNS[score]}" for name, score in columns)]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    by_place: dict[tuple[str, str], Results] = {}
    for each in found:
        if by_place.setdefault((each.system, each.protocol), each) is not each:
            raise TrainingError(
                f"two files have results of {each.system} in {each.protocol}; name one of them"
            )
    for system in dict.fromkeys(each.system for each in found):
        cells = [_cell(by_place.get((system, name)), score) for name, score in columns]
        rows.append([system, *cells])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows) + "\n"


def _scores(found: Sequence[Results], protocol: str) -> list[str]:
    """Return which of `COLUMNS` a protocol has: the labels present are mostly all labels."""
    means = [each.summary() for each in found if each.protocol == protocol and each.folds]
    if any(each["uar_present"] != each["uar"] for each in means if "uar_present" in each):
        return [*COLUMNS]
    return [score for score in COLUMNS if score != "uar_present"]


def _cell(results: Results | None, score: str) -> str:
    if results is None or not results.folds:
        return ABSENT
    n_done, n_runs = len(results.folds), results.n_runs
    note = "" if n_done == n_runs else f" ({n_done} of {n_runs} folds)"
    summary = results.summary()
    return f"{_percent(summary[score]['mean'])}{note}" if score in summary else ABSENT


def fold_by_fold(found: Results) -> str:
    """Return a Markdown table: a row for each fold, then the mean.

    Shares are in percent, means over the seeds; with several seeds a column tells the UAR of
    each. Calibration error and certainty in the last row are those of all clips together.

    Raises:
        TrainingError: there are no folds.
    """
    if not found.folds:
        raise TrainingError("no fold is done; run `tonewise crossval` first")
    seeds = sorted({done.seed for done in found.folds})
    by_seed = [f"UAR of seeds {', '.join(map(str, seeds))}"] if len(seeds) > 1 else []
    called = list(FOLD_COLUMNS.values())
    header = ["fold", "tested", "clips", called[0], *by_seed, *called[1:]]
    rows = [header, ["---", "---", *["---:"] * (len(header) - 2)]]
    for number in sorted({done.fold for done in found.folds}):
        runs = [done for done in found.folds if done.fold == number]
        shares = [_mean([getattr(done, name) for done in runs]) for name in FOLD_COLUMNS]
        each = [", ".join(_percent(done.uar) for done in runs)] if by_seed else []
        rows.append([str(number), runs[0].about, str(runs[0].n), shares[0], *each, *shares[1:]])
    means = {name: share["mean"] for name, share in found.summary().items()} | found.pooled()
    shares = [_percent(means.get(name)) for name in FOLD_COLUMNS]
    of_seeds = [
        _mean([done.uar for done in found.folds if done.seed == seed]) for seed in seeds
    ]
    n = sum(done.n for done in found.folds if done.seed == seeds[0])
    each = [", ".join(of_seeds)] if by_seed else []
    about = "**mean**; ECE and certainty of all clips"
    rows.append([about, "", str(n), f"**{shares[0]}**", *each, *shares[1:]])
    return "\n".join(f"| {' | '.join(row)} |".replace("|  |", "| |") for row in rows) + "\n"


def _mean(shares: Sequence[float | None]) -> str:
    """Return the mean of those that are known, in percent."""
    known = [share for share in shares if share is not None]
    return _percent(fmean(known)) if known else ABSENT


def _percent(share: float | None) -> str:
    return ABSENT if share is None else f"{100 * share:.1f}"


def main(arguments: Sequence[str]) -> int:
    """Print the table of some results files; return the exit status."""
    by_fold, paths = arguments[:1] == ["--folds"], [*arguments]
    if by_fold:
        del paths[0]
    if not paths or (by_fold and len(paths) > 1):
        print(
            "usage: python -m assistant.training.tables RESULTS.json ...\n"
            "       python -m assistant.training.tables --folds RESULTS.json",
            file=sys.stderr,
        )
        return 2

    def work() -> None:
        found = [read_results(Path(path)) for path in paths]
        print(fold_by_fold(found[0]) if by_fold else side_by_side(found), end="")

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
