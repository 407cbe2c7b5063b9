"""Pitch salience against sounds whose pitch is known, and against pYIN on real voices."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.audio import read_audio
from assistant.errors import ModelError
from assistant.log_mel import MelConfig, log_mel
from assistant.pitch_salience import PitchConfig, pitch_salience, pitches
from tests.signals import RATE, buzz, noise, tone

CONFIG = PitchConfig()
HOP = 160


def salience(samples, **changes):
    return pitch_salience(samples, RATE, replace(CONFIG, **changes))


def steady(hz, duration_s=0.5):
    return buzz(np.full(round(duration_s * RATE), hz))


def test_pitches_are_evenly_spaced_from_60_hz_over_three_octaves():
    hz = pitches(CONFIG)
    assert hz.shape == (64,)
    assert hz[0] == 60
    np.testing.assert_allclose(hz[1:] / hz[:-1], 8 ** (1 / 64))


@pytest.mark.parametrize("rising", [True, False])
def test_a_glide_is_found_in_the_middle_of_each_frame(rising):
    hz = np.geomspace(100, 200, 3 * RATE)[:: 1 if rising else -1]
    found = salience(buzz(hz)).argmax(axis=1)
    at_the_centre = hz[np.minimum(np.arange(found.size) * HOP, hz.size - 1)]
    expected = np.log2(at_the_centre / 60) * 64 / 3  # bins
    assert np.abs(found - expected).max() < 0.6
    # A frame early or late would be 0.07 of a bin off, up or down with the glide.
    assert abs((found - expected)[5:-5].mean()) < 0.035


def test_a_sound_played_backwards_has_its_frames_backwards():
    samples = noise(HOP * 50 + 1)
    np.testing.assert_allclose(salience(samples[::-1]), salience(samples)[::-1], atol=1e-5)


@pytest.mark.parametrize("hz", [70, 100, 150, 220, 330, 440])
def test_a_voice_repeats_at_its_own_pitch_and_no_octave_away(hz):
    strength = salience(steady(hz))[10:-10]
    expected = np.log2(hz / 60) * 64 / 3
    assert np.abs(strength.argmax(axis=1) - expected).max() <= 1
    assert strength.max(axis=1).min() > 0.6


def test_a_voice_without_its_fundamental_keeps_its_pitch():
    hz = 160
    missing = steady(hz) - tone(hz, 0.5, amplitude=0.1)
    expected = np.log2(hz / 60) * 64 / 3
    assert np.abs(salience(missing)[10:-10].argmax(axis=1) - expected).max() <= 1


def test_without_compression_it_is_the_autocorrelation_of_the_windowed_sound():
    window = np.hanning(257)
    overlap = np.correlate(window, window, "full")[256:]  # by lag, in samples at 4 kHz
    overlap = np.interp(4_000 / pitches(CONFIG), np.arange(257), overlap / overlap[0])
    expected = overlap * np.cos(2 * np.pi * 200 / pitches(CONFIG))
    np.testing.assert_allclose(salience(tone(200), gamma=1.0)[50], expected, atol=0.01)


def test_noise_repeats_nowhere():
    assert np.abs(salience(noise(RATE)).mean(axis=0)).max() < 0.2
    assert salience(noise(RATE)).max() < salience(steady(120))[10:-10].max(axis=1).min()


def test_silence_has_no_pitch():
    assert not salience(np.zeros(RATE)).any()


@pytest.mark.parametrize("scale", [1e-30, 1e-4, 1.0, 1e4])
def test_salience_lies_between_minus_one_and_one(scale):
    for samples in (steady(60), noise(RATE), tone(1_000), np.ones(RATE, np.float32)):
        strength = salience(scale * samples)
        assert strength.dtype == np.float32
        assert np.abs(strength).max() <= 1


def test_what_is_below_the_mel_bands_floor_has_little_pitch():
    sounds = [steady(150)[10 * HOP : 20 * HOP + 1] * 10 ** (-db / 20) for db in (20, 100)]
    levels = [log_mel(samples, MelConfig()) for samples in sounds]
    assert np.ptp(levels[0]) > 20
    assert np.ptp(levels[1]) < 1  # dB
    heard, below = (salience(samples)[5].max() for samples in sounds)
    assert heard > 0.8
    assert below < 0.05


def test_noise_at_the_mel_bands_floor_has_half_its_salience():
    floor = MelConfig().floor_power
    power = 10 ** (log_mel(noise(RATE), MelConfig()) / 10) - floor
    at_the_floor = noise(RATE) * np.sqrt(floor / power.mean())
    share = salience(at_the_floor) / salience(noise(RATE))
    assert np.median(share) == pytest.approx(0.5, abs=0.1)


def test_frames_stand_where_those_of_the_mel_bands_do():
    for n_samples in (0, 1, 159, 160, 161, 319, 320, 641, 16_003):
        samples = noise(n_samples)
        assert salience(samples).shape == log_mel(samples, MelConfig()).shape


def test_a_sound_is_where_its_frames_are():
    samples = np.zeros(RATE, np.float32)
    samples[8_000:8_160] = tone(500, 0.01)
    (found,) = np.nonzero(np.abs(salience(samples)).max(axis=1) > 1e-3)
    assert found.min() >= 50 - 4  # 32 ms of window and 2 ms of low-pass on either side
    assert found.max() <= 51 + 4
    assert found.size >= 5


@pytest.mark.parametrize("hz", [2_500, 3_900, 5_000, 7_900])
def test_high_sounds_do_not_fold_down(hz):
    voice, high = steady(150), tone(hz, 0.5, amplitude=0.3)
    apart = salience(voice + high) - salience(voice)
    assert np.abs(apart[4:-4]).max() < 0.01  # where the window holds no beginning or end


def test_what_lies_outside_the_spectrum_does_not_count():
    voice = steady(150)
    for hz in (20, 1_800):
        assert np.abs(salience(voice + tone(hz, 0.5)) - salience(voice))[10:-10].max() < 0.1


def test_a_lower_exponent_makes_harmonics_more_even():
    loud, soft = tone(200, amplitude=0.3), tone(500, amplitude=0.03)
    at_500 = [salience(loud + soft, gamma=gamma)[50] for gamma in (0.3, 1.0)]
    alike = [
        np.corrcoef(strength, np.cos(2 * np.pi * 500 / pitches(CONFIG)))[0, 1]
        for strength in at_500
    ]
    assert alike[0] > alike[1] + 0.1


def test_other_rates_and_sizes_are_possible():
    config = PitchConfig(sample_rate=2_000, hop_length=20, win_length=128, n_fft=256,
                         n_bins=36, fmin=80.0, octaves=2.0, spectrum_max=800.0)  # fmt: skip
    strength = pitch_salience(steady(160), RATE, config)
    assert strength.shape == (51, 36)
    assert set(strength[10:-10].argmax(axis=1)) == {18}


def test_salience_keeps_its_numbers():
    """Made with this file's own first version."""
    golden = [0.0355, -0.2154, -0.0394, 0.2838, -0.2263, -0.3243, -0.2927, -0.1782]
    np.testing.assert_allclose(salience(steady(130))[25, ::9], golden, atol=1e-3)


