"""Rooms and noises made from random numbers, so that none of a test's is heard in training.

All are at `assistant.audio.SAMPLE_RATE`.
"""

from collections.abc import Sequence

import numpy as np

from assistant.audio import SAMPLE_RATE
from assistant.features import Signal
from assistant.values import Audio

LONGEST_TAIL_S = 0.8
"""What a room does after this is left out: at the longest reverberation it is 44 dB down."""

FLUTTER_S = 0.1
"""How long the level of a fluctuating noise takes from one random value to the next."""

SLOPE_FROM_HZ = 500.0
"""Above this a coloured noise falls, as most noises at home do."""

TONAL_PITCH_HZ = (50.0, 900.0)
"""Range of the pitch of what is no speech: a helicopter's, a whistled tune's."""

GLIDE_S = 0.2
"""From one turn of such a pitch to the next."""

MOST_PARTIALS = 60
BURST_SHARE = 0.5
"""Share of such noises that come and go."""

PERIOD = 2048
"""Points of a period of the tone."""


def synthetic_room(rt60_s: float, direct_db: float, rng: np.random.Generator) -> Audio:
    """Return the impulse response of a room: a direct sound, a gap and decaying noise.

    M. R. Schroeder 1965, doi 10.1121/1.1909343: late reverberation is like noise whose
    energy falls exponentially. Walls swallow high sounds first, so it is dulled by a
    random two-tap low-pass.

    Args:
        rt60_s: Time in which the reverberation falls by 60 dB.
        direct_db: Level of the direct sound over all that follows.
        rng: Draws the noise, how dull it is, and the gap of 1 to 20 ms.
    """
    times_s = np.arange(round(min(rt60_s, LONGEST_TAIL_S) * SAMPLE_RATE)) / SAMPLE_RATE
    tail = rng.standard_normal(times_s.size) * 10 ** (-3 * times_s / rt60_s)
    dullness = rng.uniform(0, 0.7)
    tail[1:] = (1 - dullness) * tail[1:] + dullness * tail[:-1]
    tail[: round(rng.uniform(0.001, 0.02) * SAMPLE_RATE)] = 0
    tail *= 10 ** (-direct_db / 20) / np.sqrt((tail**2).sum())
    return _audio(np.concatenate([[1.0], tail]))


def coloured_noise(n_samples: int, rng: np.random.Generator) -> Audio:
    """Return steady noise of a random smooth spectrum that tends to fall towards the top.

    Six points, evenly spaced in octaves, lie 8 dB (one standard deviation) around a slope
    of 0 to 6 dB for each octave.
    """
    n_fft = 1 << max(1, n_samples - 1).bit_length()
    octaves = np.log2(np.fft.rfftfreq(n_fft, 1 / SAMPLE_RATE) + 20)
    points = np.linspace(octaves[0], octaves[-1], 6)
    levels_db = np.interp(octaves, points, rng.normal(0, 8, points.size))
    levels_db -= rng.uniform(0, 6) * np.maximum(octaves - np.log2(SLOPE_FROM_HZ), 0)
    spectrum = np.fft.rfft(rng.standard_normal(n_fft)) * 10 ** (levels_db / 20)
    return _audio(np.fft.irfft(spectrum, n_fft)[:n_samples])


def fluctuating_noise(n_samples: int, rng: np.random.Generator) -> Audio:
    """Return coloured noise that swells and ebbs, as of dishes or traffic."""
    step = round(FLUTTER_S * SAMPLE_RATE)
    points = np.arange(0, n_samples + step, step)
    swell = np.interp(np.arange(n_samples), points, rng.standard_normal(points.size))
    return _audio(coloured_noise(n_samples, rng).samples * swell**2)


def tonal_noise(n_samples: int, rng: np.random.Generator) -> Audio:
    """Return a noise that has a pitch, as motors, animals, cries and music have.

    The pitch is steady or glides, by up to a quarter octave (standard deviation) every 0.2 s.
    Partials fall by 3 to 12 dB for each octave, 6 dB (one standard deviation) around that. It
    goes on, or comes in bursts; coloured noise is in it, 5 to 25 dB softer.
    """
    lowest, highest = np.log2(TONAL_PITCH_HZ)
    n_points = 2 + n_samples // round(GLIDE_S * SAMPLE_RATE)
    glides = rng.choice([0.0, rng.uniform(0, 0.25)]) * rng.standard_normal(n_points)
    contour = np.clip(rng.uniform(lowest, highest) + glides, lowest, highest)
    at = np.linspace(0, n_samples, n_points)
    pitch_hz = 2 ** np.interp(np.arange(n_samples), at, contour)
    n_partials = min(MOST_PARTIALS, int(SAMPLE_RATE / 2 / pitch_hz.max()))
    partials = np.arange(1, n_partials + 1)
    levels_db = rng.normal(0, 6, n_partials) - rng.uniform(3, 12) * np.log2(partials)
    phases = rng.uniform(0, 2 * np.pi, n_partials)
    turn = 2 * np.pi * np.arange(PERIOD + 1) / PERIOD
    period = 10 ** (levels_db / 20) @ np.sin(np.outer(partials, turn) + phases[:, np.newaxis])
    cycles = np.cumsum(pitch_hz / SAMPLE_RATE)
    tone = np.interp(cycles % 1, turn / (2 * np.pi), period)
    tone /= np.sqrt((tone**2).mean())
    hiss = coloured_noise(n_samples, rng).samples
    tone += hiss * 10 ** (-rng.uniform(5, 25) / 20) / np.sqrt((hiss**2).mean())
    return _audio(tone * (_bursts(n_samples, rng) if rng.random() < BURST_SHARE else 1))


def _bursts(n_samples: int, rng: np.random.Generator) -> Signal:
    """Return a level over time, 0 to 1, that is up for 0.1 to 1 s and down as long."""
    n_points = 2 + n_samples // round(0.1 * SAMPLE_RATE)
    turns = np.cumsum(rng.integers(1, 11, n_points))
    is_up = np.searchsorted(turns, np.arange(n_points)) % 2 == rng.integers(2)
    if not is_up.any():
        is_up[:] = True
    level: Signal = np.interp(np.arange(n_samples), np.linspace(0, n_samples, n_points), is_up)
    return level


def babble(voices: Sequence[Audio], n_samples: int, rng: np.random.Generator) -> Audio:
    """Return several voices at once, each a loop that starts anywhere, equally loud."""
    together = np.zeros(n_samples)
    for voice in voices:
        looped = np.resize(voice.samples, n_samples)
        level = np.sqrt((voice.samples.astype(np.float64) ** 2).mean())
        together += np.roll(looped, rng.integers(n_samples)) / max(level, 1e-6)
    return _audio(together)


def band_limited(audio: Audio, low_hz: float, high_hz: float) -> Audio:
    """Return the clip through a line that lets a band pass, without delay.

    Its edges are as steep as those of a Butterworth filter of third order below, and of
    tenth above.
    """
    n_samples = audio.samples.size
    n_fft = 1 << max(1, n_samples - 1).bit_length()
    frequencies = np.fft.rfftfreq(n_fft, 1 / audio.sample_rate)
    low, high = (frequencies / low_hz) ** 6, (frequencies / high_hz) ** 20
    passed = np.fft.rfft(audio.samples, n_fft) * (low / (1 + low)) / (1 + high)
    return Audio(np.fft.irfft(passed, n_fft)[:n_samples].astype(np.float32), audio.sample_rate)


def _audio(samples: Signal) -> Audio:
    return Audio(samples.astype(np.float32), SAMPLE_RATE)
