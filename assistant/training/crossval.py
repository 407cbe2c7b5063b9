"""Cross-validation: a system is trained and scored on each fold of a protocol, resumably."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import platformdirs

from assistant.corpora.clips import read_clips
from assistant.errors import TrainingError
from assistant.folder_lock import locked
from assistant.training.baselines import BASELINES
from assistant.training.folders import check_takes_files
from assistant.training.network_system import NetworkSystem
from assistant.training.options import PILOT, PILOT_EPOCHS, check_seed
from assistant.training.protocols import PROTOCOLS, Fold
from assistant.training.results import FoldResult, Results
from assistant.training.results_file import clips_digest, plain, read_results, write_results
from assistant.training.systems import Report, System

PILOT_SYSTEM = NetworkSystem("pilot", epochs=PILOT_EPOCHS, recipe=PILOT)

SYSTEMS: dict[str, System] = {
    system.name: system for system in (NetworkSystem(), PILOT_SYSTEM, *BASELINES)
}
"""Systems by name: ours, the plain network that it is held against, then the baselines."""


@dataclass(frozen=True)
class CrossvalOptions:
    """What a person chooses for a cross-validation.

    Raises:
        TrainingError: there is no such protocol or fold, or a seed that cannot be.
    """

    data: Path
    """Folder with ``index.csv`` and the recordings, or that index."""
    protocol: str
    """A name in `PROTOCOLS`."""
    out: Path
    """The JSON file of results; folds that it already has are not run again."""
    folds: tuple[int, ...] = ()
    """Numbers from 1; none means all."""
    seeds: tuple[int, ...] = (0,)
    """Each fold is run with each of them."""
    cache: Path = field(default_factory=lambda: platformdirs.user_cache_path("tonewise"))
    """Folder for features and checkpoints."""

    def __post_init__(self) -> None:
        for seed in self.seeds:
            check_seed(seed)
        if self.protocol not in PROTOCOLS:
            raise TrainingError(
                f"there is no protocol {self.protocol}; there are {', '.join(PROTOCOLS)}"
            )
        n_folds = PROTOCOLS[self.protocol].n_folds
        if absent := sorted(set(self.folds) - set(range(1, n_folds + 1))):
            raise TrainingError(
                f"{self.protocol} has no fold {', '.join(map(str, absent))}; "
                f"it has 1 to {n_folds}"
            )


@dataclass(frozen=True)
class CrossvalProgress:
    """How far a cross-validation is."""

    fold: int
    seed: int
    run: int
    """Folds, over all seeds, that were begun or passed over, this one included."""
    n_runs: int
    """Folds, over all seeds, that were asked for."""
    stage: str
    """What is done in this fold, such as ``training``; ``scored`` at its end."""
    done: int
    """How much of the stage is done."""
    total: int
    result: FoldResult | None = None
    """What was found; None before the end of the fold."""


def crossval(
    options: CrossvalOptions,
    system: System,
    report: Callable[[CrossvalProgress], None] = lambda progress: None,
) -> Results:
    """Train and score a system on the chosen folds; those in the results file are not run.

    The file is written after each fold, so that a run that was killed goes on.

    Returns:
        All results in the file, those of earlier calls included.

    Raises:
        TrainingError: the file has results of other settings, or a run or the file fails.
        CorpusError: the corpora are not those that the protocol needs.
    """
    protocol = PROTOCOLS[options.protocol]
    clips = read_clips(options.data, protocol.corpora(system.corpora))
    settings = plain({**system.settings, "clips": clips_digest(clips)})
    empty = Results(options.protocol, protocol.n_folds, system.name, settings)
    results = _earlier(options.out, empty)
    root = options.data if options.data.is_dir() else options.data.parent
    runs = list(_runs(options, protocol.folds(clips, system.corpora)))
    if not all(results.has(fold.number, seed) for fold, seed in runs):
        check_takes_files(options.out.parent, "name a file elsewhere with --out")
    for i, (fold, seed) in enumerate(runs, start=1):
        if results.has(fold.number, seed):
            continue
        at = (fold.number, seed, i, len(runs))
        answers = system.run(fold, seed, options.cache, _at(at, report))
        result = FoldResult.of(fold, seed, answers, root)
        results = _stored(options.out, empty, result)
        report(CrossvalProgress(*at, "scored", 1, 1, result))
    return results


def _stored(path: Path, empty: Results, result: FoldResult) -> Results:
    """Add a result to a file; another process may have added others meanwhile."""
    try:
        with locked(path.parent):
            results = _earlier(path, empty).adding(result)
            write_results(path, results)
    except OSError as error:
        raise TrainingError(f"{path.parent} cannot be locked ({error.strerror})") from error
    return results


def _runs(options: CrossvalOptions, folds: tuple[Fold, ...]) -> Iterator[tuple[Fold, int]]:
    """Yield folds and seeds; all folds with one seed come before the next seed."""
    for seed in dict.fromkeys(options.seeds):
        for fold in folds:
            if not options.folds or fold.number in options.folds:
                yield fold, seed


def _at(at: tuple[int, int, int, int], report: Callable[[CrossvalProgress], None]) -> Report:
    """Return what a system in one fold reports to."""
    return lambda stage, done, total: report(CrossvalProgress(*at, stage, done, total))


def _earlier(path: Path, empty: Results) -> Results:
    """Return the results in a file, or the empty ones where there is no file.

    Raises:
        TrainingError: they are those of something else.
    """
    if not path.exists():
        return empty
    earlier = read_results(path)
    was, now = (
        {"protocol": found.protocol, "system": found.system, **_flat(found.settings)}
        for found in (earlier, empty)
    )
    for name in (*now, *was):
        if was.get(name) != now.get(name):
            raise TrainingError(
                f"{path} has results with {name} {was.get(name)}, now it is {now.get(name)}; "
                "name another file with --out, or delete this one"
            )
    return earlier


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested settings by dotted names."""
    found: dict[str, Any] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            found |= _flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = value
    return found
