"""Recordings with an index, and answers, to be scored."""

import csv
import shutil

import numpy as np

from assistant.scoring.answers import Answers
from assistant.values import EMOTIONS
from tests.conftest import RECORDINGS

CLIPS = (
    ("1_hello.wav", "home", "anna", "neutral"),
    ("2_happy.wav", "home", "anna", "happy"),
    ("4_sad.wav", "home", "ben", "sad"),
    ("5_angry.wav", "car", "ben", "angry"),
    ("6_angrier.wav", "car", "ben", "angry"),
)
COLUMNS = ("path", "corpus", "speaker", "emotion")


def write_index(folder, rows=CLIPS, columns=COLUMNS):
    """Write an index into a folder, beside copies of the recordings that it names."""
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        if (RECORDINGS / row[0]).exists():
            shutil.copy(RECORDINGS / row[0], folder / row[0])
    with (folder / "index.csv").open("w", newline="", encoding="utf-8") as lines:
        writer = csv.writer(lines)
        writer.writerow(columns)
        writer.writerows(rows)
    return folder


def answers_of(*pairs, confidence=0.6, certain=None, skipped=()):
    """Answers with one confidence from pairs of an acted and a called emotion."""
    truth = np.array([EMOTIONS.index(acted) for acted, _ in pairs], int)
    called = np.array([EMOTIONS.index(label) for _, label in pairs], int)
    probabilities = np.full((len(pairs), 8), (1 - confidence) / 7)
    probabilities[np.arange(len(pairs)), called] = confidence
    certain = None if certain is None else np.array(certain)
    return Answers(truth, probabilities, certain, skipped)
