"""Scores against their formulas, written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import TrainingError
from assistant.scoring.metrics import (
    accuracy,
    confusion,
    f1_scores,
    macro_f1,
    precisions,
    prediction_among_present,
    recalls,
    uar_present,
    unweighted_average_recall,
    wilson_interval,
)

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2])
PREDICTION = np.array([0, 0, 0, 1, 1, 0, 2])


def test_uar_is_the_mean_of_the_recalls():
    assert recalls(TRUTH, PREDICTION, 3).tolist() == [3 / 4, 1 / 2, 1]
    assert unweighted_average_recall(TRUTH, PREDICTION, 3) == pytest.approx(
        (3 / 4 + 1 / 2 + 1) / 3
    )


def test_accuracy_is_the_share_of_right_clips():
    assert accuracy(TRUTH, PREDICTION, 3) == pytest.approx(5 / 7)


def test_confusion_has_truth_in_rows():
    assert confusion(TRUTH, PREDICTION, 3).tolist() == [[3, 1, 0], [1, 1, 0], [0, 0, 1]]


def test_a_label_without_clips_has_no_recall_and_no_part_in_uar():
    found = recalls(TRUTH, PREDICTION, 4)
    assert np.isnan(found[3])
    assert unweighted_average_recall(TRUTH, PREDICTION, 4) == pytest.approx(0.75)


def test_precision_is_the_share_of_right_calls():
    assert precisions(TRUTH, PREDICTION, 4)[:3].tolist() == [3 / 4, 1 / 2, 1]
    assert precisions(np.array([0, 0, 1]), np.array([0, 1, 1]), 2).tolist() == [1, 1 / 2]
    assert np.isnan(precisions(TRUTH, PREDICTION, 4)[3])


def test_f1_is_the_harmonic_mean_of_precision_and_recall():
    truth, prediction = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2])
    precision, recall = precisions(truth, prediction, 4), recalls(truth, prediction, 4)
    found = f1_scores(truth, prediction, 4)
    assert (precision[0], recall[0]) == (1, 2 / 3)
    assert found[0] == pytest.approx(2 * 1 * (2 / 3) / (1 + 2 / 3))
    assert found[1] == pytest.approx(1 / 2)
    assert found[2] == 0.0  # called though nobody acted it
    assert np.isnan(found[3])  # neither


def test_macro_f1_is_over_the_labels_that_occur():
    truth, prediction = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 1, 2])
    assert macro_f1(truth, prediction, 4) == pytest.approx((4 / 5 + 1 / 2) / 2)
    never_called = macro_f1(np.array([0, 1]), np.array([0, 0]), 2)
    assert never_called == pytest.approx((2 / 3 + 0) / 2)


def test_among_the_labels_present_the_likeliest_is_called():
    truth = np.array([0, 2, 2])
    probabilities = np.array([[0.1, 0.7, 0.2], [0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
    assert prediction_among_present(truth, probabilities).tolist() == [2, 2, 0]
    assert uar_present(truth, probabilities) == pytest.approx((0 + 1 / 2) / 2)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30), st.integers(0, 999))
def test_fewer_labels_to_choose_from_never_find_less(labels, seed):
    truth = np.array(labels)
    probabilities = np.random.default_rng(seed).random((len(truth), 4))
    whole = unweighted_average_recall(truth, probabilities.argmax(axis=1), 4)
    found = uar_present(truth, probabilities)
    assert found >= whole
    if len(set(labels)) == 4:
        assert found == whole


@pytest.mark.parametrize("shape", [(3,), (2, 3), (4, 3)])
def test_probabilities_must_fit_the_clips(shape):
    with pytest.raises(TrainingError, match="expected probabilities of 3 clips"):
        uar_present(np.array([0, 1, 2]), np.zeros(shape))


def test_a_truth_must_have_a_probability():
    with pytest.raises(TrainingError, match="labels must be 0 to 1, got 0 to 2"):
        uar_present(np.array([0, 1, 2]), np.zeros((3, 2)))


def test_wilsons_interval_is_that_of_the_textbook():
    """Solutions of |p - share| = z sqrt(p (1 - p) / n), which defines it."""
    low, high = wilson_interval(np.array([0.8, 0.0, 1.0]), np.array([50, 10, 10]), 1.96)
    for share, n, end in ((0.8, 50, low[0]), (0.8, 50, high[0]), (0, 10, high[1])):
        assert abs(end - share) == pytest.approx(1.96 * np.sqrt(end * (1 - end) / n))
    assert low[0] < 0.8 < high[0]
    assert (low[1], high[2]) == (0, 1)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1))
def test_scores_agree_with_counting(pairs):
    truth, prediction = (np.array(side) for side in zip(*pairs, strict=True))
    shares = []
    for label in set(truth.tolist()):
        called = [guess for real, guess in pairs if real == label]
        shares.append(called.count(label) / len(called))
    uar = unweighted_average_recall(truth, prediction, 5)
    assert uar == pytest.approx(sum(shares) / len(shares))
    assert confusion(truth, prediction, 5).sum() == len(pairs)
    # A call for a clip is a clip for a call: the one is the other with the sides exchanged.
    np.testing.assert_array_equal(
        precisions(truth, prediction, 5), recalls(prediction, truth, 5)
    )
    assert accuracy(truth, truth, 5) == 1.0


@pytest.mark.parametrize(
    ("truth", "prediction", "message"),
    [
        ([], [], "one truth and one prediction"),
        ([0, 1], [0], "one truth and one prediction"),
        ([[0]], [[0]], "one truth and one prediction"),
        ([0, 3], [0, 1], "labels must be 0 to 2, got 0 to 3"),
        ([0, 1], [-1, 1], "labels must be 0 to 2, got -1 to 1"),
    ],
)
@pytest.mark.parametrize(
    "metric", [accuracy, confusion, macro_f1, precisions, unweighted_average_recall]
)
def test_answers_that_cannot_be_compared_are_refused(metric, truth, prediction, message):
    with pytest.raises(TrainingError, match=message):
        metric(np.array(truth, dtype=int), np.array(prediction, dtype=int), 3)
