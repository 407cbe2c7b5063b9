"""Results side by side, as Markdown for the model card.

``python -m assistant.training.tables models/results/*.json``
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import TrainingError
from assistant.training.program import status_of
from assistant.training.results import Results
from assistant.training.results_file import read_results

COLUMNS = {"uar": "UAR", "uar_present": "UAR of the labels present", "accuracy": "accuracy"}
"""Scores that the table shows, and what it calls them; the second where labels are absent."""

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
    return f"{100 * summary[score]['mean']:.1f}{note}" if score in summary else ABSENT


def main(arguments: Sequence[str]) -> int:
    """Print the table of some results files; return the exit status."""
    if not arguments:
        print("usage: python -m assistant.training.tables RESULTS.json ...", file=sys.stderr)
        return 2

    def work() -> None:
        print(side_by_side([read_results(Path(argument)) for argument in arguments]), end="")

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
