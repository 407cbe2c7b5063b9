"""Speak the demo conversation into WAV files with Debian's flite.

    python examples/make_recordings.py [FOLDER]

What is said, and how, stands in ``examples/recordings/transcripts.csv``; the same
flite release makes the same bytes again.
"""

import csv
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import wavio

RECORDINGS = Path(__file__).parent / "recordings"

SAMPLE_RATE = 16_000
"""Rate of the rms and slt voices and of the recogniser, Hz."""

SILENCE_S = 0.3
"""Silence before and after the words, in seconds: a phrase cut tight is misheard."""


@dataclass(frozen=True)
class Line:
    """One line of the conversation: a row of ``transcripts.csv``."""

    file: str
    transcript: str
    voice: str
    duration_stretch: str
    """Length of every sound as a factor; above 1 is slower."""
    pitch_hz: str
    """Mean pitch of the voice."""


def conversation() -> tuple[Line, ...]:
    """Return the lines of the demo, in the order they are said."""
    with (RECORDINGS / "transcripts.csv").open(encoding="utf-8", newline="") as table:
        return tuple(Line(**row) for row in csv.DictReader(table))


def record(line: Line, folder: Path) -> Path:
    """Speak one line and return the 16-bit mono WAV file written into ``folder``.

    Raises:
        SystemExit: flite is not installed, failed, or spoke at another sample rate.
    """
    with tempfile.TemporaryDirectory() as scratch:
        spoken = Path(scratch, "spoken.wav")
        command = [
            *("flite", "-voice", line.voice, "-t", line.transcript, "-o", str(spoken)),
            *("--setf", f"duration_stretch={line.duration_stretch}"),
            *("--setf", f"int_f0_target_mean={line.pitch_hz}"),
        ]
        try:
            subprocess.run(command, check=True, capture_output=True)
        except FileNotFoundError as error:
            raise SystemExit("flite is missing: apt-get install flite") from error
        except subprocess.CalledProcessError as error:
            raise SystemExit(f"flite failed: {error.stderr.decode().strip()}") from error
        speech = wavio.read(str(spoken))
    if speech.rate != SAMPLE_RATE:
        raise SystemExit(f"voice {line.voice} speaks at {speech.rate} Hz, not {SAMPLE_RATE}")
    n_silent = round(SILENCE_S * SAMPLE_RATE)
    samples = np.pad(speech.data[:, 0], n_silent)  # (n_samples,), int16
    path = folder / line.file
    wavio.write(str(path), samples, SAMPLE_RATE, sampwidth=2)
    return path


def main() -> None:
    """Make every recording in the folder given, or in place."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else RECORDINGS
    folder.mkdir(parents=True, exist_ok=True)
    for line in conversation():
        print(record(line, folder))


if __name__ == "__main__":
    main()
