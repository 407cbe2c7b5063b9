"""The pictures of the model card: how it was trained, and how well it hears whom.

``python -m assistant.training.card MODELS RESULTS.json`` draws them into the folder of the
model, from its ``emotion.json`` and from the answers of a cross-validation.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.errors import TrainingError
from assistant.scoring.figures import (
    BLUE,
    GREY,
    VERMILION,
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
"""The scores of the actors whom the model never heard in ``emotion.json``."""

HEARD = {"whole recordings": HELD_OUT, "cut by the voice detector": f"{HELD_OUT}, cut"}
"""How much of them was heard, with the name of the scores; what was done to the recordings
before follows it after a colon."""


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


def draw_disturbed(heard: Mapping[str, Mapping[str, float]], about: str) -> "Figure":
    """Return the UAR on the same recordings, clean and disturbed, as bars.

    Args:
        heard: How much of a recording was heard, one or two ways; for each of these what was
            done to the recordings, and the UAR then, 0 to 1; the first is clean.
        about: Whose recordings they are.
    """
    names = list(dict.fromkeys(name for found in heard.values() for name in found))
    height = 0.8 / len(heard)
    figure = new_figure(6.4, 1.9 + 0.38 * len(names) * len(heard))
    axes = figure.subplots()
    for place, (way, found) in enumerate(heard.items()):
        shares = 100 * np.array(list(found.values()))
        own = np.array([names.index(name) for name in found])
        own = own + (place - (len(heard) - 1) / 2) * height
        colour = (BLUE, VERMILION)[place]
        axes.barh(own, shares, color=colour, height=0.9 * height, label=way)
        for number, (row, share) in enumerate(zip(own, shares, strict=True)):
            change = f"  ({share - shares[0]:+.1f})" if number else ""
            axes.text(share + 1, row, f"{share:.1f}{change}", va="center")
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="UAR (%); change against clean")
    axes.set_title(titled("What noise, rooms and lines cost", about))
    if len(heard) > 1:
        figure.legend(loc="outside lower center", ncols=2, frameon=False)
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
    heard = {way: _heard(scores, name) for way, name in HEARD.items() if name in scores}
    if any(len(found) > 1 for found in heard.values()):
        n_clips = next(scores[name]["n"] for name in HEARD.values() if name in scores)
        about = f"held-out actors of RAVDESS, {n_clips} clips"
        drawn.append(saved(draw_disturbed(heard, about), models / "disturbed.png"))
    return tuple(drawn)


def _heard(scores: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, float]:
    """Return what was done to recordings that were scored under a name, with the UAR."""
    disturbed = {
        other.removeprefix(f"{name}: "): score["uar"]
        for other, score in scores.items()
        if other.startswith(f"{name}: ")
    }
    return {"clean": scores[name]["uar"], **disturbed}


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
