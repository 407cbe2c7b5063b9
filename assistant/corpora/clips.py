"""Recordings with a known emotion: from an ``index.csv`` to `Clip` values."""

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from assistant.corpora.ravdess import DUPLICATES, ravdess_label
from assistant.errors import CorpusError
from assistant.values import EMOTIONS


@dataclass(frozen=True)
class Clip:
    """One recording of one speaker, acting one emotion."""

    path: Path
    corpus: str
    """Name of the corpus, such as ``ravdess``; empty where the index has none."""
    speaker: str
    """Unique over all corpora; a RAVDESS actor has one name for speech and song.

    Empty where the index has none.
    """
    label: int
    """Index of the emotion in `EMOTIONS`."""


def read_clips(index: Path, corpora: Collection[str] | None = None) -> tuple[Clip, ...]:
    """Return the labelled clips of an index, in its order, without known duplicates.

    Args:
        index: A CSV file, or a folder with ``index.csv``. Columns: path (relative to the
            index) and emotion, and where known corpus and speaker. Rows without an
            emotion are passed over.
        corpora: Values of the column corpus to keep; None keeps all.

    Raises:
        CorpusError: no index, a column or corpus is missing, or an emotion is unknown.
    """
    index = index / "index.csv" if index.is_dir() else index
    rows = [row for row in _rows(index) if row["emotion"]]
    found = {row.get("corpus", "") for row in rows}
    if absent := sorted(set(corpora or ()) - found):
        raise CorpusError(
            f"{index} has no clips of {', '.join(absent)}; it has {', '.join(sorted(found))}"
        )
    return tuple(
        _clip(row, index.parent)
        for row in rows
        if (corpora is None or row.get("corpus", "") in corpora)
        and Path(row["path"]).stem not in DUPLICATES
    )


def _rows(index: Path) -> list[dict[str, str]]:
    """Return the rows of an index that has the columns which are needed."""
    try:
        with index.open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, restval="")
            rows, columns = list(reader), set(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise CorpusError(
            f"{index} cannot be read ({error}); give an index.csv or its folder, or make one: "
            "tonewise corpus index FOLDER > index.csv"
        ) from error
    if missing := {"path", "emotion"} - columns:
        raise CorpusError(f"{index} lacks the columns {', '.join(sorted(missing))}")
    return rows


def _clip(row: Mapping[str, str], folder: Path) -> Clip:
    path, corpus, emotion = folder / row["path"], row.get("corpus", ""), row["emotion"]
    if emotion not in EMOTIONS:
        raise CorpusError(
            f"{path} has the unknown emotion {emotion!r}; known are {', '.join(EMOTIONS)}"
        )
    label = EMOTIONS.index(emotion)
    if corpus.startswith("ravdess") and ravdess_label(path.stem) != label:
        named = EMOTIONS[ravdess_label(path.stem)]
        raise CorpusError(f"{path} is {named} by its name but {emotion} in the index")
    return Clip(path, corpus, row.get("speaker", ""), label)
