"""The front end against librosa and against what a recording may do to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assistant.errors import AudioError, ModelError
from assistant.features import (
    FeatureRecipe,
    MelConfig,
    clip_levels,
    log_mel,
    model_input,
    padded,
    scale_bands,
    windows,
)
from assistant.values import Audio

RATE = 16_000
CONFIG = MelConfig()
RECIPE = FeatureRecipe()
FLOOR_DB = 10 * np.log10(CONFIG.floor_power)

seconds_of_noise = arrays(
    np.float32,
    st.integers(0, 2_000),
    elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=True),
)


def noise(n_samples, seed=0, scale=0.1):
    rng = np.random.default_rng(seed)
    return (scale * rng.standard_normal(n_samples)).astype(np.float32)


def tone(hz, duration_s=1.0, amplitude=0.3):
    times = np.arange(round(duration_s * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def speech_like(duration_s=2.0):
    """Syllables: a buzz that comes and goes four times a second."""
    times = np.arange(round(duration_s * RATE)) / RATE
    buzz = sum(np.sin(2 * np.pi * 120 * k * times) / k for k in range(1, 30))
    return (0.1 * buzz * np.sin(np.pi * 4 * times) ** 2).astype(np.float32)


@pytest.mark.parametrize(
    "config",
    [
        CONFIG,
        MelConfig(n_mels=40, n_fft=1024, hop_length=256, fmin=80, fmax=7600),
        MelConfig(sample_rate=8_000, fmax=4_000),
    ],
)
def test_log_mel_is_the_one_of_librosa(config):
    librosa = pytest.importorskip("librosa", reason="librosa 0.11 is the reference")
    samples = noise(config.sample_rate)
    reference = librosa.feature.melspectrogram(
        y=samples,
        sr=config.sample_rate,
        n_fft=config.n_fft,
        win_length=config.win_length,
        hop_length=config.hop_length,
        n_mels=config.n_mels,
        fmin=config.fmin,
        fmax=config.fmax,
    )
    ours = log_mel(Audio(samples, config.sample_rate), config)
    np.testing.assert_allclose(ours, 10 * np.log10(reference.T + config.floor_power), atol=1e-3)


def test_log_mel_keeps_its_numbers():
    """Made with this file's own first version, which agreed with librosa 0.11.0."""
    golden = [-50.440, -20.792, 12.520, 3.490, -59.993, -60.0]  # dB
    levels = log_mel(Audio(tone(440.0), RATE), CONFIG)
    assert levels.shape == (101, 64)
    np.testing.assert_allclose(levels[50, [0, 5, 8, 9, 30, 63]], golden, atol=0.01)


def test_a_tone_is_loudest_in_the_band_around_it():
    # Slaney: 440 Hz is 6.6 mel; 64 bands lie between 0.75 and 45.2 mel, 0.685 apart.
    levels = log_mel(Audio(tone(440.0), RATE), CONFIG)
    assert set(levels[10:90].argmax(axis=1)) == {8}


def test_ten_times_the_amplitude_is_twenty_db():
    config = MelConfig(floor_power=1e-12)
    quiet, loud = (log_mel(Audio(scale * noise(RATE), RATE), config) for scale in (1, 10))
    np.testing.assert_allclose(loud - quiet, 20.0, atol=1e-3)


def test_silence_is_the_floor():
    levels = log_mel(Audio(np.zeros(RATE, np.float32), RATE), CONFIG)
    np.testing.assert_allclose(levels, FLOOR_DB)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(0, 1), (1, 1), (159, 1), (160, 2), (480, 4)]
)
def test_a_frame_stands_at_each_hop(n_samples, n_frames):
    assert log_mel(Audio(noise(n_samples), RATE), CONFIG).shape == (n_frames, 64)


def test_outer_silence_is_cut_and_inner_silence_stays():
    pause = np.zeros(RATE, np.float32)
    bare = [tone(300), pause, tone(300)]
    inside = clip_levels(Audio(np.concatenate([pause, *bare, pause]), RATE), RECIPE)
    np.testing.assert_allclose(inside, clip_levels(Audio(np.concatenate(bare), RATE), RECIPE))
    assert len(inside) == 301


def test_sounds_35_db_below_the_loudest_part_are_cut_and_30_db_below_are_not():
    loud, n_loud = tone(300), 101
    for factor_db, n_frames in ((-40, n_loud), (-30, n_loud + 100)):
        clip = np.concatenate([loud, loud * np.float32(10 ** (factor_db / 20))])
        assert len(clip_levels(Audio(clip, RATE), RECIPE)) == n_frames


@pytest.mark.parametrize("gain_db", [-30, -10, 10])
def test_the_level_of_a_recording_changes_nothing(gain_db):
    samples = speech_like()
    louder = Audio(samples * np.float32(10 ** (gain_db / 20)), RATE)
    expected = model_input(Audio(samples, RATE), RECIPE)
    np.testing.assert_allclose(model_input(louder, RECIPE), expected, atol=0.01)


