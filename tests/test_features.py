"""The front end against what a recording may do to it, with pitch and without."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from assistant.errors import AudioError, ModelError
from assistant.features import (
    FeatureRecipe,
    clip_features,
    clip_levels,
    model_input,
    padded,
    scale_bands,
    silent_frame,
    windows,
)
from assistant.log_mel import MelConfig, log_mel
from assistant.pitch_salience import PitchConfig, pitch_salience
from assistant.values import Audio
from tests.signals import RATE, noise, speech_like, tone

RECIPE = FeatureRecipe()
WITH_PITCH = FeatureRecipe(pitch=PitchConfig())
SPEECH = speech_like(0.5)
FLOOR_DB = 10 * np.log10(RECIPE.mel.floor_power)

seconds_of_noise = arrays(
    np.float32,
    st.integers(0, 2_000),
    elements=st.floats(-(2.0**100), 2.0**100, width=32, allow_subnormal=True),
)
either_recipe = pytest.mark.parametrize("recipe", [RECIPE, WITH_PITCH])


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


@given(gain_db=st.floats(-30, 30), noise_scale=st.floats(0, 0.5), seed=st.integers(0, 2**32))
def test_the_level_of_a_recording_changes_nothing(gain_db, noise_scale, seed):
    samples = SPEECH + noise(SPEECH.size, seed, noise_scale)
    louder = Audio(samples * np.float32(10 ** (gain_db / 20)), RATE)
    apart = clip_features(louder, WITH_PITCH) - clip_features(Audio(samples, RATE), WITH_PITCH)
    assert np.abs(apart[..., 0]).max() < 0.1  # dB
    assert np.abs(apart[..., 1]).max() < 0.001  # salience


def test_real_speech_30_db_quieter_is_the_same(hello):
    quiet = Audio(hello.samples * np.float32(10 ** (-30 / 20)), RATE)
    apart = clip_features(quiet, WITH_PITCH) - clip_features(hello, WITH_PITCH)
    assert np.abs(apart[..., 0]).max() < 0.1  # dB
    assert np.abs(apart[..., 1]).max() < 0.001  # salience


def test_sixteen_bit_steps_at_minus_30_db_change_little():
    samples = speech_like()
    quiet = np.round(samples * 10 ** (-30 / 20) * 32_768) / 32_768
    apart = clip_features(Audio(quiet, RATE), WITH_PITCH) - clip_features(
        Audio(samples, RATE), WITH_PITCH
    )
    assert np.abs(apart[..., 0]).mean() < 1.0  # dB
    assert np.abs(apart[..., 1]).mean() < 0.01


def test_silence_is_not_amplified():
    hiss = noise(RATE, scale=1e-8)
    np.testing.assert_allclose(model_input(Audio(hiss, RATE), RECIPE), FLOOR_DB)
    assert not model_input(Audio(hiss, RATE), WITH_PITCH)[..., 1].any()


def test_a_clip_has_the_standard_loudness():
    config = MelConfig(floor_power=1e-12)
    recipe = FeatureRecipe(mel=config)
    at_level = 0.05 / np.sqrt(np.mean(np.square(noise(RATE))))
    expected = log_mel(noise(RATE) * at_level, config)
    np.testing.assert_allclose(
        clip_levels(Audio(noise(RATE), RATE), recipe), expected, atol=1e-3
    )


def test_without_pitch_the_features_of_a_clip_are_its_levels():
    audio = Audio(speech_like(), RATE)
    np.testing.assert_array_equal(clip_features(audio, RECIPE), clip_levels(audio, RECIPE))


def test_with_pitch_the_levels_come_first_and_the_salience_of_the_same_sound_second():
    silence = np.zeros(RATE, np.float32)
    speech = speech_like()
    audio = Audio(np.concatenate([silence, speech, silence]), RATE)
    features = clip_features(audio, WITH_PITCH)
    np.testing.assert_array_equal(features[..., 0], clip_levels(audio, RECIPE))
    (loud,) = np.nonzero(clip_levels(audio, RECIPE).max(axis=1) > FLOOR_DB + 20)
    found = features[loud, :, 1].argmax(axis=1)
    assert np.median(found) == 21  # 120 Hz, one octave of three above 60 Hz


def test_the_salience_is_that_of_the_levelled_sound():
    hum = tone(150, amplitude=0.05 * np.sqrt(2))  # has the standard loudness already
    features = clip_features(Audio(hum * np.float32(1e-4), RATE), WITH_PITCH)
    expected = pitch_salience(hum, RATE, WITH_PITCH.pitch)
    np.testing.assert_allclose(features[..., 1], expected, atol=1e-3)


@given(seconds_of_noise)
def test_any_finite_sound_gives_finite_input_of_the_right_shape(samples):
    seen = model_input(Audio(samples, RATE), WITH_PITCH)
    assert seen.shape == (1, 256, 64, 2)
    assert seen.dtype == np.float32
    assert np.isfinite(seen).all()
    assert np.abs(seen[..., 1]).max() <= 1
    levels = model_input(Audio(samples, RATE), RECIPE)
    assert levels.dtype == np.float32
    np.testing.assert_array_equal(levels, seen[..., 0])


@pytest.mark.parametrize(
    ("recipe", "shape"),
    [
        (FeatureRecipe(), (256, 64)),
        (FeatureRecipe(pitch=PitchConfig()), (256, 64, 2)),
        (FeatureRecipe(MelConfig(n_mels=40), 100, 50), (100, 40)),
        (FeatureRecipe(MelConfig(n_mels=9), 7, 5, pitch=PitchConfig(n_bins=9)), (7, 9, 2)),
    ],
)
def test_the_recipe_tells_the_shape_of_a_window(recipe, shape):
    assert recipe.window_shape == shape
    assert silent_frame(recipe).shape == shape[1:]
    assert model_input(Audio(noise(RATE), RATE), recipe).shape[1:] == shape


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


def test_windows_keep_level_and_salience_together():
    features = np.random.default_rng(0).standard_normal((300, 64, 2)).astype(np.float32)
    cut = windows(features, WITH_PITCH)
    np.testing.assert_array_equal(cut, [features[:256], features[44:]])


@either_recipe
@pytest.mark.parametrize(("n_frames", "before"), [(10, 123), (9, 123), (0, 128), (256, 0)])
def test_a_short_clip_lies_in_the_middle_of_silence(recipe, n_frames, before):
    features = np.full((n_frames, *recipe.window_shape[1:]), 0.5, dtype=np.float32)
    window = padded(features, recipe)
    assert window.shape == recipe.window_shape
    assert window.dtype == np.float32
    silence = np.delete(window, np.s_[before : before + n_frames], axis=0)
    np.testing.assert_array_equal(window[before : before + n_frames], features)
    np.testing.assert_array_equal(silence, np.broadcast_to(silent_frame(recipe), silence.shape))


def test_a_frame_of_silence_has_the_floors_level_and_no_pitch():
    np.testing.assert_allclose(silent_frame(RECIPE), FLOOR_DB)
    np.testing.assert_allclose(silent_frame(WITH_PITCH), [[FLOOR_DB, 0]] * 64)


@either_recipe
def test_silence_sounds_like_padding(recipe):
    silence = clip_features(Audio(np.zeros(RATE), RATE), recipe)
    np.testing.assert_allclose(silence, np.stack([silent_frame(recipe)] * 101))


def test_bands_are_scaled_by_their_own_statistics():
    recipe = FeatureRecipe(band_mean=tuple(range(64)), band_std=tuple(range(1, 65)))
    levels = np.stack([np.arange(64), 2 * np.arange(64) + 1]).astype(np.float32)
    scaled = scale_bands(levels, recipe)
    np.testing.assert_allclose(scaled[0], 0)
    np.testing.assert_allclose(scaled[1], 1)


def test_pitch_is_scaled_by_one_pair_of_statistics():
    recipe = FeatureRecipe(
        band_mean=tuple(range(64)),
        band_std=tuple(range(1, 65)),
        pitch=PitchConfig(),
        pitch_mean=0.1,
        pitch_std=0.2,
    )
    features = np.stack([np.arange(64), np.full(64, 0.5)], axis=-1).astype(np.float32)
    for shape in ((64, 2), (5, 64, 2), (3, 5, 64, 2)):  # a frame, a clip, a batch
        scaled = scale_bands(np.broadcast_to(features, shape), recipe)
        assert scaled.dtype == np.float32
        np.testing.assert_allclose(scaled[..., 0], 0)
        np.testing.assert_allclose(scaled[..., 1], 2, rtol=1e-6)


def test_another_mean_of_the_bands_moves_the_levels_alone():
    recipe = replace(WITH_PITCH, band_std=(5.0,) * 64, pitch_mean=0.1)
    own = replace(recipe, band_mean=(-40.0,) * 64)
    features = clip_features(Audio(speech_like(), RATE), recipe)
    moved = scale_bands(features, own) - scale_bands(features, recipe)
    np.testing.assert_allclose(moved, np.broadcast_to([8.0, 0.0], moved.shape), rtol=1e-5)


def test_padding_is_scaled_like_silence():
    recipe = FeatureRecipe(band_mean=(-40.0,) * 64, band_std=(10.0,) * 64)
    silence = model_input(Audio(np.zeros(RATE, np.float32), RATE), recipe)
    np.testing.assert_allclose(silence, (FLOOR_DB + 40) / 10)


def test_another_sample_rate_is_refused():
    for features in (clip_features, clip_levels, model_input):
        with pytest.raises(AudioError, match="need 16000 Hz, got 44100 Hz"):
            features(Audio(noise(100), 44_100), RECIPE)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"band_mean": (0.0,)}, "band_mean has 1 values for 64"),
        ({"band_std": (0.0,) * 64}, "band_std and pitch_std positive"),
        ({"band_std": (float("nan"),) * 64}, "band_std and pitch_std positive"),
        ({"band_mean": (float("inf"),) * 64}, "band_mean and pitch_mean must be finite"),
        ({"pitch_mean": float("nan")}, "pitch_mean must be finite"),
        ({"pitch_std": 0.0}, "pitch_std positive"),
        ({"pitch_std": float("inf")}, "pitch_std positive"),
        ({"pitch": PitchConfig(n_bins=48)}, "as many bins as .* bands, got 48 and 64"),
        ({"pitch": PitchConfig(hop_length=80)}, "80 samples at 4000 Hz and 160 at 16000 Hz"),
        ({"pitch": PitchConfig(sample_rate=6_000)}, "40 samples at 6000 Hz and 160 at 16000"),
        ({"pitch": PitchConfig(sample_rate=15_000, hop_length=160)}, "samples at 15000 Hz"),
        ({"pitch": PitchConfig(sample_rate=32_000)}, "frames where the mel bands have theirs"),
        ({"window_hop": 0}, "0 < window_hop"),
        ({"window_hop": 257}, "window_hop <= n_frames, got 257 and 256"),
        ({"trim_db": 0.0}, "trim_db and level_rms must be positive"),
        ({"level_rms": -1.0}, "trim_db and level_rms must be positive"),
    ],
)
def test_impossible_recipes_are_refused(changes, message):
    with pytest.raises(ModelError, match=message):
        FeatureRecipe(**changes)
