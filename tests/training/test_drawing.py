"""Which clips are drawn."""

from pathlib import Path

import numpy as np

from assistant.corpora.clips import Clip
from assistant.training.drawing import ClipDraw

CLIPS = [Clip(Path(str(i)), "ravdess" if i < 3 else "nemo", "a", 0) for i in range(10)]


def test_a_share_comes_from_the_main_corpus_and_the_rest_from_all_others():
    drawn = ClipDraw(CLIPS, "ravdess", 0.25)(400, np.random.default_rng(0))
    assert set(drawn[:100]) == {0, 1, 2}
    assert set(drawn[100:]) == set(range(3, 10))


def test_where_one_kind_is_lacking_all_are_drawn_alike():
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
