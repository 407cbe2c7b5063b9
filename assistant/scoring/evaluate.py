"""Scores of a model file, measured through the classifier that people run.

``python -m assistant.scoring.evaluate --data DIR`` measures on the held-out actors, and
with ``--corpus NAME`` on everyone in another corpus; ``--write`` also stores the scores
beside the model, and for the held-out actors a picture of the confusion.
"""

import argparse
import math
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from assistant.audio import read_audio
from assistant.corpora.clips import Clip, read_clips
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import HELD_OUT_ACTORS
from assistant.emotion import EmotionClassifier
from assistant.errors import AssistantError, TrainingError
from assistant.scoring.confusion_figure import draw_confusion
from assistant.scoring.description import add_score
from assistant.scoring.metrics import (
    Indices,
    accuracy,
    confusion,
    recalls,
    unweighted_average_recall,
)
from assistant.values import EMOTIONS


@dataclass(frozen=True)
class EvaluateOptions:
    """Which model is scored on whose recordings."""

    data: Path
    """Folder with ``index.csv`` and the recordings."""
    models: Path = Path("models")
    """Folder with ``emotion.tflite`` and ``emotion.json``."""
    corpus: str = "ravdess"
    """Whose clips are classified."""
    actors: tuple[int, ...] = HELD_OUT_ACTORS
    """Actors whose clips are classified, for RAVDESS alone; in another corpus all are."""

    @property
    def protocol(self) -> str:
        """The name under which scores are stored."""
        if self.corpus != "ravdess":
            return f"all of {self.corpus}"
        kind = "held-out actors" if self.actors == HELD_OUT_ACTORS else "actors"
        return f"{kind} {', '.join(str(actor) for actor in self.actors)}"


@dataclass(frozen=True, eq=False)
class Scores:
    """How well labels were found; shares are 0 to 1."""

    uar: float
    """Unweighted average recall."""
    accuracy: float
    recall: dict[str, float]
    """Emotion label to the share of its clips that was found; NaN where it has none."""
    confusion: Indices
    """Clips by truth (row) and prediction (column), ``(8, 8)``."""

    @property
    def n_clips(self) -> int:
        """Number of clips scored."""
        return int(self.confusion.sum())

    def to_json(self) -> dict[str, Any]:
        """Return the scores as plain values, shares to four places, absent labels left out."""
        return {
            "uar": round(self.uar, 4),
            "accuracy": round(self.accuracy, 4),
            "n": self.n_clips,
            "recall": {
                label: round(share, 4)
                for label, share in self.recall.items()
                if not math.isnan(share)
            },
            "confusion": self.confusion.tolist(),
        }


def evaluate(
    options: EvaluateOptions, report: Callable[[int, int], None] = lambda done, total: None
) -> Scores:
    """Classify the clips that are asked for and return the scores.

    Args:
        options: Model and recordings.
        report: Gets the clips done and their total after each clip.

    Raises:
        TrainingError: the corpus cannot be used or has none of the actors.
        ModelError: the model cannot be used.
        AudioError: a recording cannot be decoded.
    """
    clips = read_clips(options.data, [options.corpus])
    if options.corpus == "ravdess":
        speakers = ravdess_speakers(options.actors)
        clips = tuple(clip for clip in clips if clip.speaker in speakers)
    if not clips:
        raise TrainingError(f"no clips found for: {options.protocol}")
    classifier = EmotionClassifier.load(
        options.models / "emotion.tflite", options.models / "emotion.json"
    )
    prediction = []
    for done, clip in enumerate(clips, start=1):
        prediction.append(EMOTIONS.index(classifier.classify(read_audio(clip.path)).label))
        report(done, len(clips))
    return scores(clips, np.array(prediction))


def scores(clips: Sequence[Clip], prediction: Indices) -> Scores:
    """Return the scores of predicted label indices, one for each clip, in order.

    Raises:
        TrainingError: their numbers differ, or there are none.
    """
    truth = np.array([clip.label for clip in clips])
    compared = (truth, prediction, len(EMOTIONS))
    return Scores(
        uar=unweighted_average_recall(*compared),
        accuracy=accuracy(*compared),
        recall=dict(zip(EMOTIONS, recalls(*compared).tolist(), strict=True)),
        confusion=confusion(*compared),
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the scores and, with ``--write``, store them; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m assistant.scoring.evaluate")
    parser.add_argument("--data", type=Path, required=True, help="folder with index.csv")
    parser.add_argument("--models", type=Path, default=Path("models"))
    parser.add_argument("--corpus", default="ravdess", help="column corpus of the index")
    parser.add_argument("--actors", type=int, nargs="+", default=list(HELD_OUT_ACTORS))
    parser.add_argument("--write", action="store_true", help="store the scores")
    chosen = parser.parse_args(arguments)
    options = EvaluateOptions(chosen.data, chosen.models, chosen.corpus, tuple(chosen.actors))
    try:
        found = evaluate(options)
        if chosen.write:
            add_score(options.models / "emotion.json", options.protocol, found.to_json())
            if options.protocol.startswith("held-out"):
                picture = options.models / "confusion.png"
                draw_confusion(found.confusion, options.protocol, picture)
    except AssistantError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{options.protocol}: UAR {100 * found.uar:.1f}, accuracy {100 * found.accuracy:.1f}, "
        f"{found.n_clips} clips"
    )
    for label, share in found.recall.items():
        print(f"  {label:10} {100 * share:5.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
