"""One word at a time through the detector, PocketSphinx and the emotion model."""

import shutil
import subprocess

import numpy as np
import pytest

from assistant.audio import SAMPLE_RATE, read_audio
from assistant.build import open_hearing, open_listener
from assistant.endpointing import chunked
from assistant.listening import Understood, outcomes
from assistant.settings import Settings, TranscriptionSettings
from assistant.values import Audio

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed"),
]

PATIENT = Settings(transcription=TranscriptionSettings(patience_ms=10_000))


@pytest.fixture(scope="module")
def hearing():
    with open_hearing(PATIENT) as hearing:
        yield hearing


def said(words, voice, folder):
    """Return a room in which somebody says it: 1 s of noise at -70 dB before, 1.5 s after."""
    path = folder / "said.wav"
    subprocess.run(["flite", "-voice", voice, "-t", words, "-o", path], check=True)
    spoken = np.pad(read_audio(path).samples, (SAMPLE_RATE, 3 * SAMPLE_RATE // 2))
    noise = np.random.default_rng(0).normal(0, 10 ** (-70 / 20), spoken.size)
    return Audio((0.5 * spoken + noise).astype(np.float32), SAMPLE_RATE)


@pytest.mark.parametrize(
    ("word", "voice"),
    [("no", "kal16"), ("stop", "rms"), ("yes", "slt"), ("two", "awb"), ("help", "rms")],
)
def test_a_word_that_is_as_short_as_a_cough_is_heard_as_soon_as_others(
    hearing, word, voice, tmp_path
):
    listener = open_listener(PATIENT, hearing)
    (outcome,) = outcomes(listener, chunked(said(word, voice, tmp_path)))
    assert isinstance(outcome, Understood)
    assert outcome.segment.transcript.text == word
    assert outcome.speech.detected_s < 0.42
    assert outcome.timings_ms["pause"] == pytest.approx(400, abs=32)
    assert (
        outcome.speech.audio.duration_s - outcome.speech.voiced_s > 0.4
    )  # before and after it


def test_other_words_in_so_little_sound_are_none(hearing, tmp_path):
    listener = open_listener(PATIENT, hearing)
    heard = list(outcomes(listener, chunked(said("up", "awb", tmp_path))))  # "the"
    assert not any(isinstance(outcome, Understood) for outcome in heard)
