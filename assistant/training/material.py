"""What a run is trained and validated on: clips, their features in memory, their targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeVar

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe
from assistant.training.clip_choice import chosen_clips
from assistant.training.feature_cache import Stored, cached_features
from assistant.training.options import TrainingRecipe, TrainOptions
from assistant.training.renditions import Recording, Rendition, disturbed_copies, recordings
from assistant.training.scaling import with_statistics
from assistant.training.targets import ClipTargets, clip_targets

Kind = TypeVar("Kind")


@dataclass(frozen=True, eq=False)
class Material:
    """All that the loop needs of the corpora; sequences are in the clips' order."""

    training: Sequence[Clip]
    renditions: Sequence[Sequence[Rendition]]
    """Of each training clip, the clean one first."""
    features: Sequence[Sequence[Stored]]
    """Of each of those."""
    targets: ClipTargets
    """Of the training clips."""
    validation: Sequence[Clip]
    heard: Sequence[Stored]
    """Features of the validation clips, clean."""
    recipe: FeatureRecipe
    """With statistics over the clean training clips of the main corpus."""
    recordings: Sequence[Recording]
    """Files of the training clips, then of the validation clips."""


def prepared(
    options: TrainOptions,
    made: TrainingRecipe,
    report: Callable[[int, int], None] = lambda done, total: None,
) -> Material:
    """Choose and read the clips of a run; features come from the cache where it has them.

    Args:
        options: Which recordings, and where the cache is.
        made: How they are heard.
        report: Gets the numbers of renditions done and in all.

    Raises:
        CorpusError: the corpora have no index, or lack clips or speakers that are needed.
        TrainingError: a recording or the cache cannot be used.
    """
    split = chosen_clips(options)
    training, validating = recordings(split.training), recordings(split.validation)
    clean = [Rendition(each, made.features) for each in (*training, *validating)]
    copies = disturbed_copies(training, made.features, made.disturbing)
    total = len(clean) + len(copies)
    features = cached_features(
        [*clean, *copies], options.cache, lambda done: report(done, total)
    )
    heard, disturbed = features[: len(clean)], features[len(clean) :]
    n, n_copies = len(training), made.disturbing.copies

    def by_clip(clean: Sequence[Kind], copies: Sequence[Kind]) -> list[list[Kind]]:
        return [[clean[i], *copies[i * n_copies :][:n_copies]] for i in range(n)]

    is_main = [clip.corpus == made.batches.main_corpus for clip in split.training]
    return Material(
        training=split.training,
        renditions=by_clip(clean, copies),
        features=by_clip(heard, disturbed),
        targets=clip_targets(split.training, made.batches.label_smoothing),
        validation=split.validation,
        heard=heard[n:],
        recipe=with_statistics(made.features, list(compress(heard, is_main)) or heard[:n]),
        recordings=[*training, *validating],
    )
