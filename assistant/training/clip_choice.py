"""Which clips of an index a training run takes, and what for."""

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

    Of RAVDESS, actors are held out and validate as the options say, and only speech
    validates, for that is what people do. Without RAVDESS nobody is held out.

    Raises:
        CorpusError: no index, a corpus or actor is absent, or too few speakers.
    """
    clips = _of_corpora(options)
    if any(clip.corpus.startswith("ravdess") for clip in clips):
        held_out = ravdess_speakers(options.held_out_actors)
        validating = ravdess_speakers(options.validation_actors)
    else:
        held_out, validating = frozenset(), _some_speakers(clips)
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


def _some_speakers(clips: tuple[Clip, ...]) -> frozenset[str]:
    speakers = sorted({clip.speaker for clip in clips})
    if len(speakers) < 2:
        raise CorpusError(
            f"{len(speakers)} speaker in the index; training needs a second one to validate: "
            "fill in the column speaker"
        )
    return frozenset(speakers[EVERY - 1 :: EVERY] or speakers[-1:])