def test_sixteen_bit_steps_at_minus_30_db_change_little():
    samples = speech_like()
    quiet = np.round(samples * 10 ** (-30 / 20) * 32_768) / 32_768
    apart = model_input(Audio(quiet.astype(np.float32), RATE), RECIPE) - model_input(
        Audio(samples, RATE), RECIPE
    )
    assert np.abs(apart).mean() < 1.0  # dB


def test_silence_is_not_amplified():
    hiss = noise(RATE, scale=1e-8)
    np.testing.assert_allclose(model_input(Audio(hiss, RATE), RECIPE), FLOOR_DB)


def test_a_clip_has_the_standard_loudness():
    config = MelConfig(floor_power=1e-12)
    recipe = FeatureRecipe(mel=config)
    at_level = 0.05 / np.sqrt(np.mean(np.square(noise(RATE))))
    expected = log_mel(Audio(noise(RATE) * np.float32(at_level), RATE), config)
    np.testing.assert_allclose(
        clip_levels(Audio(noise(RATE), RATE), recipe), expected, atol=1e-3
    )


@given(seconds_of_noise)
def test_any_finite_sound_gives_finite_input_of_the_right_shape(samples):
    levels = model_input(Audio(samples, RATE), RECIPE)
    assert levels.shape == (1, 256, 64)
    assert levels.dtype == np.float32
    assert np.isfinite(levels).all()


@pytest.mark.parametrize(
    ("n_frames", "starts"),
    [(1, [0]), (256, [0]), (257, [0, 1]), (384, [0, 128]), (600, [0, 128, 256, 344])],
)
def test_windows_overlap_and_the_last_ends_with_the_clip(n_frames, starts):
    levels = np.repeat(np.arange(n_frames, dtype=np.float32), 64).reshape(n_frames, 64)
    cut = windows(levels, RECIPE)
    assert cut.shape == (len(starts), 256, 64)
    if n_frames >= 256:
        assert cut[:, 0, 0].tolist() == starts
        assert cut[-1, -1, 0] == n_frames - 1


def test_a_short_clip_lies_in_the_middle_of_silence():
    levels = np.full((10, 64), -20, dtype=np.float32)
    window = padded(levels, 256, CONFIG)
    assert window.shape == (256, 64)
    np.testing.assert_allclose(window[123:133], -20)
    np.testing.assert_allclose(window[:123], FLOOR_DB)
    np.testing.assert_allclose(window[133:], FLOOR_DB)


def test_bands_are_scaled_by_their_own_statistics():
    recipe = FeatureRecipe(band_mean=tuple(range(64)), band_std=tuple(range(1, 65)))
    levels = np.stack([np.arange(64), 2 * np.arange(64) + 1]).astype(np.float32)
    scaled = scale_bands(levels, recipe)
    np.testing.assert_allclose(scaled[0], 0)
    np.testing.assert_allclose(scaled[1], 1)


def test_padding_is_scaled_like_silence():
    recipe = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(10.0,) * 64)
    silence = model_input(Audio(np.zeros(RATE, np.float32), RATE), recipe)
    np.testing.assert_allclose(silence, (FLOOR_DB + 40) / 10)


def test_another_sample_rate_is_refused():
    for features in (log_mel, clip_levels, model_input):
        config = CONFIG if features is log_mel else RECIPE
        with pytest.raises(AudioError, match="need 16000 Hz, got 44100 Hz"):
            features(Audio(noise(100), 44_100), config)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"hop_length": 0}, "0 < hop_length"),
        ({"win_length": 600}, "win_length <= n_fft"),
        ({"fmax": 9_000.0}, "fmax <= 8000.0 Hz, got 50.0 and 9000.0"),
        ({"fmin": -1.0}, "0 <= fmin"),
        ({"n_mels": 0}, "n_mels >= 1"),
        ({"floor_power": 0.0}, "floor_power > 0"),
    ],
)
def test_impossible_mel_settings_are_refused(changes, message):
    with pytest.raises(ModelError, match=message):
        MelConfig(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"band_mean": (0.0,)}, "band_mean has 1 values for 64"),
        ({"band_std": (0.0,) * 64}, "band_std positive"),
        ({"band_std": (float("nan"),) * 64}, "band_std positive"),
        ({"band_mean": (float("inf"),) * 64}, "band_mean must be finite"),
        ({"window_hop": 0}, "0 < window_hop"),
        ({"window_hop": 257}, "window_hop <= n_frames, got 257 and 256"),
        ({"trim_db": 0.0}, "trim_db and level_rms must be positive"),
        ({"level_rms": -1.0}, "trim_db and level_rms must be positive"),
    ],
)
def test_impossible_recipes_are_refused(changes, message):
    with pytest.raises(ModelError, match=message):
        FeatureRecipe(**changes)
