"""How far a classifier's confidence can be trusted.

Conventions: ``confidence`` and ``correct``, always in this order, are one-dimensional
arrays, one entry for each clip: the probability of the label that was called, 0 to 1, and
whether it was right.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.scoring.metrics import Indices, Shares

Truths = npt.NDArray[np.bool_]

N_BINS = 15
"""Bins of equal width, as in C. Guo et al. 2017, arXiv 1706.04599."""

_ROUNDING = 1e-6  # a float32 softmax may lie over 1 by so much


@dataclass(frozen=True, eq=False)
class ReliabilityBins:
    """Clips by their confidence, in bins of equal width from 0 to 1."""

    count: Indices
    """Clips in each bin, shape ``(n_bins,)``."""
    confidence: Shares
    """Mean confidence of each bin's clips, 0 to 1; NaN for no clips."""
    precision: Shares
    """Share of each bin's clips that was right, 0 to 1; NaN for no clips."""


@dataclass(frozen=True, eq=False)
class PrecisionOverCoverage:
    """What each possible threshold would give, from the highest to the lowest.

    All have shape ``(n_thresholds,)``: one for each different confidence that occurs.
    """

    threshold: Shares
    """The confidence from which a clip is answered, 0 to 1, falling."""
    coverage: Shares
    """Share of all clips that is answered, above 0 to 1, rising."""
    precision: Shares
    """Share of the answers that is right, 0 to 1."""


def reliability_bins(
    confidence: Shares, correct: Truths, n_bins: int = N_BINS
) -> ReliabilityBins:
    """Return how often clips of like confidence are right.

    Bin ``b`` of ``n`` holds the confidences in ``(b/n, (b+1)/n]``, the first one also 0.

    Raises:
        TrainingError: see `validate`.
    """
    validate(confidence, correct)
    bins = np.clip(np.ceil(confidence * n_bins).astype(int) - 1, 0, n_bins - 1)
    count = np.bincount(bins, minlength=n_bins)
    divisor = np.where(count > 0, count, np.nan)
    return ReliabilityBins(
        count,
        np.bincount(bins, weights=confidence, minlength=n_bins) / divisor,
        np.bincount(bins, weights=correct, minlength=n_bins) / divisor,
    )


def expected_calibration_error(
    confidence: Shares, correct: Truths, n_bins: int = N_BINS
) -> float:
    """Return how far confidence and precision lie apart on average, 0 (honest) to 1.

    ``ECE = sum_b (n_b / n) |precision_b - confidence_b|``: Guo et al. 2017, equation 3.

    Raises:
        TrainingError: see `validate`.
    """
    bins = reliability_bins(confidence, correct, n_bins)
    gaps = np.abs(bins.precision - bins.confidence)
    return float(np.nansum(bins.count * gaps) / bins.count.sum())


def certainty(certain: Truths | None, correct: Truths) -> tuple[float | None, float | None]:
    """Return the share of labels that count as certain, and the share of these that is right.

    Both are None where none ever can be certain, the second also where none is.
    """
    if certain is None:
        return None, None
    right = correct[certain]
    return float(certain.mean()), float(right.mean()) if right.size else None


def precision_over_coverage(confidence: Shares, correct: Truths) -> PrecisionOverCoverage:
    """Return coverage and precision for every threshold that makes a difference.

    The complement of the risk-coverage curve of R. El-Yaniv and Y. Wiener 2010, Journal of
    Machine Learning Research 11.

    Raises:
        TrainingError: see `validate`.
    """
    validate(confidence, correct)
    order = np.argsort(-confidence, kind="stable")
    falling = confidence[order]
    last_of_equals = np.append(np.nonzero(np.diff(falling))[0], len(falling) - 1)
    n_answered = last_of_equals + 1
    n_correct = np.cumsum(correct[order])[last_of_equals]
    return PrecisionOverCoverage(
        falling[last_of_equals], n_answered / len(falling), n_correct / n_answered
    )


def validate(confidence: Shares, correct: Truths) -> None:
    """Check that both speak of the same clips.

    Raises:
        TrainingError: they are empty or differ in shape, or a confidence is not 0 to 1.
    """
    if confidence.ndim != 1 or confidence.shape != correct.shape or confidence.size == 0:
        raise TrainingError(
            "expected one confidence and one outcome for each clip, got shapes "
            f"{confidence.shape} and {correct.shape}"
        )
    if not ((confidence >= 0) & (confidence <= 1 + _ROUNDING)).all():
        raise TrainingError("confidences must be 0 to 1")
