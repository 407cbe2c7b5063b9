"""Labels, softened."""

from pathlib import Path

import numpy as np

from assistant.corpora.clips import Clip
from assistant.training.targets import clip_targets
from assistant.values import EMOTIONS

N = len(EMOTIONS)
# Every RAVDESS emotion, but only sad and angry in the other corpus.
CLIPS = [Clip(Path(str(label)), "ravdess", "a", label) for label in range(N)] + [
    Clip(Path("x"), "nemo", "b", 3),
    Clip(Path("y"), "nemo", "b", 4),
]


def test_only_labels_that_a_corpus_has_take_part():
    targets = clip_targets(CLIPS, 0.1)
    assert targets.allowed[:N].tolist() == [[1] * N] * N
    assert targets.allowed[N:].tolist() == [[0, 0, 0, 1, 1, 0, 0, 0]] * 2
    np.testing.assert_allclose(targets.wanted.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets.wanted[:N].max(axis=1), 0.9 + 0.1 / 8)
    np.testing.assert_allclose(targets.wanted[N:].max(axis=1), 0.9 + 0.1 / 2)
    assert targets.wanted[targets.allowed == 0].max() == 0
    assert targets.wanted.argmax(axis=1).tolist() == [clip.label for clip in CLIPS]


def test_a_label_that_no_corpus_has_is_never_wanted_and_never_passed_over():
    clips = [clip for clip in CLIPS if clip.label not in (1, 7)]
    targets = clip_targets(clips, 0.1)
    assert targets.allowed[0].tolist() == [1] * N
    assert targets.allowed[-1].tolist() == [0, 1, 0, 1, 1, 0, 0, 1]
    assert targets.wanted[:, [1, 7]].max() == 0
    np.testing.assert_allclose(targets.wanted.sum(axis=1), 1, rtol=1e-6)
