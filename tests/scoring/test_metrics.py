"""Scores against their formulas, written out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import TrainingError
from assistant.scoring.metrics import accuracy, confusion, recalls, unweighted_average_recall

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
@pytest.mark.parametrize("metric", [accuracy, confusion, unweighted_average_recall])
def test_answers_that_cannot_be_compared_are_refused(metric, truth, prediction, message):
    with pytest.raises(TrainingError, match=message):
        metric(np.array(truth, dtype=int), np.array(prediction, dtype=int), 3)
