"""Which clips are drawn."""

from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.training.drawing import ClipDraw

CLIPS = [Clip(Path(str(i)), "ravdess" if i < 3 else "nemo", "a", 0) for i in range(10)]


def test_a_share_comes_from_the_main_corpus_and_the_rest_from_all_others():
    drawn = ClipDraw(CLIPS, "ravdess", 0.25)(400, np.random.default_rng(0))
    assert set(drawn[:100]) == {0, 1, 2}
    assert set(drawn[100:]) == set(range(3, 10))


def test_where_one_kind_is_lacking_the_other_is_drawn():
    for clips in (CLIPS[:3], CLIPS[3:]):
        drawn = ClipDraw(clips, "ravdess", 0.5)(200, np.random.default_rng(0))
        assert set(drawn) == set(range(len(clips)))


def test_it_can_draw_from_some_clips_alone():
    draw = ClipDraw(CLIPS, "ravdess", 0.5)
    drawn = draw.among(np.array([1, 4, 5, 9]))(200, np.random.default_rng(0))
    assert set(drawn[:100]) == {1}
    assert set(drawn[100:]) == {4, 5, 9}
    assert set(draw.among(np.array([5, 9]))(200, np.random.default_rng(0))) == {5, 9}
    assert set(draw(400, np.random.default_rng(0))) == set(range(10)), "it is as it was"


FEW_NEUTRAL = [
    Clip(Path(f"{corpus}{i}"), corpus, "a", label)
    for corpus, n_neutral, n_sad in (("ravdess", 2, 8), ("nemo", 5, 5), ("song", 1, 9))
    for i, label in enumerate([0] * n_neutral + [3] * n_sad)
]


def shares(draw):
    """Return how often each label of each corpus is drawn, as a share of all clips."""
    chosen = [FEW_NEUTRAL[place] for place in draw(8000, np.random.default_rng(0))]
    return {
        (corpus, label): np.mean([(c.corpus, c.label) == (corpus, label) for c in chosen])
        for corpus in ("ravdess", "nemo", "song")
        for label in (0, 3)
    }


def test_each_emotion_of_a_corpus_is_drawn_as_often_as_another():
    found = shares(ClipDraw(FEW_NEUTRAL, "ravdess", 0.5))
    assert found["ravdess", 0] == pytest.approx(0.25, abs=0.02)
    assert found["ravdess", 3] == pytest.approx(0.25, abs=0.02)
    for corpus in ("nemo", "song"):
        for label in (0, 3):
            assert found[corpus, label] == pytest.approx(0.125, abs=0.02)


def test_emotions_can_be_drawn_as_often_as_they_occur():
    found = shares(ClipDraw(FEW_NEUTRAL, "ravdess", 0.5, emotions_alike=False))
    assert found["ravdess", 0] == pytest.approx(0.1, abs=0.02)
    assert found["song", 0] == pytest.approx(0.025, abs=0.01)
