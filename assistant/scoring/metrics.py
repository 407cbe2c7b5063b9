"""Scores of labels: each checks its input, then follows its formula.

Conventions: ``truth`` and ``prediction``, always in this order, are one-dimensional arrays
of label indices from 0, one for each clip. UAR = unweighted average recall. How far a
confidence can be trusted is in `assistant.scoring.confidence`.
"""

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError

Indices = npt.NDArray[np.int64]
Shares = npt.NDArray[np.float64]


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


def recalls(truth: Indices, prediction: Indices, n_labels: int) -> Shares:
    """Return the share of each label's clips that was found, 0 to 1; NaN for no clips.

    Raises:
        TrainingError: see `validate`.
    """
    counts = confusion(truth, prediction, n_labels)
    return _ratio(counts.diagonal(), counts.sum(axis=1))


def precisions(truth: Indices, prediction: Indices, n_labels: int) -> Shares:
    """Return the share of each label's calls that was right, 0 to 1; NaN for no calls.

    Raises:
        TrainingError: see `validate`.
    """
    counts = confusion(truth, prediction, n_labels)
    return _ratio(counts.diagonal(), counts.sum(axis=0))


def f1_scores(truth: Indices, prediction: Indices, n_labels: int) -> Shares:
    """Return the harmonic mean of each label's precision and recall, 0 to 1.

    ``F1_k = 2 correct_k / (present_k + called_k)``: C. J. van Rijsbergen 1979, "Information
    Retrieval", chapter 7. NaN for a label that neither occurs nor is called.

    Raises:
        TrainingError: see `validate`.
    """
    counts = confusion(truth, prediction, n_labels)
    return _ratio(2 * counts.diagonal(), counts.sum(axis=1) + counts.sum(axis=0))


def macro_f1(truth: Indices, prediction: Indices, n_labels: int) -> float:
    """Return the mean of the F1 scores of the labels that occur in ``truth``, 0 to 1.

    Raises:
        TrainingError: see `validate`.
    """
    return float(f1_scores(truth, prediction, n_labels)[np.unique(truth)].mean())


def unweighted_average_recall(truth: Indices, prediction: Indices, n_labels: int) -> float:
    """Return the mean of the recalls of the labels that occur, 0 to 1.

    ``UAR = (1/K) sum_k correct_k / present_k``: B. Schuller, S. Steidl, A. Batliner 2009,
    "The Interspeech 2009 Emotion Challenge", doi 10.21437/Interspeech.2009-103.

    Raises:
        TrainingError: see `validate`.
    """
    return float(np.nanmean(recalls(truth, prediction, n_labels)))


def prediction_among_present(truth: Indices, probabilities: Shares) -> Indices:
    """Return the likeliest label of each clip among the labels that occur in ``truth``.

    For corpora that lack labels: a wrong answer which nobody could have given there is not
    counted against the classifier.

    Args:
        truth: Label of each clip.
        probabilities: Shape ``(n_clips, n_labels)``; any scores whose order matters do.

    Raises:
        TrainingError: the shapes do not fit, or see `validate`.
    """
    if probabilities.ndim != 2 or len(probabilities) != len(truth):
        raise TrainingError(
            f"expected probabilities of {len(truth)} clips, got shape {probabilities.shape}"
        )
    validate(truth, truth, probabilities.shape[1])
    present = np.unique(truth)
    return np.asarray(present[probabilities[:, present].argmax(axis=1)])


def uar_present(truth: Indices, probabilities: Shares) -> float:
    """Return the UAR where only labels that occur in ``truth`` may be answered, 0 to 1.

    Raises:
        TrainingError: see `prediction_among_present`.
    """
    prediction = prediction_among_present(truth, probabilities)
    return unweighted_average_recall(truth, prediction, probabilities.shape[1])


def accuracy(truth: Indices, prediction: Indices, n_labels: int) -> float:
    """Return the share of clips whose prediction is the truth, 0 to 1.

    Raises:
        TrainingError: see `validate`.
    """
    validate(truth, prediction, n_labels)
    return float((truth == prediction).mean())


def wilson_interval(share: Shares, n: Indices, z: float) -> tuple[Shares, Shares]:
    """Return the lower and upper end of where the true share lies, each 0 to 1.

    ``(p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n)``: E. B. Wilson 1927, doi
    10.1080/01621459.1927.10502953.

    Args:
        share: What was measured, 0 to 1; NaN gives NaN.
        n: Clips it was measured on, from 1 where the share is a number.
        z: Standard errors either way; 1.96 for 95 %.
    """
    count = np.maximum(n, 1)
    centre = share + z**2 / (2 * count)
    spread = z * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    whole = 1 + z**2 / count
    # Neither end may leave its side by a rounding error.
    low, high = (centre - spread) / whole, (centre + spread) / whole
    return np.clip(low, 0, share), np.clip(high, share, 1)


def _ratio(part: Indices, whole: Indices) -> Shares:
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)
