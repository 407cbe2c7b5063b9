"""How scores look on a terminal: headline figures, each emotion, who is taken for whom."""

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.cli.notes import printable
from assistant.cli.terminal import BAR_WIDTH
from assistant.scoring.personal import Gains
from assistant.scoring.scores import Scores
from assistant.values import EMOTIONS

HEAD = 4  # letters of an emotion that fit over a column; no two begin alike


def show_scores(console: Console, scores: Scores, subject: str) -> None:
    """Print the scores of what ``subject`` names."""
    n_skipped = f" ({scores.n_skipped} skipped)" if scores.n_skipped else ""
    n_clips = f"{scores.n} clip{'s' * (scores.n > 1)}{n_skipped}"
    console.print(Text(printable(f"{subject}: {n_clips}"), "bold"))
    for table in (_headline(scores), _per_class(scores), _confusion(scores)):
        console.print(table)
        console.print()


def show_gains(console: Console, gains: Gains) -> None:
    """Print what knowing a speaker's voice is worth; nothing where nothing was measured."""
    if not gains:
        return
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("  of the speaker are known")
    for heading in ("UAR without", "UAR with", "answers"):
        table.add_column(heading, justify="right")
    for about, found in (
        ("neutral clips", gains.enrolled),
        ("corrected clips", gains.corrected),
    ):
        for n, gain in found.items():
            shares = (_percent(share, places=1) for share in (gain.uar_without, gain.uar))
            table.add_row(f"  {n} {about}", *shares, str(gain.n))
    console.print(table)
    console.print()


def _headline(scores: Scores) -> Table:
    n_present = sum(label.n > 0 for label in scores.per_class.values())
    table = Table.grid(padding=(0, 2))
    table.add_column(style="bold")
    table.add_column(justify="right", style="cyan")
    table.add_column(style="dim")

    def row(name: str, share: float | None, about: str) -> None:
        table.add_row(f"  {name}", _percent(share, places=1), about)

    row("accuracy", scores.accuracy, "of the clips got the right label")
    row("UAR", scores.uar, f"mean recall of {n_present} emotions; chance is 12.5 %")
    if n_present < len(EMOTIONS):
        about = f"if only these may be answered; chance is {100 / n_present:.1f} %"
        row("UAR, present", scores.uar_present, about)
    row("macro F1", scores.macro_f1, "mean of the emotions' F1")
    row("calibration error", scores.ece, "confidence and precision lie so far apart")
    if scores.coverage is None:
        row("certain", None, "the model is not calibrated")
    else:
        row("certain", scores.coverage, "of the clips; the others are called uncertain")
        row("right then", scores.precision_certain, "of the certain labels")
    return table


def _per_class(scores: Scores) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("  acted")
    table.add_column("clips", justify="right")
    table.add_column("recall", width=BAR_WIDTH + 6)
    table.add_column("precision", justify="right")
    table.add_column("F1", justify="right")
    for label, found in scores.per_class.items():
        bar = "█" * round((found.recall or 0) * BAR_WIDTH)
        recall = Text(f"{bar:<{BAR_WIDTH}}", "cyan").append(f" {_percent(found.recall):>5}", "")
        numbers = _percent(found.precision), _percent(found.f1)
        table.add_row(f"  {label}", str(found.n), recall, *numbers)
    return table


def _confusion(scores: Scores) -> Table:
    """Return counts of clips: rows are what was acted, columns what was called."""
    table = Table(box=None, padding=(0, 1), header_style="dim", pad_edge=False)
    table.add_column("  acted ↓ called →")
    for label in EMOTIONS:
        table.add_column(label[:HEAD], justify="right", min_width=HEAD)
    for row, (label, counts) in enumerate(zip(EMOTIONS, scores.confusion, strict=True)):
        if counts.any():
            cells = [
                Text(str(count) if count else "·", _cell_style(column == row, count))
                for column, count in enumerate(counts.tolist())
            ]
            table.add_row(f"  {label}", *cells)
    return table


def _cell_style(is_right: bool, count: int) -> str:
    return "bold cyan" if is_right else "" if count else "dim"


def _percent(share: float | None, places: int = 0) -> str:
    return "–" if share is None else f"{100 * share:.{places}f} %"
