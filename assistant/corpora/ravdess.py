"""RAVDESS as its authors name it: what a file name tells.

S. R. Livingstone, F. A. Russo 2018, doi 10.1371/journal.pone.0196391: seven numbers, such as
``03-01-05-01-02-01-12``: modality, vocal channel, emotion, intensity, statement, repetition
and actor.
"""

from collections.abc import Iterable

from assistant.errors import CorpusError

DUPLICATES = frozenset({"03-01-03-01-02-02-07"})
"""Stems of clips that hold the same sound as another one: actor 7, second take."""


def ravdess_label(stem: str) -> int:
    """Return the index in `EMOTIONS` for a file name without its suffix.

    Raises:
        CorpusError: the name does not have the form of RAVDESS.
    """
    fields = stem.split("-")
    code = fields[2] if len(fields) == 7 else ""
    if code not in {f"{number:02}" for number in range(1, 9)}:
        raise CorpusError(
            f"{stem} is no RAVDESS name; expected seven numbers as in 03-01-05-01-02-01-12"
        )
    return int(code) - 1


def ravdess_speakers(actors: Iterable[int]) -> frozenset[str]:
    """Return the speaker names of actors; speech and song share them."""
    return frozenset(f"ravdess-{actor:02}" for actor in actors)
