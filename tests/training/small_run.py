"""A training run of two tiny epochs, as a program, so that a test can see it die.

``python small_run.py FOLDER [LAST]`` reads FOLDER/data, writes FOLDER/models, prints each
epoch, and dies without a word after epoch LAST.
"""

import importlib.util
import os
import sys
from pathlib import Path

from assistant.training.batches import BatchSettings
from assistant.training.options import Schedule, TrainingRecipe, TrainOptions
from assistant.training.teacher import TeacherSettings
from assistant.training.train import train
from assistant.training.whisper_weights import PACKAGES

HAS_ENCODER = importlib.util.find_spec(PACKAGES[0]) is not None
RECIPE = TrainingRecipe(
    schedule=Schedule(steps=2, statistics_batches=2),
    batches=BatchSettings(size=4),
    teacher=TeacherSettings(steps=2, group_steps=2, batch_size=4) if HAS_ENCODER else None,
)


def main(folder, last=99):
    def report(progress):
        if progress.stage == "training":
            print(f"epoch {progress.done} of {progress.total}", flush=True)
            if progress.done == last:
                os._exit(9)

    options = TrainOptions(
        data=folder / "data",
        out=folder / "models",
        cache=folder / "cache",
        epochs=2,
        corpora=("ravdess",),
        held_out_actors=(1,),
        validation_actors=(2,),
    )
    result = train(options, report, RECIPE)
    print(f"UAR {result.validation_uar:.2f}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:]))
