"""Scores of answers, counted by hand."""

import json

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.scoring.scores import LabelScores, Scores
from assistant.values import EMOTIONS
from tests.scoring.labelled import answers_of

PAIRS = (
    ("neutral", "neutral"),
    ("neutral", "calm"),
    ("happy", "happy"),
    ("sad", "happy"),
)
"""Acted, then called; nobody acted calm."""

PUBLISHED = {
    "n", "n_skipped", "accuracy", "uar", "uar_present", "macro_f1", "ece", "coverage",
    "precision_certain", "per_class", "confusion",
}  # fmt: skip


def test_scores_are_those_of_their_metrics():
    scores = Scores.of(answers_of(*PAIRS, skipped=("x.wav: is empty",)))
    assert (scores.n, scores.n_skipped) == (4, 1)
    assert scores.accuracy == 2 / 4
    assert scores.uar == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert scores.macro_f1 == pytest.approx((2 / 3 + 2 / 3 + 0) / 3)
    assert scores.ece == pytest.approx(0.6 - 2 / 4)
    assert scores.confusion[EMOTIONS.index("sad"), EMOTIONS.index("happy")] == 1
    assert scores.confusion.sum() == 4


def test_each_emotion_has_its_own_and_what_cannot_be_said_is_none():
    per_class = Scores.of(answers_of(*PAIRS)).per_class
    assert tuple(per_class) == EMOTIONS
    assert per_class["neutral"] == LabelScores(2, 1.0, 1 / 2, pytest.approx(2 / 3))
    assert per_class["happy"] == LabelScores(1, 1 / 2, 1.0, pytest.approx(2 / 3))
    assert per_class["sad"] == LabelScores(1, None, 0.0, 0.0)
    assert per_class["calm"] == LabelScores(0, 0.0, None, 0.0)
    assert per_class["angry"] == LabelScores(0, None, None, None)


def test_among_the_labels_present_another_answer_may_be_right():
    answers = answers_of(*PAIRS)
    answers.probabilities[1, :3] = 0.35, 0.45, 0.2  # calm, though nobody acted it
    scores = Scores.of(answers)
    assert scores.uar == pytest.approx((1 / 2 + 1 + 0) / 3)
    assert scores.uar_present == pytest.approx((1 + 1 + 0) / 3)


def test_certain_labels_are_scored_by_themselves():
    scores = Scores.of(answers_of(*PAIRS, certain=[True, False, True, True]))
    assert (scores.coverage, scores.precision_certain) == (3 / 4, pytest.approx(2 / 3))
    scores = Scores.of(answers_of(*PAIRS, certain=[False] * 4))
    assert (scores.coverage, scores.precision_certain) == (0, None)
    scores = Scores.of(answers_of(*PAIRS))
    assert (scores.coverage, scores.precision_certain) == (None, None)


@pytest.mark.parametrize("certain", [None, [True] * 4, [False] * 4])
def test_scores_become_plain_json_without_nan(certain):
    plain = Scores.of(answers_of(*PAIRS, certain=certain)).to_json()
    assert set(plain) == PUBLISHED
    read = json.loads(json.dumps(plain, allow_nan=False))
    assert read == plain
    assert read["per_class"]["neutral"] == {
        "n": 2, "precision": 1.0, "recall": 0.5, "f1": 0.6667,
    }  # fmt: skip
    assert read["per_class"]["angry"]["recall"] is None
    assert np.array(read["confusion"]).shape == (8, 8)
    assert read["confusion"][0][:2] == [1, 1]


def test_no_answers_have_no_scores():
    with pytest.raises(TrainingError, match="one truth and one prediction for each clip"):
        Scores.of(answers_of())
