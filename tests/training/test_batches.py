"""What a batch holds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.corpora.clips import Clip
from assistant.features import FeatureRecipe
from assistant.pitch_salience import PitchConfig
from assistant.training.augmentation import AugmentationSettings
from assistant.training.batches import BatchMaker, BatchSettings
from assistant.training.drawing import ClipDraw
from assistant.training.targets import clip_targets
from assistant.training.teacher import Lessons
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
PLAIN = BatchSettings(size=8, label_smoothing=0, mixup_share=0, augmentation=STILL)
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


def drawn(settings, renditions, seed=0, clips=CLIPS, recipe=RECIPE, taught=None):
    draw = ClipDraw(clips, settings.main_corpus, settings.main_share, settings.emotions_alike)
    targets = clip_targets(clips, settings.label_smoothing)
    maker = BatchMaker(draw, renditions, targets, recipe, settings, taught)
    return maker.batch(np.random.default_rng(seed))


def batch(settings, seed=0, clips=CLIPS, recipe=RECIPE, n_frames=40):
    pitch = recipe.pitch is not None
    renditions = [[features(-i, n_frames, pitch)] for i in range(len(clips))]
    found = drawn(settings, renditions, seed, clips, recipe)
    return found.windows, found.targets[:, :N], found.targets[:, N:]


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
    windows = drawn(PLAIN, renditions).windows
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
    windows = drawn(augmenting(time_mask=20), renditions, recipe=PITCH).windows
    hidden = windows[..., 1] < 0
    assert 0.1 < hidden.mean() < 0.6
    np.testing.assert_allclose(windows[..., 0][hidden], slope.mean(), rtol=1e-3)
    shown = np.broadcast_to(slope, hidden.shape)[~hidden]
    np.testing.assert_allclose(windows[..., 0][~hidden], shown, rtol=1e-3)


def test_hidden_bands_are_hidden_of_the_levels_alone():
    slope = np.tile(np.arange(64, dtype=np.float16), (40, 1))
    renditions = [[np.stack([slope, slope], axis=-1)]] * len(CLIPS)
    windows = drawn(augmenting(mel_mask=20), renditions, recipe=PITCH).windows
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


def frames_that_count(i, n_frames=10):
    """The teacher's frames of clip i: the number of the frame, then that of the clip."""
    return np.stack([np.arange(n_frames), np.full(n_frames, i)], axis=1).astype(np.float16)


def lessons():
    """Of clip i the teacher says that it is the label i + 1, surely."""
    said = np.eye(N, dtype=np.float32)[(np.arange(len(CLIPS)) + 1) % N][:, np.newaxis]
    return Lessons([[frames_that_count(i)] for i in range(len(CLIPS))], said)


def test_what_a_teacher_says_stands_behind_the_labels():
    renditions = [[features(-i)] for i in range(len(CLIPS))]
    alone, found = (drawn(PLAIN, renditions, taught=each) for each in (None, lessons()))
    np.testing.assert_array_equal(found.targets[:, : 2 * N], alone.targets)
    clips = -found.windows[:, 0, 0].astype(int)
    np.testing.assert_array_equal(found.targets[:, 2 * N :], np.eye(N)[(clips + 1) % N])
    assert alone.frames is None
    assert [len(each.wanted) for each in (alone, found)] == [1, 2]


def test_mixing_mixes_what_a_teacher_says():
    renditions = [[features(-i)] for i in range(len(CLIPS))]
    mixing = replace(PLAIN, mixup_share=1.0, mixup_alpha=10.0)
    found = drawn(mixing, renditions[:N], clips=CLIPS[:N], taught=lessons())
    wanted, said = found.targets[:, :N], found.targets[:, 2 * N :]
    np.testing.assert_allclose(said, np.roll(wanted, 1, axis=1), rtol=1e-6)
    assert 0 < said.max(axis=1).min() < 0.9


def test_a_teachers_frames_lie_where_the_network_looks():
    renditions = [[features(-i)] for i in range(len(CLIPS))]
    found = drawn(PLAIN, renditions, taught=lessons())
    assert found.frames.shape == (8, 10, 3)
    np.testing.assert_allclose(found.frames[..., 1], -found.windows[:, :10, 0])
    # Frames of 10 ms: the first one looks at the third, 20 ms, a quarter of a step later
    # than the middle of the teacher's first, 10 ms.
    np.testing.assert_allclose(found.frames[..., 0], [[*np.arange(9) + 0.25, 9]] * 8)
    assert (found.frames[..., 2] == 1).all()


def test_silence_around_a_clip_has_no_teacher():
    renditions = [[features(-i, 20)] for i in range(len(CLIPS))]
    found = drawn(replace(PLAIN, size=64), renditions, taught=lessons())
    heard = found.frames[..., 2]
    assert set(heard.sum(axis=1)) == {5}, "20 of 40 frames"
    assert (found.frames[heard == 0] == 0).all()


def test_mixing_mixes_a_teachers_frames_where_both_have_some():
    renditions = [[features(-i, 20)] for i in range(len(CLIPS))]
    mixing = replace(PLAIN, size=64, mixup_share=1.0, mixup_alpha=10.0)
    found = drawn(mixing, renditions, taught=lessons())
    known = found.frames[..., 2]
    assert set(known.ravel()) == {0, 1}
    assert known.sum(axis=1).min() < 5, "two clips seldom lie alike"
    both = found.frames[known == 1]
    where = found.windows[:, 2::4, 0][known == 1]
    np.testing.assert_allclose(both[:, 1], -where, rtol=1e-3)


@pytest.mark.parametrize("clips", [CLIPS[:N], CLIPS[N:]], ids=["main", "others"])
def test_one_kind_of_corpus_alone_fills_a_batch(clips):
    windows, _, _ = batch(replace(PLAIN, size=64), clips=clips)
    assert set((-windows[:, 0, 0]).tolist()) == set(range(len(clips)))
