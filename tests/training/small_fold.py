"""The emotion network as a system on a tiny fold, as a program, for it needs TensorFlow.

``python small_fold.py FOLDER`` reads FOLDER/data, keeps its runs in FOLDER/cache, and prints
what the system told and answered as JSON.
"""

import json
import sys
from pathlib import Path

from assistant.corpora.clips import read_clips
from assistant.training.network_system import NetworkSystem
from assistant.training.protocols import Fold
from tests.training.small_run import RECIPE


def main(folder):
    clips = read_clips(folder / "data")
    training = tuple(clip for clip in clips if clip.speaker != "ravdess-01")
    test = tuple(clip for clip in clips if clip.speaker == "ravdess-01")
    system = NetworkSystem(
        corpora=("ravdess",),
        epochs=2,
        recipe=RECIPE,
    )
    fold = Fold(1, "1", training, test, validation_actors=(2,))
    stages = []
    answers = system.run(
        fold,
        0,
        folder / "cache",
        lambda stage, done, total: stages.append([stage, done, total]),
    )
    print(
        json.dumps(
            {
                "stages": stages,
                "prediction": answers.prediction.tolist(),
                "probabilities": answers.probabilities.tolist(),
                "float_probabilities": answers.float_probabilities.tolist(),
                "certain": answers.certain.tolist(),
                "has_gains": bool(answers.gains),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
