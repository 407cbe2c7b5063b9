"""Made sounds whose features are known; 16 kHz, float32."""

import numpy as np

RATE = 16_000


def noise(n_samples, seed=0, scale=0.1):
    rng = np.random.default_rng(seed)
    return (scale * rng.standard_normal(n_samples)).astype(np.float32)


def tone(hz, duration_s=1.0, amplitude=0.3):
    times = np.arange(round(duration_s * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hz * times)).astype(np.float32)


def buzz(pitch_hz, n_harmonics=15):
    """A voice's source: harmonics that fall by 6 dB an octave, under a pitch that may move.

    Args:
        pitch_hz: Pitch at each sample, Hz.
        n_harmonics: How many, the fundamental included.
    """
    phase = 2 * np.pi * np.cumsum(pitch_hz) / RATE
    harmonics = sum(np.sin(k * phase) / k for k in range(1, n_harmonics + 1))
    return (0.1 * harmonics).astype(np.float32)


def speech_like(duration_s=2.0):
    """Syllables: a buzz that comes and goes four times a second."""
    times = np.arange(round(duration_s * RATE)) / RATE
    return buzz(np.full(times.size, 120.0), 29) * np.sin(np.pi * 4 * times) ** 2
