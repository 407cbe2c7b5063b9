"""Each change does what it says, keeps its hands off its input, and can be repeated."""

import numpy as np
import pytest

from assistant.features import FeatureRecipe
from assistant.training.augmentation import (
    AugmentationSettings,
    augmented,
    equalised,
    masked,
    placed,
    stretched,
    warped,
    with_noise,
)

SETTINGS = AugmentationSettings(noise_share=1.0)
CHANGES = {
    "stretched": lambda levels, rng: stretched(levels, 1.0 / 0.9),
    "warped": lambda levels, rng: warped(levels, 1.1),
    "equalised": lambda levels, rng: equalised(levels, 6.0, rng),
    "with_noise": lambda levels, rng: with_noise(levels, 10.0, rng),
    "masked": lambda levels, rng: masked(levels, 20, 0, rng),
    "augmented": lambda levels, rng: augmented(levels, SETTINGS, rng),
}


def levels(n_frames=90):
    rng = np.random.default_rng(1)
    return rng.uniform(-60, 10, (n_frames, 64)).astype(np.float32)


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_finite_seeded_and_leaves_its_input_alone(name):
    original = levels()
    first = CHANGES[name](original, np.random.default_rng(5))
    again = CHANGES[name](original, np.random.default_rng(5))
    np.testing.assert_array_equal(original, levels())
    np.testing.assert_array_equal(first, again)
    assert np.isfinite(first).all()
    assert first.dtype == np.float32
    assert first.shape[1] == 64
    assert first.shape != original.shape or not np.array_equal(first, original)


@pytest.mark.parametrize("name", ["equalised", "with_noise", "augmented"])
def test_another_seed_gives_another_clip(name):
    one, other = (CHANGES[name](levels(), np.random.default_rng(seed)) for seed in (1, 2))
    assert one.shape != other.shape or not np.array_equal(one, other)


@pytest.mark.parametrize("n_frames", [1, 2, 3])
def test_the_shortest_clips_can_be_changed(n_frames):
    for seed in range(20):
        changed = augmented(levels(n_frames), SETTINGS, np.random.default_rng(seed))
        assert np.isfinite(changed).all()
        assert len(changed) >= 1


def test_twice_the_tempo_is_half_the_frames_with_the_same_ends():
    ramp = np.repeat(np.arange(100, dtype=np.float32), 64).reshape(100, 64)
    faster = stretched(ramp, 2.0)
    assert faster.shape == (50, 64)
    np.testing.assert_allclose(faster[[0, 25, 49], 0], [0, 25 * 99 / 49, 99], rtol=1e-5)


def test_warping_moves_a_band_up_by_the_factor():
    peak = np.zeros((5, 64), np.float32)
    peak[:, 40] = 1
    assert warped(peak, 1.25)[0].argmax() == 50
    assert warped(peak, 0.8)[0].argmax() == 32


def test_an_equaliser_colours_all_frames_alike():
    change = equalised(levels(), 6.0, np.random.default_rng(2)) - levels()
    np.testing.assert_allclose(change, np.broadcast_to(change[0], change.shape), atol=1e-4)
    assert change[0].std() > 1


def test_noise_only_adds_power_and_more_at_a_lower_ratio():
    added = [
        (with_noise(levels(), snr_db, np.random.default_rng(3)) - levels()).mean()
        for snr_db in (40, 20, 0)
    ]
    assert 0 < added[0] < added[1] < added[2]


def test_noise_has_the_asked_ratio():
    flat = np.zeros((500, 64), np.float32)
    power = np.mean(
        [
            np.mean(10 ** (with_noise(flat, 10.0, np.random.default_rng(seed)) / 10)) - 1
            for seed in range(200)
        ]
    )
    # A colour with a standard deviation of 6 dB at its points raises the mean power.
    assert 0.1 < power < 0.35


def test_a_mask_hides_one_stretch_with_the_mean():
    original = levels()
    hidden = masked(original, 20, 0, np.random.default_rng(11)) != original
    rows = np.flatnonzero(hidden.all(axis=1))
    assert 1 <= len(rows) <= 20
    assert rows[-1] - rows[0] == len(rows) - 1
    assert not np.delete(hidden, rows, axis=0).any()


def test_a_long_clip_is_cut_and_a_short_one_lies_somewhere_in_silence():
    recipe, rng = FeatureRecipe(), np.random.default_rng(4)
    ramp = np.repeat(np.arange(400, dtype=np.float32), 64).reshape(400, 64)
    starts = {float(placed(ramp, recipe, rng)[0, 0]) for _ in range(20)}
    assert len(starts) > 10
    assert max(starts) <= 400 - 256
    short = placed(np.ones((10, 64), np.float32), recipe, rng)
    assert short.shape == (256, 64)
    assert (short == 1).sum() == 10 * 64
    np.testing.assert_allclose(short[short != 1], -60, atol=1e-4)
