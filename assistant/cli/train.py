"""``tonewise train``: from recordings to an emotion model."""

import argparse

from assistant.cli.extras import check_installed


def run(options: argparse.Namespace) -> int:
    """Train and export; returns 0.

    Raises:
        TrainingError: the extra is not installed, or the corpora cannot be used.
    """
    check_installed("training", "keras", "tensorflow")
    from assistant.training.options import UNTAUGHT, TrainingRecipe, TrainOptions
    from assistant.training.progress import training_bars
    from assistant.training.train import train

    names = ("corpora", "held_out_speakers", "epochs", "seed", "encoder", "cache")
    chosen = {name: getattr(options, name) for name in names}
    given = {name: value for name, value in chosen.items() if value is not None}
    recipe = UNTAUGHT if options.no_teacher else TrainingRecipe()
    with training_bars() as report:
        result = train(TrainOptions(options.data, options.out, **given), report, recipe)
    print(f"{result.model}: validation UAR {100 * result.validation_uar:.1f} (float network)")
    return 0
