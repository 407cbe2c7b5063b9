"""Each change does what it says, keeps its hands off its input, and can be repeated."""

import numpy as np
import pytest

from assistant.training.augmentation import (
    AugmentationSettings,
    VoiceChanges,
    colouring,
    hide,
    placed,
    random_stretches,
    read_at,
    shifting,
    warping,
)

STILL = AugmentationSettings(warp=(1, 1), gain_db=0, equaliser_db=0)


def rng(seed=0):
    return np.random.default_rng(seed)


def ramp(n_frames, n_channels=0):
    """A clip whose values are the numbers of its frames; the second channel is negative."""
    levels = np.repeat(np.arange(n_frames, dtype=np.float16), 64).reshape(n_frames, 64)
    return np.stack([levels, -levels], axis=-1) if n_channels else levels


def test_a_short_clip_lies_somewhere_in_its_window():
    starts = set()
    for seed in range(20):
        windows, positions = placed([ramp(30)], np.ones(1), 64, rng(seed))
        inside = np.isfinite(positions)
        assert windows.shape == (1, 1, 64, 64)
        assert inside.sum() == 30
        np.testing.assert_array_equal(windows[0, 0][inside[0]], ramp(30))
        starts.add(int(inside[0].argmax()))
    assert len(starts) > 10
    assert max(starts) <= 34


def test_a_long_clip_is_cut_somewhere():
    starts = set()
    for seed in range(20):
        windows, positions = placed([ramp(100)], np.ones(1), 64, rng(seed))
        inside = np.isfinite(positions)
        assert inside.all()
        np.testing.assert_array_equal(np.diff(windows[0, 0, :, 0]), 1)
        starts.add(float(windows[0, 0, 0, 0]))
    assert len(starts) > 10
    assert max(starts) <= 36


def test_tempo_is_speed_and_frames_between_frames_are_between_them():
    windows, positions = placed([ramp(100), ramp(100)], np.array([2.0, 0.8]), 256, rng())
    inside = np.isfinite(positions)
    fast, slow = (windows[0, i][inside[i]][:, 0] for i in range(2))
    np.testing.assert_allclose(fast, np.arange(0, 100, 2))
    np.testing.assert_allclose(slow, np.arange(124) * 0.8, rtol=1e-5)


def test_both_channels_are_placed_alike():
    windows, positions = placed([ramp(40, 2), ramp(90, 2)], np.array([1.1, 0.9]), 64, rng())
    inside = np.isfinite(positions)
    assert windows.shape == (2, 2, 64, 64)
    np.testing.assert_allclose(windows[1][inside], -windows[0][inside])


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_the_shortest_clips_can_be_placed(n_frames):
    for seed in range(20):
        tempo = rng(seed).uniform(0.85, 1.18, 1)
        windows, positions = placed([ramp(n_frames)], tempo, 64, rng(seed))
        inside = np.isfinite(positions)
        assert 1 <= inside.sum() <= 4
        assert np.isfinite(windows).all()


def test_what_lies_at_a_place_is_told():
    windows, positions = placed([ramp(100)], np.array([1.1]), 64, rng())
    np.testing.assert_allclose(windows[0, 0, :, 0], ramp(100)[0, 0] + positions[0], rtol=1e-3)


def test_frames_are_read_between_and_half_a_frame_beyond():
    clip = np.array([[0.0, 5], [10, 5]], np.float16)
    places = np.array([[-0.6, -0.5, 0.25, 1.5, 1.6, np.nan]])
    read, inside = read_at([clip], places)
    assert inside.tolist() == [[False, True, True, True, False, False]]
    assert read[0].tolist() == [[0, 0], [0, 5], [2.5, 5], [10, 5], [0, 0], [0, 0]]


def test_warping_moves_a_band_up_by_the_factor():
    peak = np.zeros((2, 1, 64), np.float32)
    peak[:, :, 40] = 1
    moved = np.matmul(peak, warping(np.array([1.25, 0.8]), 64))
    assert moved.argmax(axis=2).tolist() == [[50], [32]]


def test_warping_down_repeats_the_highest_band():
    levels = np.arange(64, dtype=np.float32)[np.newaxis, np.newaxis]
    moved = np.matmul(levels, warping(np.array([0.8]), 64))[0, 0]
    np.testing.assert_allclose(moved, np.minimum(np.arange(64) / 0.8, 63), rtol=1e-5)


def test_shifting_moves_bins_up_and_zeros_follow():
    bins = np.arange(1.0, 65, dtype=np.float32)[np.newaxis, np.newaxis]
    up, down = np.matmul(bins, shifting(np.array([2.0, -1.5]), 64))[:, 0]
    np.testing.assert_allclose(up, [0, 0, *np.arange(1, 63)])
    np.testing.assert_allclose(down, [*np.arange(2.5, 64), 32, 0])


def test_a_colour_is_smooth_and_as_strong_as_asked():
    curves = colouring(4_000, 64, 3.0, rng())
    assert curves.shape == (4_000, 64)
    assert curves[:, [0, 21, 42, 63]].std() == pytest.approx(3.0, rel=0.05)
    assert np.abs(np.diff(curves, n=2))[:, 1:20].max() < 1e-4  # straight between its points


def test_a_voice_is_warped_coloured_and_louder():
    levels = rng().uniform(-60, 0, (3, 50, 64)).astype(np.float32)
    before = levels.copy()
    voices = VoiceChanges.drawn(3, 64, AugmentationSettings(), rng(1))
    expected = np.matmul(levels, warping(voices.warp, 64))
    expected += (voices.colour_db + voices.gain_db[:, np.newaxis])[:, np.newaxis]
    np.testing.assert_allclose(voices.of_levels(levels), expected, atol=1e-3)
    np.testing.assert_array_equal(levels, before)
    assert len(set(voices.warp)) == len(set(voices.gain_db)) == 3
    assert np.abs(voices.gain_db).max() <= 3


def test_nothing_is_changed_where_nothing_is_to_change():
    levels = rng().uniform(-60, 0, (2, 20, 64)).astype(np.float32)
    voices = VoiceChanges.drawn(2, 64, STILL, rng())
    np.testing.assert_allclose(voices.of_levels(levels), levels, atol=1e-4)


def test_stretches_are_of_every_length_up_to_the_longest():
    stretches = random_stretches(2_000, 64, 8, rng())
    lengths = stretches[:, 1] - stretches[:, 0]
    assert set(lengths.tolist()) == set(range(9))
    assert stretches.min() == 0
    assert stretches.max() == 64
    assert (random_stretches(50, 6, 8, rng()) @ [-1, 1]).max() == 3, "half the axis at most"


@pytest.mark.parametrize("axis", [1, 2])
def test_a_stretch_is_hidden_in_each_window(axis):
    windows = np.zeros((2, 10, 12), np.float32)
    hide(windows, np.array([[2, 5], [0, 0]]), axis, np.array([7.0, 9.0]))
    lines = windows[0] if axis == 1 else windows[0].T
    assert (lines[2:5] == 7).all()
    assert windows.sum() == 7 * 3 * lines.shape[1]
