"""Which clips train, choose and test: always whole speakers, never single clips."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from assistant.errors import TrainingError
from assistant.training.corpora import Clip

HELD_OUT_ACTORS = (1, 11, 20, 21)
"""RAVDESS actors that test the shipped model: the first fold of EmoBox (Ma et al. 2024)."""

VALIDATION_ACTORS = (5, 9, 14, 18)
"""RAVDESS actors, two men and two women, by whom recipes are compared."""


@dataclass(frozen=True)
class Split:
    """Clips by their use; no speaker is in two of them."""

    training: tuple[Clip, ...]
    validation: tuple[Clip, ...]
    held_out: tuple[Clip, ...]


def ravdess_speakers(actors: Iterable[int]) -> frozenset[str]:
    """Return the speaker names of RAVDESS actors; speech and song share them."""
    return frozenset(f"ravdess-{actor:02}" for actor in actors)


def split_by_speaker(
    clips: Sequence[Clip], held_out: Collection[str], validation: Collection[str]
) -> Split:
    """Give each clip to the part of its speaker; who is in neither list trains.

    Raises:
        TrainingError: a speaker is in both lists or has no clips, or nobody is left to train.
    """
    both = sorted(set(held_out) & set(validation))
    if both:
        raise TrainingError(f"{', '.join(both)} cannot be both held out and for validation")
    speakers = {clip.speaker for clip in clips}
    absent = sorted({*held_out, *validation} - speakers)
    if absent:
        raise TrainingError(f"no clips of {', '.join(absent)}; choose other speakers")
    split = Split(
        training=tuple(c for c in clips if c.speaker not in {*held_out, *validation}),
        validation=tuple(c for c in clips if c.speaker in validation),
        held_out=tuple(c for c in clips if c.speaker in held_out),
    )
    if not split.training:
        raise TrainingError("no speaker is left to train on; hold fewer out")
    return split
