"""What a trained model still lacks: honest confidence, and how neutral voices sound to it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from assistant.corpora.clips import Clip
from assistant.emotion import EmotionClassifier, softmax
from assistant.errors import TrainingError
from assistant.model_description import Calibration
from assistant.scoring.answers import classify_clips
from assistant.scoring.calibration import fit_temperature, threshold_for_precision
from assistant.scoring.description import set_calibration, set_neutral_logits
from assistant.scoring.kept_logits import Judges, LogitsKeeper
from assistant.values import EMOTIONS

NEUTRAL = EMOTIONS.index("neutral")


def calibrate(
    model: Path,
    description: Path,
    validation: Sequence[Clip],
    training: Sequence[Clip],
    report: Callable[[int], None] = lambda done: None,
) -> Calibration:
    """Measure temperature, threshold and neutral logits, and write them beside the model.

    Args:
        model: The model file that will be shipped; it is what is heard with.
        description: Its ``emotion.json``, which is changed.
        validation: Clips of speakers who took no part in training, nor will test it.
        training: Clips of the speakers whom it was trained on; the neutral ones are used.
            Without any the description names no neutral logits.
        report: Gets the number of clips done after each clip.

    Raises:
        CorpusError: no recording could be used.
        ModelError: the model and its description do not belong together, or it does not run.
        TrainingError: there are no validation clips, or the description cannot be written.
    """
    neutral_clips = [clip for clip in training if clip.label == NEUTRAL]
    if not validation:
        raise TrainingError("calibration needs clips of validation speakers, got none")
    classifier = EmotionClassifier.load(model, description)
    calibration = fitted_calibration(classifier, validation, report)
    neutral: tuple[float, ...] = ()
    if neutral_clips:
        neutral = neutral_logits(
            classifier, neutral_clips, lambda done: report(len(validation) + done)
        )
    set_calibration(description, calibration)
    if neutral:
        set_neutral_logits(description, neutral)
    return calibration


def fitted_calibration(
    classifier: Judges,
    clips: Sequence[Clip],
    report: Callable[[int], None] = lambda done: None,
) -> Calibration:
    """Return the temperature and the threshold that fit the clips.

    The threshold is where `threshold_for_precision` puts it once probabilities are honest.
    What calibration the classifier has already plays no part.

    Raises:
        CorpusError: no recording could be used.
        ModelError: the model does not run.
    """
    keeper = LogitsKeeper(classifier)
    truth = classify_clips(clips, keeper, report=report).truth
    temperature = fit_temperature([each.windows for each in keeper.kept], truth)
    shares = np.array(
        [softmax(each.windows / temperature).mean(axis=0) for each in keeper.kept]
    )
    correct = shares.argmax(axis=1) == truth
    return Calibration(temperature, threshold_for_precision(shares.max(axis=1), correct))


def neutral_logits(
    classifier: Judges,
    clips: Sequence[Clip],
    report: Callable[[int], None] = lambda done: None,
) -> tuple[float, ...]:
    """Return the mean of the clips' mean logits, in the order of `EMOTIONS`.

    Args:
        classifier: What hears them.
        clips: Neutral ones of many speakers; each clip counts the same.
        report: Gets the number of clips done after each clip.

    Raises:
        CorpusError: no recording could be used.
        ModelError: the model does not run.
    """
    keeper = LogitsKeeper(classifier)
    classify_clips(clips, keeper, report=report)
    mean: list[float] = np.mean([each.mean for each in keeper.kept], axis=0).tolist()
    return tuple(mean)
