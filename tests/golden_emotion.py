"""Sounds made by formula, for which the shipped model's probabilities are stored.

``python tests/golden_emotion.py`` measures them anew, after the model has changed.
"""

import json
import sys
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
GOLDEN = Path(__file__).with_suffix(".json")
TOLERANCE = 0.02
"""Interpreters and processors round int8 differently by a step here and there."""

sys.path.insert(0, str(ROOT))

from assistant.emotion import EmotionClassifier  # noqa: E402
from assistant.values import Audio  # noqa: E402


def sounds():
    """Return sounds by name: buzzing syllables of different pitch, speed and strength."""
    made = {}
    for name, pitch_hz, syllables_hz, rise, tilt, duration_s in (
        ("low and slow", 95, 2.5, -0.2, 1.2, 2.0),
        ("level", 150, 4.0, 0.0, 1.2, 1.5),
        ("rising", 200, 3.0, 0.6, 1.2, 2.4),
        ("sharp and fast", 300, 6.0, 0.2, 0.3, 1.2),
        ("sharp and falling", 420, 3.0, -0.4, 0.6, 1.6),
        ("long", 120, 4.0, -0.1, 0.8, 6.0),
    ):
        times = np.arange(round(duration_s * 16_000)) / 16_000
        pitch = pitch_hz * (1 + rise * times / duration_s)
        phase = 2 * np.pi * np.cumsum(pitch) / 16_000
        partials = range(1, int(7_000 / pitch.max()))
        buzz = sum(np.sin(k * phase) / k**tilt for k in partials)
        samples = 0.05 * buzz * np.sin(np.pi * syllables_hz * times) ** 2
        made[name] = Audio(samples.astype(np.float32), 16_000)
    return made


def measured(models=ROOT / "models"):
    """Return the shipped model's probabilities for each sound."""
    classifier = EmotionClassifier.load(models / "emotion.tflite", models / "emotion.json")
    return {
        name: {label: round(p, 4) for label, p in classifier.classify(a).probabilities.items()}
        for name, a in sounds().items()
    }


def largest_difference():
    """Return how far the measured probabilities are from the stored ones at most."""
    stored = json.loads(GOLDEN.read_text())
    return max(
        abs(stored[name][label] - p)
        for name, probabilities in measured().items()
        for label, p in probabilities.items()
    )


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(measured(), indent=1) + "\n")
