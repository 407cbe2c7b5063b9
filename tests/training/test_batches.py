"""What a batch holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.training.augmentation import AugmentationSettings
from assistant.training.batches import BatchMaker, BatchSettings
from assistant.values import EMOTIONS

N = len(EMOTIONS)
RECIPE = FeatureRecipe(n_frames=40, window_hop=20)
PLAIN = BatchSettings(
    size=8,
    label_smoothing=0.0,
    mixup_share=0.0,
    augmentation=AugmentationSettings(
        tempo=(1, 1),
        warp=(1, 1),
        gain_db=0,
        equaliser_db=0,
        noise_share=0,
        time_mask=0,
        mel_mask=0,
    ),
)
# Every RAVDESS emotion, but only sad and angry in the other corpus.
CLIPS = [Clip(Path(str(label)), "ravdess", "a", label) for label in range(N)] + [
    Clip(Path("x"), "nemo", "b", 3),
    Clip(Path("y"), "nemo", "b", 4),
]
LEVELS = [np.full((40, 64), -i, np.float32) for i in range(len(CLIPS))]


def batch(settings, seed=0, clips=CLIPS):
    maker = BatchMaker(clips, LEVELS[: len(clips)], RECIPE, settings)
    windows, targets = maker.batch(np.random.default_rng(seed))
    return windows, targets[:, :N], targets[:, N:]


def test_half_of_a_batch_is_the_main_corpus():
    windows, wanted, _ = batch(PLAIN)
    assert windows.shape == (8, 40, 64)
    drawn = -windows[:, 0, 0].astype(int)
    assert (drawn[:4] < N).all()
    assert (drawn[4:] >= N).all()
    labels = [CLIPS[i].label for i in drawn]
    assert wanted.argmax(axis=1).tolist() == labels
    assert set(wanted.ravel().tolist()) == {0.0, 1.0}


def test_only_labels_that_a_corpus_has_take_part():
    _, wanted, allowed = batch(replace(PLAIN, label_smoothing=0.1))
    assert allowed[:4].tolist() == [[1] * N] * 4
    assert allowed[4:].tolist() == [[0, 0, 0, 1, 1, 0, 0, 0]] * 4
    np.testing.assert_allclose(wanted.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(wanted[:4].max(axis=1), 0.9 + 0.1 / 8)
    np.testing.assert_allclose(wanted[4:].max(axis=1), 0.9 + 0.1 / 2)
    assert wanted[4:][allowed[4:] == 0].max() == 0


def test_mixing_mixes_sound_and_targets_alike():
    mixing = replace(PLAIN, mixup_share=1.0, mixup_alpha=10.0)
    windows, wanted, _ = batch(mixing, clips=CLIPS[:N])
    # A clip's level is minus its label, so the targets say how loud the mixture must be.
    np.testing.assert_allclose(windows[:, 0, 0], -wanted @ np.arange(N), rtol=1e-5)
    np.testing.assert_allclose(wanted.sum(axis=1), 1, rtol=1e-6)
    assert 0 < wanted.max(axis=1).min() < 0.9


def test_a_mixture_may_be_any_label_of_both_corpora():
    _, wanted, allowed = batch(replace(PLAIN, mixup_share=1.0, mixup_alpha=10.0))
    assert (allowed[wanted > 0] == 1).all()
    assert {2.0, 8.0} >= set(allowed.sum(axis=1).tolist())


def test_a_seed_repeats_a_batch_and_another_does_not():
    settings = replace(PLAIN, augmentation=AugmentationSettings(), mixup_share=0.5)
    first, again, other = (batch(settings, seed) for seed in (7, 7, 8))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(first[0], other[0])


def test_windows_are_scaled_by_the_recipe():
    recipe = replace(RECIPE, band_mean=(-100.0,) * 64, band_std=(50.0,) * 64)
    maker = BatchMaker(CLIPS, LEVELS, recipe, PLAIN)
    windows, _ = maker.batch(np.random.default_rng(0))
    unscaled, *_ = batch(PLAIN)
    np.testing.assert_allclose(windows, (unscaled + 100) / 50, rtol=1e-6)


def test_the_main_corpus_alone_fills_a_batch():
    _, _, allowed = batch(PLAIN, clips=CLIPS[:N])
    assert allowed.tolist() == [[1] * N] * 8


def test_the_main_corpus_must_be_there():
    with pytest.raises(TrainingError, match="no training clips of ravdess"):
        BatchMaker(CLIPS[N:], LEVELS[N:], RECIPE, PLAIN)
