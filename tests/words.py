"""What is said in the recordings of the corpora, and how much of it was heard."""

import csv
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

RAVDESS_SENTENCES = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}
"""By the fifth part of a file's name (Livingstone and Russo 2018)."""


def read_sentences(data: Path) -> list[tuple[Path, str]]:
    """Return the recordings of ``speech/`` with their words."""
    with (data / "speech" / "transcripts.csv").open(encoding="utf-8", newline="") as file:
        return [(data / row["path"], row["transcript"]) for row in csv.DictReader(file)]


def edit_distance(reference, hypothesis):
    """Levenshtein distance in words."""
    row = np.arange(len(hypothesis) + 1)
    for n_reference, word in enumerate(reference, start=1):
        previous, row = row, [n_reference]
        for j, heard in enumerate(hypothesis):
            row.append(min(previous[j] + (word != heard), previous[j + 1] + 1, row[j] + 1))
    return int(row[-1])


def word_error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Return the edit distance in words over all utterances, as a share of the words said."""
    pairs = [(words.split(), _plain(text)) for words, text in zip(said, heard, strict=True)]
    return sum(edit_distance(*pair) for pair in pairs) / sum(len(words) for words, _ in pairs)


def _plain(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()
