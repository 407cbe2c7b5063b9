"""By whose band mean a clip is scaled."""

from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.training.enrolling import Voices

ANYBODY = (-40.0,) * 4
# Clip i has the level i when it is clean and 100 + i when it is disturbed.
CLIPS = [
    Clip(Path("0"), "ravdess", "a", 0),
    Clip(Path("1"), "ravdess", "a", 0),
    Clip(Path("2"), "ravdess", "a", 4),
    Clip(Path("3"), "ravdess_song", "a", 0),
    Clip(Path("4"), "ravdess", "b", 4),
    Clip(Path("5"), "nemo", "", 0),
    Clip(Path("6"), "nemo", "", 4),
]


def voices(n_channels=0, lengths=(10,) * 7):
    shape = (4, 2) if n_channels else (4,)
    renditions = [
        [np.full((n, *shape), i, np.float16), np.full((n, *shape), 100 + i, np.float16)]
        for i, n in enumerate(lengths)
    ]
    return Voices(CLIPS, renditions, ANYBODY)


def drawn(clip, share=1.0, rendition=0, **kwargs):
    """All levels that a clip may be scaled by."""
    found = set()
    for seed in range(60):
        rng = np.random.default_rng(seed)
        (mean,) = voices(**kwargs).band_means(
            np.array([clip]), np.array([rendition]), share, rng
        )
        assert len(set(mean.tolist())) == 1
        found.add(round(float(mean[0]), 4))
    return found


def test_an_enrolled_voice_is_known_by_neutral_clips_of_its_corpus():
    assert drawn(2) == {0, 0.5, 1}
    assert drawn(2, n_channels=2) == {0, 0.5, 1}


def test_sentences_are_clean_or_heard_as_the_clip_is():
    assert drawn(2, rendition=1) == {0, 0.5, 1, 100, 100.5, 101}


def test_a_neutral_clip_is_none_of_its_own_sentences():
    assert drawn(0) == {1}


@pytest.mark.parametrize("clip", [3, 4, 6], ids=["alone", "none neutral", "no speaker"])
def test_who_has_no_other_neutral_clip_has_not_enrolled(clip):
    assert drawn(clip) == {-40}


def test_longer_sentences_count_for_more():
    assert drawn(2, lengths=(30, 10, 10, 10, 10, 10, 10)) == {0, 0.25, 1}


def test_only_a_share_has_enrolled():
    assert drawn(2, share=0.0) == {-40}
    clips, rng = np.full(2_000, 2), np.random.default_rng(0)
    means = voices().band_means(clips, np.zeros_like(clips), 0.3, rng)
    assert (means[:, 0] != -40).mean() == pytest.approx(0.3, abs=0.04)
