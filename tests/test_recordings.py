import csv
import importlib.util
import shutil
import wave
from pathlib import Path

import numpy as np
import pytest
import wavio

from tests.words import word_error_rate

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
RECORDINGS = ROOT / "examples" / "recordings"
SCRIPT = ROOT / "examples" / "make_recordings.py"

with (RECORDINGS / "transcripts.csv").open(encoding="utf-8", newline="") as table:
    ROWS = list(csv.DictReader(table))


@pytest.fixture(scope="module")
def make_recordings():
    spec = importlib.util.spec_from_file_location("make_recordings", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_recording_has_a_row_and_every_row_a_recording():
    assert [row["file"] for row in ROWS] == sorted(p.name for p in RECORDINGS.glob("*.wav"))


def test_the_readme_says_what_is_said():
    readme = (RECORDINGS / "README.md").read_text(encoding="utf-8")
    for row in ROWS:
        assert f"| `{row['file']}` | {row['transcript']} |" in readme


def test_all_recordings_together_stay_under_one_megabyte():
    assert sum(path.stat().st_size for path in RECORDINGS.iterdir()) < 1_000_000


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_a_recording_is_16_khz_mono_16_bit_with_silence_at_both_ends(row):
    with wave.open(str(RECORDINGS / row["file"])) as recording:
        assert recording.getframerate() == 16_000
        assert recording.getnchannels() == 1
        assert recording.getsampwidth() == 2
        samples = np.frombuffer(recording.readframes(recording.getnframes()), "<i2")
    assert not samples[:4_800].any()
    assert not samples[-4_800:].any()
    assert np.abs(samples).max() > 8_000


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is not installed")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_flite_says_the_same_again(row, make_recordings, tmp_path):
    made = make_recordings.record(make_recordings.Line(**row), tmp_path)
    again, ours = wavio.read(str(made)), wavio.read(str(RECORDINGS / row["file"]))
    assert again.rate == ours.rate
    np.testing.assert_array_equal(again.data, ours.data)


def test_pocketsphinx_understands_the_conversation():
    speech_recognition = pytest.importorskip("speech_recognition")
    recognizer = speech_recognition.Recognizer()
    said, heard = [row["transcript"].lower() for row in ROWS], []
    for row in ROWS:
        with speech_recognition.AudioFile(str(RECORDINGS / row["file"])) as source:
            heard.append(recognizer.recognize_sphinx(recognizer.record(source)))
    assert len(" ".join(said).split()) >= 30
    assert word_error_rate(said, heard) <= 0.15
