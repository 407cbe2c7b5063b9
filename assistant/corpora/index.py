"""An index of recordings: its rows, what it leaves out, and its CSV form."""

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path, PurePath
from typing import TextIO

from assistant.corpora.facts import Facts

INDEX_NAME = "index.csv"

COLUMNS = (
    "path", "corpus", "speaker", "gender", "emotion", "intensity", "take", "language",
    "transcript", "seconds", "original_rate_hz",
)  # fmt: skip


class Reason(StrEnum):
    """Why a file is not in the index."""

    SAME_RECORDING = "the recording of another file"
    RAVDESS_VIDEO = "RAVDESS video, whose sound the audio-only files hold too"
    VIDEO = "video; only audio files are read"
    ARCHIVE = "archive; unpack it"
    UNKNOWN = "neither name nor folder tells the emotion"
    UNREADABLE = "cannot be read"


@dataclass(frozen=True)
class Recording:
    """One row of an index."""

    path: PurePath
    """Relative to the folder that was indexed."""
    facts: Facts
    seconds: float
    original_rate_hz: int
    """As stored in the file."""


@dataclass(frozen=True)
class PassedOver:
    """A file that is not in the index."""

    path: PurePath
    """Relative to the folder that was indexed."""
    reason: Reason
    detail: str = ""
    """More than the reason tells, where there is more."""


@dataclass(frozen=True)
class Index:
    """What was found in a folder, both sorted by path."""

    folder: Path
    recordings: tuple[Recording, ...]
    passed_over: tuple[PassedOver, ...]


def write_index(index: Index, lines: TextIO, base: Path) -> None:
    """Write an index as CSV with `COLUMNS`.

    Args:
        index: What to write.
        lines: Where it goes, opened as UTF-8 with ``newline=""``.
        base: The folder from which the paths lead to the recordings: where the CSV will be.
    """
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(COLUMNS)
    # Both resolved: over a link, ".." would lead elsewhere.
    below = Path(os.path.relpath(index.folder.resolve(), base.resolve()))
    writer.writerows(_row(recording, below) for recording in index.recordings)


def _row(recording: Recording, below: Path) -> Sequence[str]:
    facts = recording.facts
    path, seconds = (below / recording.path).as_posix(), str(round(recording.seconds, 3))
    return (
        path, facts.corpus, facts.speaker, facts.gender, facts.emotion, facts.intensity,
        facts.take, facts.language, facts.transcript, seconds, str(recording.original_rate_hz),
    )  # fmt: skip
