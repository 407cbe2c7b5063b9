"""The confusion matrix as a picture."""

from pathlib import Path

from assistant.errors import TrainingError
from assistant.scoring.metrics import Indices
from assistant.values import EMOTIONS


def draw_confusion(counts: Indices, title: str, path: Path) -> None:
    """Draw counts of clips by truth (row) and prediction (column) as a PNG.

    Shades are shares of a row, so that labels with few clips read like the others.

    Raises:
        TrainingError: the file cannot be written.
    """
    from matplotlib.figure import Figure

    shares = counts / counts.sum(axis=1, keepdims=True).clip(min=1)
    figure = Figure(figsize=(6.4, 6.0), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in zip(*counts.nonzero(), strict=True):
        shade = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, counts[row, column], ha="center", va="center", color=shade)
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=45, ha="right")
    axes.set_yticks(range(len(EMOTIONS)), EMOTIONS)
    axes.set(xlabel="called", ylabel="acted", title=title)
    try:
        figure.savefig(path, dpi=110)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error})") from error
