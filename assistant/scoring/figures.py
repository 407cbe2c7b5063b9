"""The pictures of a score: confusion, reliability, recall, precision over coverage.

Two colours of M. Okabe and K. Ito 2008, "Color Universal Design", that the colour-blind
tell apart; each picture says on how many clips it rests.
"""

import textwrap
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant.errors import TrainingError
from assistant.scoring.answers import Answers
from assistant.scoring.calibration import TARGET_PRECISION
from assistant.scoring.confidence import (
    N_BINS,
    expected_calibration_error,
    precision_over_coverage,
    reliability_bins,
)
from assistant.scoring.metrics import (
    accuracy,
    confusion,
    recalls,
    unweighted_average_recall,
    wilson_interval,
)
from assistant.values import EMOTIONS

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, VERMILION, GREY = "#0072B2", "#D55E00", "#6E6E6E"

_95_PERCENT = 1.96  # standard errors
_TITLE_WIDTH = 56  # characters
_FEWEST_DRAWN = 10  # a precision of fewer clips is noise


def prepare_folder(folder: Path) -> None:
    """Make sure that pictures can be drawn into a folder, before the long work begins.

    Raises:
        TrainingError: matplotlib is not installed, or the folder cannot be made.
    """
    new_figure(1, 1)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TrainingError(f"{folder} cannot be made ({error}); choose another") from error


def draw_figures(answers: Answers, subject: str, folder: Path) -> tuple[Path, ...]:
    """Draw all four pictures as PNG and return their paths.

    Args:
        answers: What is drawn.
        subject: Whose recordings they are, for the titles.
        folder: Where the pictures go; see `prepare_folder`.

    Raises:
        TrainingError: matplotlib is not installed, or a file cannot be written.
    """
    n_clips = len(answers.truth)
    about = f"{subject}, {n_clips} clip{'s' * (n_clips > 1)}"
    drawn = {
        "confusion": draw_confusion(answers, about),
        "reliability": draw_reliability(answers, about),
        "recall": draw_recalls(answers, about),
        "precision_over_coverage": draw_precision_over_coverage(answers, about),
    }
    return tuple(saved(figure, folder / f"{name}.png") for name, figure in drawn.items())


def draw_confusion(answers: Answers, about: str) -> "Figure":
    """Return counts of clips by what was acted (row) and what was called (column).

    Shades are shares of a row, so that emotions with few clips read like the others.
    """
    counts = confusion(answers.truth, answers.prediction, len(EMOTIONS))
    present = np.unique(answers.truth)
    counts = counts[present]
    shares = counts / counts.sum(axis=1, keepdims=True)
    figure = new_figure(6.6, 1.9 + 0.52 * len(present))
    axes = figure.subplots()
    image = axes.imshow(100 * shares, cmap="Blues", vmin=0, vmax=100, aspect="auto")
    for row, column in zip(*counts.nonzero(), strict=True):
        shade = "white" if shares[row, column] > 0.5 else "black"
        axes.text(column, row, counts[row, column], ha="center", va="center", color=shade)
    names = [f"{EMOTIONS[i]} ({n})" for i, n in zip(present, counts.sum(axis=1), strict=True)]
    axes.set_xticks(range(len(EMOTIONS)), EMOTIONS, rotation=45, ha="right")
    axes.set_yticks(range(len(present)), names)
    axes.set(xlabel="called", ylabel="acted (clips)", title=titled("Confusion", about))
    figure.colorbar(image, label="share of the clips acted so (%)", pad=0.02)
    return figure


def draw_reliability(answers: Answers, about: str) -> "Figure":
    """Return how often labels are right over how confident the classifier is."""
    bins = reliability_bins(answers.confidence, answers.correct)
    error = expected_calibration_error(answers.confidence, answers.correct)
    low, high = wilson_interval(bins.precision, bins.count, _95_PERCENT)
    around = np.array([bins.precision - low, high - bins.precision])
    figure = new_figure(6.0, 6.4)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    upper.plot([0, 100], [0, 100], "--", color=GREY, label="honest")
    upper.errorbar(
        100 * bins.confidence,
        100 * bins.precision,
        100 * around,
        fmt="o-",
        color=BLUE,
        capsize=3,
        label="measured, with 95 % interval",
    )
    upper.set(xlim=(0, 100), ylim=(0, 102), ylabel="labels that are right (%)")
    upper.set_title(titled(f"Reliability: calibration error {100 * error:.1f} points", about))
    upper.legend(loc="lower right", frameon=False)
    width = 100 / N_BINS
    lower.bar(
        width * np.arange(N_BINS), bins.count, width, align="edge", color=BLUE, ec="white"
    )
    lower.set(xlim=(0, 100), xlabel="confidence (%)", ylabel="clips")
    return figure


