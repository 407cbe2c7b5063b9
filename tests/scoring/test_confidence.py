"""Confidence against what came of it, counted by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import TrainingError
from assistant.scoring.confidence import (
    certainty,
    expected_calibration_error,
    precision_over_coverage,
    reliability_bins,
)

CONFIDENCE = np.array([0.95, 0.9, 0.9, 0.6, 0.3])
CORRECT = np.array([True, True, False, True, False])

OUTCOMES = st.lists(
    st.tuples(st.floats(0, 1), st.booleans()).map(tuple), min_size=1, max_size=60
)


def sides(outcomes):
    confidence, correct = zip(*outcomes, strict=True)
    return np.array(confidence), np.array(correct)


def test_clips_are_counted_in_bins_of_equal_width():
    bins = reliability_bins(CONFIDENCE, CORRECT, n_bins=5)
    assert bins.count.tolist() == [0, 1, 1, 0, 3]
    assert bins.precision[[1, 2, 4]].tolist() == [0, 1, pytest.approx(2 / 3)]
    assert bins.confidence[[1, 2, 4]] == pytest.approx([0.3, 0.6, 2.75 / 3])
    assert np.isnan(bins.precision[[0, 3]]).all()


def test_an_edge_belongs_to_the_bin_below_and_zero_to_the_first():
    edges = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    assert reliability_bins(edges, edges > 0, n_bins=4).count.tolist() == [2, 1, 1, 1]


def test_calibration_error_is_the_mean_gap_of_the_bins():
    gaps = 1 * 0.3 + 1 * 0.4 + 3 * (2.75 / 3 - 2 / 3)
    assert expected_calibration_error(CONFIDENCE, CORRECT, n_bins=5) == pytest.approx(gaps / 5)


def test_fifteen_bins_are_the_usual_number():
    """Two clips that 14 bins would put together and 15 keep apart."""
    confidence, correct = np.array([0.93, 0.94]), np.array([False, True])
    assert expected_calibration_error(confidence, correct) == pytest.approx((0.93 + 0.06) / 2)


def test_whoever_is_always_as_right_as_they_say_has_no_error():
    confidence = np.full(10, 0.7)
    assert expected_calibration_error(confidence, np.arange(10) < 7) == pytest.approx(0)
    assert expected_calibration_error(np.ones(3), np.zeros(3, dtype=bool)) == 1


def test_certainty_is_how_many_labels_are_certain_and_how_many_of_these_are_right():
    assert certainty(CONFIDENCE >= 0.9, CORRECT) == (3 / 5, pytest.approx(2 / 3))
    assert certainty(CONFIDENCE >= 0, CORRECT) == (1, 3 / 5)
    assert certainty(CONFIDENCE >= 0.96, CORRECT) == (0, None)
    assert certainty(None, CORRECT) == (None, None)


def test_the_curve_has_a_point_for_each_confidence_that_occurs():
    curve = precision_over_coverage(CONFIDENCE, CORRECT)
    assert curve.threshold.tolist() == [0.95, 0.9, 0.6, 0.3]
    assert curve.coverage == pytest.approx([1 / 5, 3 / 5, 4 / 5, 1])
    assert curve.precision == pytest.approx([1, 2 / 3, 3 / 4, 3 / 5])


@given(OUTCOMES)
def test_every_point_of_the_curve_is_what_its_threshold_gives(outcomes):
    confidence, correct = sides(outcomes)
    curve = precision_over_coverage(confidence, correct)
    assert curve.threshold.tolist() == sorted(set(confidence.tolist()), reverse=True)
    for threshold, *found in zip(curve.threshold, curve.coverage, curve.precision, strict=True):
        assert found == pytest.approx(certainty(confidence >= threshold, correct))


@given(OUTCOMES)
def test_the_calibration_error_agrees_with_counting(outcomes):
    confidence, correct = sides(outcomes)
    total = 0.0
    for b in range(15):
        inside = np.ceil(confidence * 15).clip(1) == b + 1
        if inside.any():
            total += inside.sum() * abs(confidence[inside].mean() - correct[inside].mean())
    found = expected_calibration_error(confidence, correct)
    assert found == pytest.approx(total / len(confidence))
    assert 0 <= found <= 1


@pytest.mark.parametrize(
    ("confidence", "correct", "message"),
    [
        ([], [], "one confidence and one outcome"),
        ([0.5], [True, False], "one confidence and one outcome"),
        ([[0.5]], [[True]], "one confidence and one outcome"),
        ([1.1], [True], "must be 0 to 1"),
        ([-0.1], [True], "must be 0 to 1"),
        ([float("nan")], [True], "must be 0 to 1"),
    ],
)
@pytest.mark.parametrize("metric", [expected_calibration_error, precision_over_coverage])
def test_what_is_no_confidence_is_refused(metric, confidence, correct, message):
    with pytest.raises(TrainingError, match=message):
        metric(np.array(confidence), np.array(correct, dtype=bool))


def test_a_rounding_error_over_one_is_a_confidence():
    assert expected_calibration_error(np.array([1 + 1e-7]), np.array([True])) < 1e-6
