"""Which clips of an index a training run takes, and what for."""

from collections.abc import Set
from dataclasses import replace

from assistant.corpora.clips import Clip, read_clips
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import Split, split_by_speaker
from assistant.errors import CorpusError
from assistant.training.options import TRAINING_CORPORA, TrainOptions

EVERY = 6
"""Without RAVDESS every sixth speaker validates, as 4 of its 24 actors do."""


def chosen_clips(options: TrainOptions) -> Split:
    """Divide the clips of a run.

    Of RAVDESS those actors who are there are held out and validate as the options say;
    where none validates, some of all speakers do. Only speech validates, for that is what
    people do.

    Raises:
        CorpusError: no index, a corpus or a speaker who was named is absent, or too few
            speakers.
    """
    clips = _of_corpora(options)
    speakers = {clip.speaker for clip in clips}
    actors = ravdess_speakers(options.held_out_actors) & speakers
    held_out = actors | set(options.held_out_speakers)
    validating = (ravdess_speakers(options.validation_actors) & speakers) - held_out
    validating = validating or _some_speakers(speakers - held_out)
    split = split_by_speaker(clips, held_out, validating)
    speech = tuple(clip for clip in split.validation if clip.corpus != "ravdess_song")
    if not speech:
        raise CorpusError("nobody who validates speaks; add speech to the index")
    return replace(split, validation=speech)


def _of_corpora(options: TrainOptions) -> tuple[Clip, ...]:
    if options.corpora is not None:
        return read_clips(options.data, options.corpora)
    clips = read_clips(options.data)
    shared = tuple(clip for clip in clips if clip.corpus in TRAINING_CORPORA)
    return shared or clips


def _some_speakers(speakers: Set[str]) -> frozenset[str]:
    if len(speakers) < 2:
        raise CorpusError(
            f"{len(speakers)} speaker to train on; training needs a second one to validate: "
            "fill in the column speaker of the index"
        )
    in_order = sorted(speakers)
    return frozenset(in_order[EVERY - 1 :: EVERY] or in_order[-1:])
