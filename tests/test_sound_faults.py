"""What is wrong with captured sound: real recordings, raised as a microphone would."""

import csv
import random

import numpy as np
import pytest

from assistant.audio import read_audio, resample
from assistant.endpointing import chunked
from assistant.sound_faults import CLIPPING_REPORT, ZEROS_REPORT, SoundFaults
from assistant.values import Audio
from tests.conftest import RECORDINGS

SPEECH = ("ravdess", "tess", "nemo", "ased")


def raised(audio, gain_db):
    """What a 16-bit microphone with that much more gain delivers."""
    pcm = np.round(audio.samples * 10 ** (gain_db / 20) * 32768)
    return Audio((np.clip(pcm, -32768, 32767) / 32768).astype(np.float32), audio.sample_rate)


def repeated(audio, duration_s):
    n_times = int(np.ceil(duration_s / audio.duration_s))
    return Audio(np.tile(audio.samples, n_times), audio.sample_rate)


def reports(*sounds):
    """What one opened microphone reports of these, one after the other."""
    faults = SoundFaults()
    found = [faults.found_in(chunk) for audio in sounds for chunk in chunked(audio)]
    return [report for report in found if report]


def silence(duration_s, noise=0.0):
    samples = noise * np.random.default_rng(0).standard_normal(round(duration_s * 16_000))
    return Audio(samples.astype(np.float32), 16_000)


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.wav")), ids=lambda path: path.stem)
def test_a_recording_is_fine_and_clipped_when_it_is_raised_by_20_db(path):
    audio = repeated(read_audio(path), 6)
    assert reports(audio) == []
    assert reports(raised(audio, 20)) == [CLIPPING_REPORT]


def test_clipping_is_found_though_the_device_has_another_rate():
    """Resampling rounds the corners that clipping has cut."""
    audio = resample(read_audio(RECORDINGS / "1_hello.wav"), 48_000)
    captured = resample(raised(audio, 20), 16_000)
    clipped = np.clip(captured.samples, -1, 32767 / 32768)
    assert reports(repeated(Audio(clipped, 16_000), 6)) == [CLIPPING_REPORT]


@pytest.mark.slow
def test_people_are_not_reported_and_raised_by_20_db_they_are(shared_data):
    """Clips of four corpora: those that peak above -10 dB cannot take 20 dB more."""
    rows = list(csv.DictReader((shared_data / "index.csv").read_text().splitlines()))
    rows = [row for row in rows if row["corpus"] in SPEECH]
    n_loud = 0
    for row in random.Random(0).sample(rows, 200):
        audio = repeated(read_audio(shared_data / row["path"]), 8)
        assert reports(audio) == [], row["path"]
        if np.abs(audio.samples).max() >= 10 ** (-10 / 20):
            n_loud += 1
            assert reports(raised(audio, 20)) == [CLIPPING_REPORT], row["path"]
    assert n_loud > 50


def test_a_peak_at_full_scale_is_no_clipping():
    samples = silence(6, noise=0.1).samples.copy()
    samples[::4000] = 1.0
    assert reports(Audio(samples, 16_000)) == []


def test_zeros_are_reported_after_three_seconds():
    assert reports(silence(2.9)) == []
    assert reports(silence(3.1)) == [ZEROS_REPORT]
    assert reports(silence(10)) == [ZEROS_REPORT]


def test_the_noise_of_a_quiet_room_is_not_zeros():
    assert reports(silence(10, noise=1 / 32768)) == []


def test_a_fault_is_reported_again_only_after_it_was_fine_for_a_while():
    fine, zeros = silence(10, noise=0.001), silence(4)
    assert reports(zeros, fine, zeros) == [ZEROS_REPORT]
    assert reports(zeros, fine, fine, fine, fine, zeros) == [ZEROS_REPORT, ZEROS_REPORT]
    loud = raised(repeated(read_audio(RECORDINGS / "1_hello.wav"), 6), 20)
    assert reports(loud, fine, loud) == [CLIPPING_REPORT]
    assert reports(loud, fine, zeros) == [CLIPPING_REPORT, ZEROS_REPORT]


def test_two_faults_at_once_are_told_one_after_the_other():
    """Neither hides the other: sound that was clipped, then cut off."""
    loud = raised(repeated(read_audio(RECORDINGS / "1_hello.wav"), 6), 20)
    assert reports(silence(4), loud, silence(4)) == [ZEROS_REPORT, CLIPPING_REPORT]
