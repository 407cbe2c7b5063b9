"""A clip disturbed: what is drawn, and what it does to real speech."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.audio import SAMPLE_RATE
from assistant.scoring.disturbances import active_rms
from assistant.training.disturbing import (
    Disturbance,
    DisturbingSettings,
    between_margins,
    drawn,
)
from assistant.values import Audio

NOTHING = Disturbance(
    margins_s=(0.0, 0.0),
    speed=1.0,
    room=None,
    noise=None,
    snr_db=10.0,
    voices=(),
    line_hz=None,
    seed=1,
)
TRIM_DB = 35.0


def draw(n=2_000, **changes):
    settings = replace(DisturbingSettings(), **changes)
    return [drawn(settings, np.random.default_rng([seed])) for seed in range(n)]


def test_shares_are_those_of_the_settings():
    found = draw(room_share=0.5, noise_share=0.6, line_share=0.15)
    n = len(found)
    assert sum(each.room is not None for each in found) / n == pytest.approx(0.5, abs=0.04)
    assert sum(each.line_hz is not None for each in found) / n == pytest.approx(0.15, abs=0.03)
    noises = [each.noise for each in found if each.noise]
    assert len(noises) / n == pytest.approx(0.6, abs=0.04)
    others = [noise for noise in noises if noise != "tonal"]
    assert len(others) / len(noises) == pytest.approx(0.7, abs=0.04)
    for noise, share in (("steady", 0.5), ("babble", 0.25), ("fluctuating", 0.25)):
        assert others.count(noise) / len(others) == pytest.approx(share, abs=0.04)
    assert all(bool(each.voices) == (each.noise == "babble") for each in found)


def test_ranges_are_those_of_the_settings():
    found, settings = draw(), DisturbingSettings()
    rooms = [each.room for each in found if each.room]
    lines = [each.line_hz for each in found if each.line_hz]
    for values, (lowest, highest) in (
        ([each.speed for each in found], settings.speed),
        ([each.snr_db for each in found], settings.snr_db),
        ([margin for each in found for margin in each.margins_s], settings.margin_s),
        ([rt60_s for rt60_s, _ in rooms], settings.rt60_s),
        ([direct_db for _, direct_db in rooms], settings.direct_db),
        ([low for low, _ in lines], settings.line_low_hz),
        ([high for _, high in lines], settings.line_high_hz),
    ):
        span = highest - lowest
        assert lowest <= min(values) < lowest + 0.05 * span
        assert highest - 0.05 * span < max(values) <= highest
    assert np.median([rt60_s for rt60_s, _ in rooms]) == pytest.approx(
        np.sqrt(0.13 * 1.1), rel=0.1
    )


def test_only_babble_has_voices():
    found = draw()
    assert {len(each.voices) for each in found if each.noise == "babble"} == {3, 4, 5, 6}
    assert not any(each.voices for each in found if each.noise != "babble")


def test_margins_are_kept_around_the_speech(hello):
    speech = between_margins(hello, 0.0, 0.0, TRIM_DB)
    quiet = np.zeros(SAMPLE_RATE, np.float32)
    recording = Audio(np.concatenate([quiet, speech.samples, quiet]), SAMPLE_RATE)
    wide = between_margins(recording, 0.1, 0.2, TRIM_DB)
    # Found in stretches of 10 ms, which need not begin where the speech does.
    assert wide.duration_s - speech.duration_s == pytest.approx(0.3, abs=0.02)
    start = wide.samples.nonzero()[0][0]
    assert start / SAMPLE_RATE == pytest.approx(0.1, abs=0.01)


def test_a_recording_without_margins_gets_silent_ones(hello):
    speech = between_margins(hello, 0.0, 0.0, TRIM_DB)
    wide = between_margins(speech, 0.1, 0.2, TRIM_DB).samples
    assert not wide[:1_600].any()
    assert not wide[-3_200:].any()
    np.testing.assert_array_equal(wide[1_600:-3_200][: speech.samples.size], speech.samples)


def test_nothing_disturbed_is_the_speech_itself(hello):
    heard = NOTHING(hello, (), TRIM_DB)
    expected = between_margins(hello, 0.0, 0.0, TRIM_DB)
    np.testing.assert_allclose(heard.samples, expected.samples, atol=1e-6)


def test_speed_shortens(hello):
    faster = replace(NOTHING, speed=1.1)(hello, (), TRIM_DB)
    expected_s = between_margins(hello, 0.0, 0.0, TRIM_DB).duration_s / 1.1
    assert faster.duration_s == pytest.approx(expected_s, abs=0.001)
    assert faster.sample_rate == SAMPLE_RATE


@pytest.mark.parametrize("noise", ["steady", "babble", "fluctuating"])
def test_noise_is_as_loud_as_asked_and_fills_the_margins(hello, noise):
    clean = replace(NOTHING, margins_s=(0.2, 0.2))
    noisy = replace(clean, noise=noise, snr_db=5.0)(hello, [hello] * 3, TRIM_DB)
    added = noisy.samples - clean(hello, (), TRIM_DB).samples
    snr = active_rms(clean(hello, (), TRIM_DB)) / np.sqrt(
        (added.astype(np.float64) ** 2).mean()
    )
    assert 20 * np.log10(snr) == pytest.approx(5.0, abs=0.1)
    assert noisy.samples[:2_000].any()


def test_a_room_rings_into_the_margin(hello):
    dry = replace(NOTHING, margins_s=(0.0, 0.3))
    wet = replace(dry, room=(0.8, -3.0))
    tails = [np.abs(each(hello, (), TRIM_DB).samples[-4_000:]).max() for each in (dry, wet)]
    assert tails[1] > 3 * tails[0]


def test_a_line_cuts_off_what_is_high(hello):
    def high(audio):
        power = np.abs(np.fft.rfft(audio.samples)) ** 2
        return power[len(power) // 2 + len(power) // 8 :].sum() / power.sum()

    narrow = replace(NOTHING, line_hz=(300.0, 3_400.0))(hello, (), TRIM_DB)
    assert high(narrow) < high(NOTHING(hello, (), TRIM_DB)) / 100


def test_all_at_once_is_finite_and_can_be_repeated(hello):
    for each in draw(40):
        voices = [hello] * len(each.voices)
        heard, again = (each(hello, voices, TRIM_DB) for _ in range(2))
        assert np.isfinite(heard.samples).all()
        np.testing.assert_array_equal(heard.samples, again.samples)


def test_silence_stays_silence():
    silence = Audio(np.zeros(8_000, np.float32), SAMPLE_RATE)
    for each in draw(20):
        assert not each(silence, [silence] * len(each.voices), TRIM_DB).samples.any()
