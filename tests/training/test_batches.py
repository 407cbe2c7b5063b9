"""What a batch holds."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe
from assistant.pitch_salience import PitchConfig
from assistant.training.augmentation import AugmentationSettings
from assistant.training.batches import BatchMaker, BatchSettings
from assistant.training.targets import clip_targets
from assistant.values import EMOTIONS

N = len(EMOTIONS)
RECIPE = FeatureRecipe(n_frames=40, window_hop=20)
PITCH = replace(RECIPE, pitch=PitchConfig(), pitch_mean=0.1, pitch_std=0.5)
STILL = AugmentationSettings(
    tempo=(1, 1),
    warp=(1, 1),
    pitch_shift=0,
    pitchless_share=0,
    gain_db=0,
    equaliser_db=0,
    time_mask=0,
    mel_mask=0,
)
PLAIN = BatchSettings(
    size=8, label_smoothing=0, mixup_share=0, enrolled_share=0, augmentation=STILL
)
CLIPS = [Clip(Path(str(label)), "ravdess", "a", label) for label in range(N)] + [
    Clip(Path("x"), "nemo", "b", 3),
    Clip(Path("y"), "nemo", "b", 4),
]


def features(level, n_frames=40, pitch=False):
    """A clip of one level; its salience is half of 1 in bin 20."""
    levels = np.full((n_frames, 64), level, np.float16)
    salience = np.zeros_like(levels)
    salience[:, 20] = 0.5
    return np.stack([levels, salience], axis=-1) if pitch else levels


def batch(settings, seed=0, clips=CLIPS, recipe=RECIPE, n_frames=40):
    pitch = recipe.pitch is not None
    renditions = [[features(-i, n_frames, pitch)] for i in range(len(clips))]
    targets = clip_targets(clips, settings.label_smoothing)
    maker = BatchMaker(clips, renditions, targets, recipe, settings)
    windows, targets = maker.batch(np.random.default_rng(seed))
    return windows, targets[:, :N], targets[:, N:]


def augmenting(**changes):
    return replace(PLAIN, size=64, augmentation=replace(STILL, **changes))


def test_half_of_a_batch_is_the_main_corpus():
    windows, wanted, _ = batch(PLAIN)
    assert windows.shape == (8, 40, 64)
    assert windows.dtype == np.float32
    drawn = -windows[:, 0, 0].astype(int)
    assert (drawn[:4] < N).all()
    assert (drawn[4:] >= N).all()
    labels = [CLIPS[i].label for i in drawn]
    assert wanted.argmax(axis=1).tolist() == labels
    assert set(wanted.ravel().tolist()) == {0.0, 1.0}


def test_every_rendition_of_a_clip_is_heard():
    renditions = [[features(-1), features(-2), features(-3)]] * len(CLIPS)
    maker = BatchMaker(CLIPS, renditions, clip_targets(CLIPS, 0), RECIPE, PLAIN)
    windows, _ = maker.batch(np.random.default_rng(0))
    assert set(windows[:, 0, 0].tolist()) == {-1, -2, -3}


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


@pytest.mark.parametrize("recipe", [RECIPE, PITCH])
def test_a_seed_repeats_a_batch_and_another_does_not(recipe):
    settings = BatchSettings(size=8)
    first, again, other = (batch(settings, seed, recipe=recipe) for seed in (7, 7, 8))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert not np.array_equal(first[0], other[0])
    assert np.isfinite(first[0]).all()


def test_windows_are_scaled_by_the_recipe():
    recipe = replace(RECIPE, band_mean=(-100.0,) * 64, band_std=(50.0,) * 64)
    scaled, *_ = batch(PLAIN, recipe=recipe)
    unscaled, *_ = batch(PLAIN)
    np.testing.assert_allclose(scaled, (unscaled + 100) / 50, rtol=1e-6)


def test_pitch_is_the_second_channel():
    windows, *_ = batch(PLAIN, recipe=PITCH)
    levels, *_ = batch(PLAIN)
    assert windows.shape == (8, 40, 64, 2)
    np.testing.assert_array_equal(windows[..., 0], levels)
    np.testing.assert_allclose(windows[..., 20, 1], (0.5 - 0.1) / 0.5, rtol=1e-3)
    np.testing.assert_allclose(windows[..., 21, 1], -0.1 / 0.5, rtol=1e-5)


def test_around_a_short_clip_is_silence_without_pitch():
    windows, *_ = batch(PLAIN, recipe=PITCH, n_frames=10)
    silent = windows[0, :, 0, 0] == -60
    assert silent.sum() == 30
    np.testing.assert_allclose(windows[0][silent][..., 1], -0.1 / 0.5, rtol=1e-5)


def test_pitch_moves_along_with_the_voice():
    windows, *_ = batch(augmenting(warp=(1.12, 1.12)), recipe=PITCH)
    # log2(1.12) octaves, of which 0.7; 64 / 3 bins make an octave.
    assert np.log2(1.12) * 0.7 * 64 / 3 == pytest.approx(2.4, abs=0.1)
    assert set(windows[:, 0, :, 1].argmax(axis=1).tolist()) == {22}


def test_pitch_moves_a_little_by_itself():
    windows, *_ = batch(augmenting(pitch_shift=3.0), recipe=PITCH)
    assert set(windows[:, 0, :, 1].argmax(axis=1).tolist()) == set(range(17, 24))


def test_hidden_frames_have_the_mean_level_and_no_pitch():
    slope = np.tile(np.arange(40, dtype=np.float16)[:, np.newaxis], (1, 64))
    renditions = [[np.stack([slope, np.ones_like(slope)], axis=-1)]] * len(CLIPS)
    settings = augmenting(time_mask=20)
    maker = BatchMaker(CLIPS, renditions, clip_targets(CLIPS, 0), PITCH, settings)
    windows, _ = maker.batch(np.random.default_rng(0))
    hidden = windows[..., 1] < 0
    assert 0.1 < hidden.mean() < 0.6
    np.testing.assert_allclose(windows[..., 0][hidden], slope.mean(), rtol=1e-3)
    shown = np.broadcast_to(slope, hidden.shape)[~hidden]
    np.testing.assert_allclose(windows[..., 0][~hidden], shown, rtol=1e-3)


def test_hidden_bands_are_hidden_of_the_levels_alone():
    slope = np.tile(np.arange(64, dtype=np.float16), (40, 1))
    renditions = [[np.stack([slope, slope], axis=-1)]] * len(CLIPS)
    maker = BatchMaker(
        CLIPS, renditions, clip_targets(CLIPS, 0), PITCH, augmenting(mel_mask=20)
    )
    windows, _ = maker.batch(np.random.default_rng(0))
    hidden = np.abs(windows[..., 0] - slope) > 1e-3
    assert hidden.any()
    np.testing.assert_allclose(windows[..., 0][hidden], slope.mean(), rtol=1e-3)
    np.testing.assert_allclose(
        windows[..., 1], np.broadcast_to((slope - 0.1) / 0.5, (64, 40, 64)), rtol=1e-3
    )


def test_pitch_is_not_shown_of_some():
    windows, *_ = batch(augmenting(pitchless_share=0.5), recipe=PITCH)
    hidden = (windows[..., 1] == 0).all(axis=(1, 2))
    assert 16 < hidden.sum() < 48


def test_an_enrolled_voice_is_scaled_by_its_own_mean():
    clips = [Clip(Path("0"), "ravdess", "a", 0), Clip(Path("1"), "ravdess", "a", 4)]
    recipe = replace(RECIPE, band_mean=(-40.0,) * 64)
    windows, wanted, _ = batch(replace(PLAIN, enrolled_share=1.0), clips=clips, recipe=recipe)
    is_angry = wanted[:, 4] == 1
    assert is_angry.any()
    np.testing.assert_allclose(windows[is_angry], -1 - 0)  # its level, less the neutral one
    np.testing.assert_allclose(windows[~is_angry], 0 + 40)  # no other neutral clip


@pytest.mark.parametrize("clips", [CLIPS[:N], CLIPS[N:]], ids=["main", "others"])
def test_one_kind_of_corpus_alone_fills_a_batch(clips):
    windows, _, _ = batch(replace(PLAIN, size=64), clips=clips)
    assert set((-windows[:, 0, 0]).tolist()) == set(range(len(clips)))


def test_a_batch_takes_less_time_than_a_step_leaves():
    threadpoolctl = pytest.importorskip("threadpoolctl")
    recipe = FeatureRecipe(pitch=PitchConfig())
    renditions = [[features(-i, 250, pitch=True)] for i in range(len(CLIPS))]
    maker = BatchMaker(CLIPS, renditions, clip_targets(CLIPS, 0.1), recipe, BatchSettings())
    taken_s = []
    with threadpoolctl.threadpool_limits(1, "blas"):
        for seed in range(8):
            start = time.perf_counter()
            maker.batch(np.random.default_rng(seed))
            taken_s.append(time.perf_counter() - start)
    assert min(taken_s) < 0.06, "15 ms on an idle processor, a step takes 130"
