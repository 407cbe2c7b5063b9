"""Which clips train, choose and test: always whole speakers, never single clips."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from assistant.corpora.clips import Clip
from assistant.errors import CorpusError

UNSEEN_6 = (
    (1, 11, 20, 21),
    (4, 10, 12, 14),
    (8, 9, 19, 23),
    (3, 5, 7, 24),
    (2, 15, 16, 18),
    (6, 13, 17, 22),
)
"""RAVDESS actors of each test fold: EmoBox, Z. Ma et al. 2024, arXiv 2406.07162."""

UNSEEN_5 = (
    (2, 5, 14, 15, 16),
    (3, 6, 7, 13, 18),
    (10, 11, 12, 19, 20),
    (8, 17, 21, 23, 24),
    (1, 4, 9, 22),
)
"""RAVDESS actors of each test fold: C. Luna-Jimenez et al. 2022, doi 10.3390/app12010327."""

HELD_OUT_ACTORS = UNSEEN_6[0]
"""RAVDESS actors that test the shipped model."""

VALIDATION_ACTORS = (5, 9, 14, 18)
"""RAVDESS actors, two men and two women, by whom recipes are compared."""


@dataclass(frozen=True)
class Split:
    """Clips by their use; no speaker is in two of them."""

    training: tuple[Clip, ...]
    validation: tuple[Clip, ...]
    held_out: tuple[Clip, ...]


def split_by_speaker(
    clips: Sequence[Clip], held_out: Collection[str], validation: Collection[str]
) -> Split:
    """Give each clip to the part of its speaker; who is in neither list trains.

    Raises:
        CorpusError: a speaker is in both lists or has no clips, or nobody is left to train.
    """
    both = sorted(set(held_out) & set(validation))
    if both:
        raise CorpusError(f"{', '.join(both)} cannot be both held out and for validation")
    speakers = {clip.speaker for clip in clips}
    absent = sorted({*held_out, *validation} - speakers)
    if absent:
        raise CorpusError(f"no clips of {', '.join(absent)}; choose other speakers")
    split = Split(
        training=tuple(c for c in clips if c.speaker not in {*held_out, *validation}),
        validation=tuple(c for c in clips if c.speaker in validation),
        held_out=tuple(c for c in clips if c.speaker in held_out),
    )
    if not split.training:
        raise CorpusError("no speaker is left to train on; hold fewer out")
    return split