def draw_recalls(answers: Answers, about: str) -> "Figure":
    """Return the share of each emotion's clips that was found, as bars."""
    compared = (answers.truth, answers.prediction, len(EMOTIONS))
    uar = 100 * unweighted_average_recall(*compared)
    present, counts = np.unique(answers.truth, return_counts=True)
    recall = recalls(*compared)[present]
    low, high = wilson_interval(recall, counts, _95_PERCENT)
    figure = new_figure(6.4, 1.7 + 0.42 * len(present))
    axes = figure.subplots()
    rows = np.arange(len(present))
    axes.barh(rows, 100 * recall, color=BLUE, height=0.7)
    around = 100 * np.array([recall - low, high - recall])
    axes.errorbar(100 * recall, rows, xerr=around, fmt="none", ecolor="black", capsize=3)
    axes.axvline(uar, color=VERMILION, label=f"mean (UAR) {uar:.1f} %")
    axes.axvline(100 / len(EMOTIONS), color=GREY, ls="--", label="chance")
    names = [f"{EMOTIONS[i]} ({n})" for i, n in zip(present, counts, strict=True)]
    axes.set_yticks(rows, names)
    for row, share in enumerate(100 * recall):
        axes.text(102, row, f"{share:.0f} %", va="center")
    axes.invert_yaxis()
    axes.set(xlim=(0, 100), xlabel="recall (%), with 95 % interval", ylabel="acted (clips)")
    axes.set_title(titled("How many of each emotion are found", about))
    figure.legend(loc="outside lower right", ncols=2, frameon=False)
    return figure


def draw_precision_over_coverage(answers: Answers, about: str) -> "Figure":
    """Return how often labels are right if only the most confident ones are given."""
    curve = precision_over_coverage(answers.confidence, answers.correct)
    n_clips = len(answers.truth)
    n_labelled = np.round(curve.coverage * n_clips).astype(int)
    drawn = n_labelled >= min(_FEWEST_DRAWN, n_clips)
    low, high = wilson_interval(curve.precision, n_labelled, _95_PERCENT)
    figure = new_figure(6.4, 4.4)
    axes = figure.subplots()
    coverage = 100 * curve.coverage[drawn]
    axes.fill_between(
        coverage, 100 * low[drawn], 100 * high[drawn], color=BLUE, alpha=0.2, lw=0,
        label="95 % interval",
    )  # fmt: skip
    axes.plot(coverage, 100 * curve.precision[drawn], color=BLUE, label="measured")
    axes.axhline(100 * TARGET_PRECISION, color=GREY, ls="--", label="wanted where certain")
    overall = 100 * accuracy(answers.truth, answers.prediction, len(EMOTIONS))
    axes.plot(
        100, overall, "o", color=BLUE, clip_on=False, label=f"all clips, {overall:.1f} % right"
    )
    if answers.certain is not None and answers.certain.any():
        share, right = answers.certain.mean(), answers.correct[answers.certain].mean()
        said = f"certain: {100 * share:.0f} % of clips, {100 * right:.1f} % right"
        axes.plot(100 * share, 100 * right, "D", color=VERMILION, label=said, zorder=3)
    axes.set(xlim=(0, 100), ylim=(0, 102), ylabel="labels that are right (%)")
    axes.set_xlabel("clips that get a label, the most confident first (%)")
    axes.set_title(titled("Precision over coverage", about))
    axes.legend(loc="lower left", frameon=False)
    return figure


def titled(what: str, about: str) -> str:
    """Return a title: what is shown, then whose clips it rests on."""
    # A dollar would begin a formula.
    return "\n".join([what, *textwrap.wrap(about.replace("$", r"\$"), _TITLE_WIDTH)])


def new_figure(width_in: float, height_in: float) -> "Figure":
    """Return an empty figure.

    Raises:
        TrainingError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise TrainingError("pictures need: pip install 'tonewise[plots]'") from error
    return Figure(figsize=(width_in, height_in), dpi=130, layout="constrained")


def saved(figure: "Figure", path: Path) -> Path:
    """Write a figure as PNG and return its path.

    Raises:
        TrainingError: the file cannot be written.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # a name in letters the font lacks
            figure.savefig(path)
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error})") from error
    return path
