"""What makes confidence honest: a temperature for the logits, a threshold for "certain".

Both are fitted on clips of speakers whom the model was not trained on, and never on those
that test it. `assistant.model_description.Calibration` holds what is found.
"""

from collections.abc import Callable, Sequence

import numpy as np

from assistant.emotion import Logits
from assistant.errors import TrainingError
from assistant.scoring.confidence import Truths, precision_over_coverage
from assistant.scoring.metrics import Indices, Shares, validate, wilson_interval

TEMPERATURES = (0.05, 20.0)
"""Range that is searched; a model at its end is right, or wrong, without exception."""

TARGET_PRECISION = 0.80
"""What the labels that count as certain are meant to reach."""

LOWEST_COUNT = 30
"""Fewest clips that a threshold may rest on."""

ONE_STANDARD_ERROR = 1.0

_N_COARSE = 61  # steps of 10 % from one end of `TEMPERATURES` to the other
_LOG_TOLERANCE = 1e-4
_GOLDEN = (np.sqrt(5) - 1) / 2


def fit_temperature(window_logits: Sequence[Logits], truth: Indices) -> float:
    """Return the temperature under which the true labels are likeliest, above 0.

    It minimises `negative_log_likelihood`, as Guo et al. 2017 (arXiv 1706.04599, section
    4.2) do, by golden-section search on the logarithm of the temperature around the best
    point of a coarse grid: the mean over windows may give more than one valley.

    Args:
        window_logits: Logits of each clip's windows, each of shape ``(n_windows, n_labels)``.
        truth: Label index of each clip.

    Raises:
        TrainingError: there are no clips, or the shapes do not fit.
    """

    def loss(log_temperature: float) -> float:
        return negative_log_likelihood(window_logits, truth, float(np.exp(log_temperature)))

    coldest, hottest = np.log(TEMPERATURES)
    grid = np.linspace(coldest, hottest, _N_COARSE).tolist()
    best = int(np.argmin([loss(point) for point in grid]))
    around = (grid[max(0, best - 1)], grid[min(_N_COARSE - 1, best + 1)])
    return float(np.exp(_lowest_point(loss, *around)))


def negative_log_likelihood(
    window_logits: Sequence[Logits], truth: Indices, temperature: float
) -> float:
    """Return the mean surprise at the true labels, in nats, from 0.

    A clip's probabilities are the mean over its windows of ``softmax(logits / T)``, as in
    `assistant.emotion.EmotionClassifier.classify`; here as a sum of logarithms, so that
    a probability too small for a float still counts.

    Raises:
        TrainingError: there are no clips, or the shapes do not fit.
    """
    _validate_logits(window_logits, truth)
    n_windows = np.array([len(logits) for logits in window_logits])
    scaled = np.concatenate(window_logits).astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    log_norms = np.log(np.exp(scaled).sum(axis=1))
    log_shares = scaled[np.arange(len(scaled)), np.repeat(truth, n_windows)] - log_norms
    first_windows = np.cumsum([0, *n_windows[:-1]])
    log_sums = np.logaddexp.reduceat(log_shares, first_windows)
    return float(-(log_sums - np.log(n_windows)).mean())


def threshold_for_precision(
    confidence: Shares,
    correct: Truths,
    precision: float = TARGET_PRECISION,
    lowest_count: int = LOWEST_COUNT,
) -> float:
    """Return the lowest confidence from which labels are right often enough, 0 to 1.

    The lowest of many thresholds that reach a precision owes that to luck, and falls short
    on other clips about every second time. Here the lower end of its `wilson_interval`, at one
    standard error, must reach it: that costs coverage and keeps the promise more often.

    Args:
        confidence: Of each clip, 0 to 1.
        correct: Whether its label was right.
        precision: Wanted share of right labels among the certain ones, 0 to 1.
        lowest_count: A threshold with fewer clips at or above it is not considered.

    Returns:
        A confidence that occurs; 1.0 where none will do, so that hardly a label is certain.

    Raises:
        TrainingError: there are no clips, or the shapes do not fit.
    """
    curve = precision_over_coverage(confidence, correct)
    n = np.round(curve.coverage * len(confidence)).astype(int)
    surely, _ = wilson_interval(curve.precision, n, ONE_STANDARD_ERROR)
    (usable,) = np.nonzero((surely >= precision) & (n >= lowest_count))
    return float(curve.threshold[usable[-1]]) if usable.size else 1.0


def _lowest_point(loss: Callable[[float], float], low: float, high: float) -> float:
    """Return where a function with one valley is lowest: J. Kiefer 1953, golden section."""
    left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
    loss_left, loss_right = loss(left), loss(right)
    while high - low > _LOG_TOLERANCE:
        if loss_left < loss_right:
            high, right, loss_right = right, left, loss_left
            left = high - _GOLDEN * (high - low)
            loss_left = loss(left)
        else:
            low, left, loss_left = left, right, loss_right
            right = low + _GOLDEN * (high - low)
            loss_right = loss(right)
    return (low + high) / 2


def _validate_logits(window_logits: Sequence[Logits], truth: Indices) -> None:
    if len(window_logits) != len(truth) or not window_logits:
        raise TrainingError(
            f"expected logits for each of {len(truth)} clips, got {len(window_logits)}"
        )
    widths = {logits.shape[1] if logits.ndim == 2 else 0 for logits in window_logits}
    if len(widths) != 1 or 0 in widths or not all(len(logits) for logits in window_logits):
        raise TrainingError(
            "logits need the shape (n_windows, n_labels), with a window at least"
        )
    validate(truth, truth, widths.pop())
