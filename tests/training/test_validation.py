"""The UAR of a network over whole clips."""

from pathlib import Path

import numpy as np

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe
from assistant.training.validation import validation_uar
from assistant.values import EMOTIONS


class LabelInLevels:
    """Stands in for a network: the level of a window's first cell names the label."""

    def predict(self, windows, **_):
        return 9 * np.eye(len(EMOTIONS))[windows[:, 0, 0].round().astype(int)]


def level(value, n_frames=256):
    return np.full((n_frames, 64), value, np.float16)


def uar(labels, features):
    clips = [Clip(Path(str(i)), "ravdess", "a", label) for i, label in enumerate(labels)]
    return validation_uar(LabelInLevels(), clips, features, FeatureRecipe())


def test_it_counts_clips_not_windows():
    # The first clip has three windows, all wrong; it is one wrong clip of two.
    features = [level(2, 512), level(1)]
    assert uar((3, 1), features) == 0.5
    assert uar((2, 1), features) == 1.0


def test_the_windows_of_a_clip_are_averaged():
    # Windows begin at frames 0, 128 and 256: two say 5, one says 2.
    features = [np.concatenate([level(5, 256), level(2)]), level(1)]
    assert uar((5, 1), features) == 1.0
    assert uar((2, 1), features) == 0.5
