"""Recordings with a known emotion: from a folder with an ``index.csv`` to `Clip` values."""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import TrainingError
from assistant.values import EMOTIONS

TRAINING_CORPORA = ("ravdess", "ravdess_song", "nemo")
"""The corpora whose licences allow a changed and shared model, non-commercially."""

DUPLICATES = frozenset({"03-01-03-01-02-02-07"})
"""Stems of clips that hold the same sound as another one: RAVDESS actor 7, second take."""

RAVDESS_LABELS = {f"{code:02}": code - 1 for code in range(1, 9)}
"""RAVDESS emotion code, ``01`` to ``08``, to index in `EMOTIONS`, 0 to 7.

The third field of a file name, Livingstone & Russo 2018, doi 10.1371/journal.pone.0196391.
"""


@dataclass(frozen=True)
class Clip:
    """One recording of one speaker, acting one emotion."""

    path: Path
    corpus: str
    """Name of the corpus, such as ``ravdess``."""
    speaker: str
    """Unique over all corpora; a RAVDESS actor has one name for speech and song."""
    label: int
    """Index of the emotion in `EMOTIONS`."""


def read_clips(data: Path, corpora: Sequence[str] = TRAINING_CORPORA) -> tuple[Clip, ...]:
    """Return the clips of the given corpora, in the order of the index, without duplicates.

    Args:
        data: Folder with ``index.csv``: columns path, corpus, speaker and emotion.
        corpora: Values of the column corpus to keep.

    Raises:
        TrainingError: no index, a column or corpus is missing, or an emotion is unknown.
    """
    index = data / "index.csv"
    try:
        with index.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{index} cannot be read ({error}); give the folder that holds the corpora's "
            "index.csv"
        ) from error
    missing = {"path", "corpus", "speaker", "emotion"} - set(rows[0] if rows else ())
    if missing:
        raise TrainingError(f"{index} lacks the columns {', '.join(sorted(missing))}")
    _check_corpora(corpora, {row["corpus"] for row in rows}, index)
    return tuple(
        _clip(row, data)
        for row in rows
        if row["corpus"] in corpora and Path(row["path"]).stem not in DUPLICATES
    )


def _check_corpora(wanted: Sequence[str], found: Collection[str], index: Path) -> None:
    absent = [corpus for corpus in wanted if corpus not in found]
    if absent:
        raise TrainingError(
            f"{index} has no clips of {', '.join(absent)}; it has {', '.join(sorted(found))}"
        )


def _clip(row: dict[str, str], data: Path) -> Clip:
    path = data / row["path"]
    if row["emotion"] not in EMOTIONS:
        raise TrainingError(
            f"{path} has the unknown emotion {row['emotion']!r}; "
            f"known are {', '.join(EMOTIONS)}"
        )
    label = EMOTIONS.index(row["emotion"])
    if row["corpus"].startswith("ravdess"):
        label = ravdess_label(path.stem)
        if EMOTIONS[label] != row["emotion"]:
            raise TrainingError(
                f"{path} is {EMOTIONS[label]} by its name but {row['emotion']} in the index"
            )
    return Clip(path, row["corpus"], row["speaker"], label)


def ravdess_label(stem: str) -> int:
    """Return the index in `EMOTIONS` for a RAVDESS file name without its suffix.

    Raises:
        TrainingError: the name does not have the form of RAVDESS.
    """
    fields = stem.split("-")
    if len(fields) != 7 or fields[2] not in RAVDESS_LABELS:
        raise TrainingError(
            f"{stem} is no RAVDESS name; expected seven numbers as in 03-01-05-01-02-01-12"
        )
    return RAVDESS_LABELS[fields[2]]
