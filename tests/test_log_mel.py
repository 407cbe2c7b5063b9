"""Log-mel levels against librosa and against sounds whose levels are known."""

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.log_mel import MelConfig, log_mel
from tests.signals import RATE, noise, tone

CONFIG = MelConfig()
FLOOR_DB = 10 * np.log10(CONFIG.floor_power)


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
    expected = 10 * np.log10(reference.T + config.floor_power)
    np.testing.assert_allclose(log_mel(samples, config), expected, atol=1e-3)


def test_log_mel_keeps_its_numbers():
    """Made with this file's own first version, which agreed with librosa 0.11.0."""
    golden = [-50.440, -20.792, 12.520, 3.490, -59.993, -60.0]  # dB
    levels = log_mel(tone(440.0), CONFIG)
    assert levels.shape == (101, 64)
    np.testing.assert_allclose(levels[50, [0, 5, 8, 9, 30, 63]], golden, atol=0.01)


def test_a_tone_is_loudest_in_the_band_around_it():
    # Slaney: 440 Hz is 6.6 mel; 64 bands lie between 0.75 and 45.2 mel, 0.685 apart.
    levels = log_mel(tone(440.0), CONFIG)
    assert set(levels[10:90].argmax(axis=1)) == {8}


def test_ten_times_the_amplitude_is_twenty_db():
    config = MelConfig(floor_power=1e-12)
    quiet, loud = (log_mel(scale * noise(RATE), config) for scale in (1, 10))
    np.testing.assert_allclose(loud - quiet, 20.0, atol=1e-3)


def test_silence_is_the_floor():
    np.testing.assert_allclose(log_mel(np.zeros(RATE), CONFIG), FLOOR_DB)


@pytest.mark.parametrize(
    ("n_samples", "n_frames"), [(0, 1), (1, 1), (159, 1), (160, 2), (480, 4)]
)
def test_a_frame_stands_at_each_hop(n_samples, n_frames):
    assert log_mel(noise(n_samples), CONFIG).shape == (n_frames, 64)


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
