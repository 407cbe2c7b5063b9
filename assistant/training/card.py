"""The pictures of the model card: how it was trained, and how well it hears whom.

``python -m assistant.training.card MODELS RESULTS.json`` draws them into the folder of the
model, from its ``emotion.json`` and from the answers of a cross-validation.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import TrainingError
from assistant.scoring.figures import (
    BLUE,
    GREY,
    draw_figures,
    new_figure,
    saved,
    titled,
)
from assistant.training.history import Epoch
from assistant.training.program import status_of
from assistant.training.results_file import read_results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HELD_OUT = "held-out"
"""How the scores of the actors whom the model never heard begin in ``emotion.json``."""


def draw_training(epochs: Sequence[Epoch], about: str) -> "Figure":
    """Return loss and validation UAR over the epochs of a run."""
    figure = new_figure(6.4, 4.2)
    axes = figure.subplots()
    numbers = [each.epoch for each in epochs]
    axes.plot(numbers, [each.loss for each in epochs], color=GREY, label="training loss (left)")
    axes.set(xlabel="epoch", ylabel="loss, labels and teacher's frames", ylim=(0, None))
    measured = [each for each in epochs if each.validation_uar is not None]
    right = axes.twinx()
    shares = [100 * (each.validation_uar or 0) for each in measured]
    right.plot(
        [each.epoch for each in measured],
        shares,
        "o-",
        color=BLUE,
        label="validation UAR, averaged weights (right)",
    )
    right.set(ylabel="UAR (%)", ylim=(0, 100))
    axes.set_title(titled("Training", about))
    figure.legend(loc="outside lower center", ncols=2, frameon=False)
    return figure


def draw_disturbed(scores: Mapping[str, Mapping[str, Any]], about: str) -> "Figure":
    """Return the UAR on the same recordings, clean and disturbed, as bars.

    Args:
        scores: What was done to the recordings, and the scores then; the first is clean.
        about: Whose recordings they are.
    """
    names, found = list(scores), [100 * score["uar"] for score in scores.values()]
    clean = found[0]
    figure = new_figure(6.4, 1.7 + 0.38 * len(names))
    axes = figure.subplots()
    axes.barh(names, found, color=BLUE, height=0.7)
    for row, share in enumerate(found):
        change = "" if row == 0 else f"  ({share - clean:+.1f})"
        # Beyond the line of the clean ones, which would strike it through.
        axes.text(max(share, clean) + 1, row, f"{share:.1f}{change}", va="center")
    axes.axvline(clean, color=GREY, ls="--")
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="UAR (%); change against clean")
    axes.set_title(titled("What noise, rooms and lines cost", about))
    return figure


def draw_card(models: Path, results: Path) -> tuple[Path, ...]:
    """Draw all pictures into the folder of a model and return their paths.

    Raises:
        TrainingError: matplotlib is not installed, or a file cannot be read or written.
    """
    fields = _description(models / "emotion.json")
    answered = read_results(results)
    training, scores = fields.get("training", {}), fields.get("scores", {})
    epochs = [Epoch(**each) for each in training.get("history", [])]
    drawn = list(
        draw_figures(answered.answers(), f"{answered.protocol}, no voice heard before", models)
    )
    if epochs:
        actors = ", ".join(map(str, training["validation_actors"]))
        figure = draw_training(epochs, f"validated on actors {actors} of RAVDESS")
        drawn.append(saved(figure, models / "training.png"))
    disturbed = {
        name.removeprefix(f"{HELD_OUT}, "): score
        for name, score in scores.items()
        if name.startswith(f"{HELD_OUT}, ")
    }
    if disturbed and HELD_OUT in scores:
        clean = scores[HELD_OUT]
        about = f"held-out actors of RAVDESS, {clean['n']} clips"
        figure = draw_disturbed({"clean": clean, **disturbed}, about)
        drawn.append(saved(figure, models / "disturbed.png"))
    return tuple(drawn)


def _description(path: Path) -> dict[str, Any]:
    try:
        fields: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TrainingError(f"{path} cannot be read ({error})") from error
    return fields


def main(arguments: Sequence[str]) -> int:
    """Draw the pictures; return the exit status."""
    if len(arguments) != 2:
        print("usage: python -m assistant.training.card MODELS RESULTS.json", file=sys.stderr)
        return 2

    def work() -> None:
        for path in draw_card(*map(Path, arguments)):
            print(path)

    return status_of(work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
