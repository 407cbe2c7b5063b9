"""What a run is trained and validated on: clips, their features in memory, their targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe
from assistant.training.clip_choice import chosen_clips
from assistant.training.feature_cache import Stored, cached_features
from assistant.training.options import TrainingRecipe, TrainOptions
from assistant.training.renditions import Recording, Rendition, disturbed_copies, recordings
from assistant.training.scaling import with_statistics
from assistant.training.targets import ClipTargets, clip_targets, read_soft_targets, softened


@dataclass(frozen=True, eq=False)
class Material:
    """All that the loop needs of the corpora; sequences are in the clips' order."""

    training: Sequence[Clip]
    renditions: Sequence[Sequence[Stored]]
    """For each training clip the features of its renditions, the clean one first."""
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
        TrainingError: a recording, the cache or the teacher's archive cannot be used.
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
    renditions = [[heard[i], *disturbed[i * n_copies :][:n_copies]] for i in range(n)]
    is_main = [clip.corpus == made.batches.main_corpus for clip in split.training]
    targets = clip_targets(split.training, made.batches.label_smoothing)
    if options.soft_targets:
        soft = read_soft_targets(options.soft_targets)
        names = [each.sha256 for each in training]
        targets = softened(targets, names, soft, made.batches.soft_share)
    return Material(
        training=split.training,
        renditions=renditions,
        targets=targets,
        validation=split.validation,
        heard=heard[n:],
        recipe=with_statistics(made.features, list(compress(heard, is_main)) or heard[:n]),
        recordings=[*training, *validating],
    )
