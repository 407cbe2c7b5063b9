"""Labels, softened, and what a teacher adds."""

from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.training.targets import clip_targets, read_soft_targets, softened
from assistant.values import EMOTIONS

N = len(EMOTIONS)
# Every RAVDESS emotion, but only sad and angry in the other corpus.
CLIPS = [Clip(Path(str(label)), "ravdess", "a", label) for label in range(N)] + [
    Clip(Path("x"), "nemo", "b", 3),
    Clip(Path("y"), "nemo", "b", 4),
]
PLAIN = clip_targets(CLIPS, 0.0)


def test_only_labels_that_a_corpus_has_take_part():
    targets = clip_targets(CLIPS, 0.1)
    assert targets.allowed[:N].tolist() == [[1] * N] * N
    assert targets.allowed[N:].tolist() == [[0, 0, 0, 1, 1, 0, 0, 0]] * 2
    np.testing.assert_allclose(targets.wanted.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(targets.wanted[:N].max(axis=1), 0.9 + 0.1 / 8)
    np.testing.assert_allclose(targets.wanted[N:].max(axis=1), 0.9 + 0.1 / 2)
    assert targets.wanted[targets.allowed == 0].max() == 0
    assert targets.wanted.argmax(axis=1).tolist() == [clip.label for clip in CLIPS]


def test_a_teacher_has_its_share_over_the_labels_that_the_corpus_has():
    said = np.array([0.2, 0.2, 0, 0.1, 0.3, 0.2, 0, 0], np.float32)
    targets = softened(PLAIN, [*"0123456789"], {"1": said, "8": said}, 0.25)
    np.testing.assert_allclose(targets.wanted[1], 0.75 * np.eye(N)[1] + 0.25 * said, rtol=1e-6)
    expected = [0, 0, 0, 0.75 + 0.25 * 0.25, 0.25 * 0.75, 0, 0, 0]
    np.testing.assert_allclose(targets.wanted[8], expected, rtol=1e-6)
    np.testing.assert_array_equal(targets.wanted[0], PLAIN.wanted[0])
    np.testing.assert_array_equal(PLAIN.wanted, clip_targets(CLIPS, 0.0).wanted)


def test_a_teacher_that_gives_a_corpus_no_chance_is_not_heard():
    said = np.eye(N, dtype=np.float32)[0]
    targets = softened(PLAIN, [*"0123456789"], {"8": said}, 0.5)
    np.testing.assert_array_equal(targets.wanted[8], PLAIN.wanted[8])


def test_a_teacher_of_other_recordings_is_refused():
    with pytest.raises(TrainingError, match="of other recordings; make them from these"):
        softened(PLAIN, [*"0123456789"], {"z": np.ones(N)}, 0.5)


def test_soft_targets_are_read_by_content(tmp_path):
    said = np.full((2, N), 1 / N)
    np.savez(tmp_path / "soft.npz", sha256=["aa", "bb"], probabilities=said)
    soft = read_soft_targets(tmp_path / "soft.npz")
    assert list(soft) == ["aa", "bb"]
    np.testing.assert_allclose(soft["bb"], said[1])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"sha256": ["aa"]}, "probabilities is not a file in the archive"),
        ({"sha256": ["aa"], "probabilities": np.ones((2, N))}, r"shape \(2, 8\)"),
        ({"sha256": ["aa"], "probabilities": np.full((1, N), np.nan)}, "none negative"),
        ({"sha256": ["aa"], "probabilities": np.full((1, N), -0.1)}, "none negative"),
    ],
)
def test_unusable_soft_targets_are_refused(tmp_path, arrays, message):
    np.savez(tmp_path / "soft.npz", **arrays)
    with pytest.raises(TrainingError, match=message):
        read_soft_targets(tmp_path / "soft.npz")


@pytest.mark.parametrize("content", [None, b"", b"no archive"])
def test_a_file_that_is_no_archive_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / "soft.npz").write_bytes(content)
    with pytest.raises(TrainingError, match=r"cannot be read .*; give a NumPy archive"):
        read_soft_targets(tmp_path / "soft.npz")
