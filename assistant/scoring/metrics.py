"""Scores of a classifier: each checks its input, then follows its formula.

Conventions: ``truth`` and ``prediction``, always in this order, are one-dimensional arrays
of label indices from 0, one for each clip. UAR = unweighted average recall.
"""

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError

Indices = npt.NDArray[np.int64]


def validate(truth: Indices, prediction: Indices, n_labels: int) -> None:
    """Check that both name a label for the same clips.

    Raises:
        TrainingError: they are empty, differ in shape, or hold an index that is no label.
    """
    if truth.ndim != 1 or truth.shape != prediction.shape or truth.size == 0:
        raise TrainingError(
            "scores need one truth and one prediction for each clip, got shapes "
            f"{truth.shape} and {prediction.shape}"
        )
    lowest, highest = min(truth.min(), prediction.min()), max(truth.max(), prediction.max())
    if lowest < 0 or highest >= n_labels:
        raise TrainingError(f"labels must be 0 to {n_labels - 1}, got {lowest} to {highest}")


def confusion(truth: Indices, prediction: Indices, n_labels: int) -> Indices:
    """Return how often each truth (row) was called each label (column).

    Returns:
        Shape ``(n_labels, n_labels)``; the sum is the number of clips.

    Raises:
        TrainingError: see `validate`.
    """
    validate(truth, prediction, n_labels)
    counts = np.bincount(truth * n_labels + prediction, minlength=n_labels**2)
    return counts.reshape(n_labels, n_labels)


def recalls(truth: Indices, prediction: Indices, n_labels: int) -> npt.NDArray[np.float64]:
    """Return the share of each label's clips that was found, 0 to 1; NaN for no clips.

    Raises:
        TrainingError: see `validate`.
    """
    counts = confusion(truth, prediction, n_labels)
    present = counts.sum(axis=1)
    return np.where(present > 0, counts.diagonal() / np.maximum(present, 1), np.nan)


def unweighted_average_recall(truth: Indices, prediction: Indices, n_labels: int) -> float:
    """Return the mean of the recalls of the labels that occur, 0 to 1.

    ``UAR = (1/K) sum_k correct_k / present_k``: B. Schuller, S. Steidl, A. Batliner 2009,
    "The Interspeech 2009 Emotion Challenge", doi 10.21437/Interspeech.2009-103.

    Raises:
        TrainingError: see `validate`.
    """
    return float(np.nanmean(recalls(truth, prediction, n_labels)))


def accuracy(truth: Indices, prediction: Indices, n_labels: int) -> float:
    """Return the share of clips whose prediction is the truth, 0 to 1.

    Raises:
        TrainingError: see `validate`.
    """
    validate(truth, prediction, n_labels)
    return float((truth == prediction).mean())
