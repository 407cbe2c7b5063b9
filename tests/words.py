"""What is said in the recordings of the corpora, and how much of it was heard."""

import csv
from collections.abc import Sequence
from pathlib import Path

from assistant.words import plain_words

RAVDESS_SENTENCES = {"01": "kids are talking by the door", "02": "dogs are sitting by the door"}
"""By the fifth part of a file's name (Livingstone and Russo 2018)."""


def read_sentences(data: Path) -> list[tuple[Path, str]]:
    """Return the recordings of ``speech/`` with their words."""
    with (data / "speech" / "transcripts.csv").open(encoding="utf-8", newline="") as file:
        return [(data / row["path"], row["transcript"]) for row in csv.DictReader(file)]


def edit_distance(reference: Sequence[str], hypothesis: Sequence[str]) -> int:
    """Levenshtein distance in words."""
    row = list(range(len(hypothesis) + 1))
    for n_reference, word in enumerate(reference, start=1):
        previous, row = row, [n_reference]
        for j, heard in enumerate(hypothesis):
            row.append(min(previous[j] + (word != heard), previous[j + 1] + 1, row[j] + 1))
    return row[-1]


def word_error_rate(said: Sequence[str], heard: Sequence[str]) -> float:
    """Return the edit distance in words over all utterances, as a share of the words said."""
    pairs = [
        (plain_words(words), plain_words(text)) for words, text in zip(said, heard, strict=True)
    ]
    return sum(edit_distance(*pair) for pair in pairs) / sum(len(words) for words, _ in pairs)
