"""Recordings with a known emotion: from an ``index.csv`` to `Clip` values."""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from assistant.corpora.folders import named_emotion
from assistant.corpora.ravdess import DUPLICATES, ravdess_label
from assistant.errors import CorpusError
from assistant.values import EMOTIONS

_RAVDESS = frozenset({"ravdess", "ravdess_song"})


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
            emotion are passed over; ``Anger`` is understood as ``angry``, as in the names
            of folders.
        corpora: Values of the column corpus to keep; None keeps all.

    Raises:
        CorpusError: no index, a column, path or corpus is missing, an emotion is unknown,
            or all that is there is a known duplicate.
    """
    index = index / "index.csv" if index.is_dir() else index
    rows = [row for row in _rows(index) if row.emotion]
    found = {row.corpus for row in rows}
    if absent := sorted(set(corpora or ()) - found):
        named = ", ".join(sorted(found - {""}))
        has = f"it has {named}" if named else "it names no corpora"
        raise CorpusError(f"{index} has no clips of {', '.join(absent)}; {has}")
    chosen = [_clip(row, index) for row in rows if corpora is None or row.corpus in corpora]
    clips = tuple(clip for clip in chosen if clip.path.stem not in DUPLICATES)
    if chosen and not clips:
        raise CorpusError(f"{index} has only a known duplicate; add its twin or other clips")
    return clips


@dataclass(frozen=True)
class _Row:
    line: int
    """Where it ends in the index, from 1."""
    path: str
    corpus: str
    speaker: str
    emotion: str


def _rows(index: Path) -> list[_Row]:
    """Return the rows of an index that has the columns which are needed."""
    try:
        # Spreadsheets put a byte order mark before UTF-8.
        with index.open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines, restval="")
            _validate_columns(index, reader.fieldnames or ())
            return [
                _Row(
                    reader.line_num,
                    row["path"].strip(),
                    row.get("corpus", ""),
                    row.get("speaker", ""),
                    row["emotion"].strip(),
                )
                for row in reader
            ]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise CorpusError(
            f"{index} cannot be read ({why}); give an index.csv or its folder, or make one: "
            "tonewise corpus index FOLDER > index.csv"
        ) from error


def _validate_columns(index: Path, columns: Collection[str]) -> None:
    missing = sorted({"path", "emotion"} - set(columns))
    if not missing:
        return
    header = ",".join(columns)
    if "," not in header and (";" in header or "\t" in header):
        raise CorpusError(f"{index}: separate the columns by commas, not {header!r}")
    has = f"it has {', '.join(columns)}" if columns else "it is empty"
    raise CorpusError(f"{index} lacks the columns {', '.join(missing)}; {has}")


def _clip(row: _Row, index: Path) -> Clip:
    where, path = f"{index}, line {row.line}", index.parent / row.path
    if not row.path:
        raise CorpusError(f"{where}: the path is empty; name the recording")
    emotion = named_emotion(row.emotion)
    if emotion is None:
        raise CorpusError(
            f"{where}: unknown emotion {row.emotion!r}; known are {', '.join(EMOTIONS)}"
        )
    label = EMOTIONS.index(emotion)
    if row.corpus in _RAVDESS:
        _refuse_another_label(path, label, where)
    return Clip(path, row.corpus, row.speaker, label)


def _refuse_another_label(path: Path, label: int, where: str) -> None:
    try:
        named = ravdess_label(path.stem)
    except CorpusError as error:
        raise CorpusError(f"{where}: {error}") from error
    if named != label:
        raise CorpusError(
            f"{where}: {path.name} is {EMOTIONS[named]} by its name but {EMOTIONS[label]} "
            "in the index"
        )
