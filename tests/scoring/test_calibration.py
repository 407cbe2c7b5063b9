"""Temperature and threshold, against brute force and on clips they were not fitted on."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.emotion import softmax
from assistant.errors import TrainingError
from assistant.scoring.calibration import (
    TEMPERATURES,
    fit_temperature,
    negative_log_likelihood,
    threshold_for_precision,
)
from assistant.scoring.confidence import certainty


def clips_with_logits(seed, n_clips=80, n_labels=5, sharpness=3.0):
    """Logits of clips with one to four windows, whose labels follow their likelihood."""
    rng = np.random.default_rng(seed)
    logits = [
        sharpness * rng.normal(size=(rng.integers(1, 5), n_labels)) for _ in range(n_clips)
    ]
    truth = [rng.choice(n_labels, p=softmax(clip).mean(axis=0)) for clip in logits]
    return logits, np.array(truth)


def test_likelihood_is_that_of_the_mean_over_windows():
    logits = [np.log([[1.0, 3.0], [1.0, 1.0]]), np.log([[9.0, 1.0]])]
    expected = -(np.log((3 / 4 + 1 / 2) / 2) + np.log(9 / 10)) / 2
    assert negative_log_likelihood(logits, np.array([1, 0]), 1.0) == pytest.approx(expected)
    halved = [np.log([[1.0, 9.0], [1.0, 1.0]]), np.log([[81.0, 1.0]])]
    assert negative_log_likelihood(halved, np.array([1, 0]), 2.0) == pytest.approx(expected)


def test_a_probability_too_small_for_a_float_still_counts():
    assert negative_log_likelihood([np.array([[0.0, 1e4]])], np.array([0]), 1.0) == 1e4


@pytest.mark.parametrize("seed", range(4))
def test_the_temperature_is_the_best_of_many(seed):
    logits, truth = clips_with_logits(seed)
    tried = np.geomspace(0.2, 5, 2001)
    losses = [negative_log_likelihood(logits, truth, t) for t in tried]
    assert fit_temperature(logits, truth) == pytest.approx(tried[np.argmin(losses)], rel=2e-3)


@settings(max_examples=15)
@given(st.floats(0.4, 4), st.integers(0, 99))
def test_logits_times_a_factor_need_that_factor_more(factor, seed):
    logits, truth = clips_with_logits(seed, n_clips=30)
    plain = fit_temperature(logits, truth)
    scaled = fit_temperature([factor * clip for clip in logits], truth)
    if 0.2 < plain < 5:
        assert scaled == pytest.approx(factor * plain, rel=1e-3)


def test_honest_logits_need_no_temperature():
    logits, truth = clips_with_logits(0, n_clips=2000)
    assert fit_temperature(logits, truth) == pytest.approx(1, abs=0.1)


def test_the_end_of_the_range_is_for_whoever_is_always_right_or_knows_nothing():
    always_right = [np.eye(3)[[label]] for label in (0, 1, 2)]
    assert fit_temperature(always_right, np.arange(3)) == pytest.approx(
        TEMPERATURES[0], rel=0.2
    )
    always_wrong = fit_temperature(always_right, np.array([1, 2, 0]))
    assert always_wrong == pytest.approx(TEMPERATURES[1], rel=0.01)


@pytest.mark.parametrize(
    ("logits", "truth", "message"),
    [
        ([], [], "expected logits for each of 0 clips"),
        ([np.zeros((1, 3))], [0, 1], "expected logits for each of 2 clips, got 1"),
        ([np.zeros((1, 3)), np.zeros((1, 2))], [0, 1], "need the shape"),
        ([np.zeros((0, 3))], [0], "need the shape"),
        ([np.zeros(3)], [0], "need the shape"),
        ([np.zeros((1, 3))], [3], "labels must be 0 to 2"),
    ],
)
def test_logits_that_do_not_fit_are_refused(logits, truth, message):
    with pytest.raises(TrainingError, match=message):
        fit_temperature(logits, np.array(truth, dtype=int))


def test_the_lowest_threshold_that_surely_reaches_the_precision_is_taken():
    """100 clips; the upper 60 are all right, the lower 40 all wrong."""
    confidence = np.linspace(0.01, 1, 100)
    correct = np.arange(100) >= 40
    threshold = threshold_for_precision(confidence, correct, 0.80)
    coverage, precision = certainty(confidence >= threshold, correct)
    # Wilson at z = 1: 60 of 70 right is 0.810 at least, 60 of 71 is 0.797.
    assert (round(100 * coverage), round(precision, 3)) == (70, 0.857)


def test_a_few_lucky_clips_are_no_reason():
    """29 confident clips that are right, then chance: too few to rest a threshold on."""
    confidence = np.linspace(0.01, 1, 129)
    correct = np.append(np.arange(100) % 2 == 0, np.ones(29, dtype=bool))
    assert threshold_for_precision(confidence, correct, 0.95) == 1.0
    found = threshold_for_precision(confidence, correct, 0.95, lowest_count=29)
    assert found == confidence[-29]


def test_without_such_a_threshold_nothing_is_certain():
    confidence = np.linspace(0.1, 0.9, 200)
    assert threshold_for_precision(confidence, np.arange(200) % 2 == 0) == 1.0


def test_clips_of_equal_confidence_are_certain_together_or_not_at_all():
    confidence = np.repeat([0.5, 0.9], 50)
    correct = np.append(np.zeros(50, dtype=bool), np.ones(50, dtype=bool))
    assert threshold_for_precision(confidence, correct, 0.6) == 0.9
    assert threshold_for_precision(confidence, correct, 0.4) == 0.5


def test_more_precision_never_costs_less_coverage():
    rng = np.random.default_rng(5)
    confidence = rng.random(300)
    correct = rng.random(300) < confidence
    found = [threshold_for_precision(confidence, correct, p) for p in (0.5, 0.6, 0.7, 0.8, 0.9)]
    assert found == sorted(found)


def test_the_promise_mostly_holds_for_other_clips():
    """Of honest classifiers; the lowest threshold that reaches it would hold half the time."""
    rng = np.random.default_rng(0)
    # Confidence is evenly spread and honest: at or above t, (1 + t) / 2 are right.
    reached = []
    for _ in range(200):
        confidence = rng.random(500)
        threshold = threshold_for_precision(confidence, rng.random(500) < confidence)
        reached.append((1 + threshold) / 2)
    assert np.mean(np.array(reached) >= 0.80) > 0.7
    assert np.mean(reached) < 0.85  # and it is not bought with silence