@pytest.mark.slow
def test_real_voices_have_the_pitch_that_pyin_finds(shared_data):
    librosa = pytest.importorskip("librosa", reason="its pYIN is the reference")
    apart = []
    for actor in range(1, 7):
        clip = read_audio(shared_data / f"ravdess/03-01-05-01-01-01-{actor:02}.flac")
        expected, voiced, _ = librosa.pyin(
            clip.samples, fmin=60, fmax=480, sr=RATE, frame_length=1_024, hop_length=HOP
        )
        found = pitches(CONFIG)[salience(clip.samples / clip.samples.std() * 0.05).argmax(1)]
        apart.append(12 * np.log2(found[voiced] / expected[voiced]))
    semitones = np.concatenate(apart)
    assert semitones.size > 500
    # The others are mostly one or two semitones off, in angry speech with its fast glides.
    assert (np.abs(semitones) <= 1).mean() > 0.85
    assert (np.abs(np.abs(semitones) - 12) <= 1).mean() < 0.01


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hop_length": 0}, "0 < hop_length"),
        ({"win_length": 39}, "hop_length <= win_length"),
        ({"win_length": 513}, "win_length <= n_fft, got 40, 513, 512"),
        ({"sample_rate": 0}, "<= 0 Hz"),
        ({"spectrum_max": 1_601.0}, "spectrum_max <= 1600 Hz, got 50.0 and 1601.0"),
        ({"spectrum_min": -1.0}, "0 <= spectrum_min"),
        ({"spectrum_min": 1_600.0}, "spectrum_min < spectrum_max"),
        ({"spectrum_min": float("nan")}, "spectrum_min < spectrum_max"),
        ({"fmin": 0.0}, "fmin > 0"),
        ({"fmin": float("inf")}, "fmin > 0"),
        ({"octaves": 0.0}, "octaves > 0"),
        ({"octaves": float("nan")}, "octaves > 0"),
        ({"n_bins": 0}, "n_bins >= 1"),
        ({"gamma": 0.0}, "0 < gamma <= 1"),
        ({"gamma": 1.1}, "0 < gamma <= 1 and floor > 0, got 1.1"),
        ({"floor": 0.0}, "floor > 0"),
        ({"floor": float("inf")}, "floor > 0"),
    ],
)
def test_impossible_pitch_settings_are_refused(changes, message):
    with pytest.raises(ModelError, match=message):
        PitchConfig(**changes)
