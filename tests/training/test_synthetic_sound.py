"""Rooms and noises that are made up: they are what they are said to be."""

import numpy as np
import pytest

from assistant.audio import SAMPLE_RATE
from assistant.training.synthetic_sound import (
    babble,
    band_limited,
    coloured_noise,
    fluctuating_noise,
    synthetic_room,
    tonal_noise,
)
from assistant.values import Audio


def rng(seed=0):
    return np.random.default_rng(seed)


def level_db(samples):
    return 10 * np.log10((samples.astype(np.float64) ** 2).mean())


def tone(frequency_hz, amplitude=0.5, duration_s=1.0):
    times_s = np.arange(round(duration_s * SAMPLE_RATE)) / SAMPLE_RATE
    samples = amplitude * np.sin(2 * np.pi * frequency_hz * times_s)
    return Audio(samples.astype(np.float32), SAMPLE_RATE)


@pytest.mark.parametrize("rt60_s", [0.2, 0.6])
def test_a_room_decays_by_60_db_in_its_time(rt60_s):
    tail = synthetic_room(rt60_s, 0.0, rng()).samples[1:]
    tenth = round(rt60_s / 10 * SAMPLE_RATE)
    decay_db = level_db(tail[2 * tenth : 3 * tenth]) - level_db(tail[7 * tenth : 8 * tenth])
    assert decay_db == pytest.approx(30, abs=2)


@pytest.mark.parametrize("direct_db", [-3.0, 12.0])
def test_the_direct_sound_is_first_and_as_loud_as_asked(direct_db):
    room = synthetic_room(0.3, direct_db, rng()).samples.astype(np.float64)
    assert np.abs(room).argmax() == 0
    assert 10 * np.log10(room[0] ** 2 / (room[1:] ** 2).sum()) == pytest.approx(direct_db)
    assert not room[1:16].any(), "a gap of a millisecond at least"


def test_an_endless_room_ends():
    assert synthetic_room(5.0, 0.0, rng()).duration_s < 0.81


@pytest.mark.parametrize("make", [coloured_noise, fluctuating_noise, tonal_noise])
def test_a_noise_is_random_and_can_be_repeated(make):
    one, same, other = (make(9_000, rng(seed)) for seed in (1, 1, 2))
    assert one.samples.shape == (9_000,)
    np.testing.assert_array_equal(one.samples, same.samples)
    assert not np.array_equal(one.samples, other.samples)
    assert make(1, rng()).samples.shape == (1,)


def test_colours_differ_and_fall_towards_the_top():
    spectra = np.array(
        [
            np.abs(np.fft.rfft(coloured_noise(16_000, rng(seed)).samples)) ** 2
            for seed in range(40)
        ]
    )
    low, high = (
        10 * np.log10(spectra[:, a:b].mean(axis=1)) for a, b in ((500, 700), (6_000, 7_000))
    )
    assert (low - high).mean() == pytest.approx(3 * np.log2(6_500 / 600), abs=4)
    assert (low - high).std() > 5


def test_only_a_fluctuating_noise_fluctuates():
    def swing_db(noise):
        blocks = noise.samples.reshape(-1, 800)
        return np.std([level_db(block) for block in blocks])

    assert swing_db(coloured_noise(32_000, rng())) < 3
    assert swing_db(fluctuating_noise(32_000, rng())) > 5


def test_a_tonal_noise_has_a_pitch_and_others_have_none():
    def periodicity(noise):
        """Greatest autocorrelation at the period of a pitch, 0 to 1, in the loudest 0.1 s."""
        block = max(noise.samples.reshape(-1, 1_600), key=np.ptp)
        power = np.abs(np.fft.rfft(block * np.hanning(block.size))) ** 2
        correlation = np.fft.irfft(power)
        return correlation[17:400].max() / correlation[0]

    tonal, steady, fluctuating = (
        np.median([periodicity(make(16_000, rng(seed))) for seed in range(20)])
        for make in (tonal_noise, coloured_noise, fluctuating_noise)
    )
    assert tonal > 0.8 > 0.4 > max(steady, fluctuating)


def test_tonal_noises_go_on_or_come_in_bursts():
    swings_db = [
        np.ptp([level_db(block) for block in noise.samples.reshape(-1, 1_600) + 1e-4])
        for noise in (tonal_noise(32_000, rng(seed)) for seed in range(40))
    ]
    assert 12 < sum(swing_db > 30 for swing_db in swings_db) < 28


def test_voices_in_babble_are_equally_loud():
    voices = [tone(500, 0.9), tone(1_000, 0.01, 0.5)]
    power = np.abs(np.fft.rfft(babble(voices, 16_000, rng()).samples)) ** 2
    assert set(np.argsort(power)[-2:]) == {500, 1_000}
    assert power[500] == pytest.approx(power[1_000], rel=1e-3)


def test_a_line_lets_its_band_pass_in_time():
    for frequency_hz, passed_db in ((50, -36), (1_000, 0), (6_000, -60)):
        before = tone(frequency_hz)
        after = band_limited(before, 200.0, 3_000.0)
        middle = slice(4_000, 12_000)
        change_db = level_db(after.samples[middle]) - level_db(before.samples[middle])
        assert change_db < passed_db + 1
        assert after.samples.shape == before.samples.shape
    passed = band_limited(tone(1_000), 200.0, 3_000.0).samples
    np.testing.assert_allclose(passed[middle], tone(1_000).samples[middle], atol=0.01)
