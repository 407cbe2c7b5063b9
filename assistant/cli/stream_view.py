"""How a stream of estimates looks: a picture that moves, lines, or JSON."""

from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, Self

from rich.console import Console
from rich.live import Live
from rich.text import Text

from assistant.audio import CHUNK_S
from assistant.cli.level_meter import NOTHING_HEARD, NOTHING_HEARD_S, QUIETEST_DB, shown_db
from assistant.cli.notes import print_note
from assistant.cli.terminal import in_words, print_json
from assistant.cli.timeline import (
    LETTERS,
    TIME_WIDTH,
    block,
    clock,
    colour,
    columns,
    precise_clock,
    rows,
    strip,
)
from assistant.emotion_stream import BLOCK_S, Moment, Quiet, Timeline
from assistant.events import emotion_fields
from assistant.values import EMOTIONS, Samples

BARS = " ▏▎▍▌▋▊▉█"
"""Blocks of no to eight eighths of a column."""

BESIDE_BAR = 20  # columns of letter, label and percentage
MOST_WIDTH = 80  # columns: a longer bar is harder to compare
LEVEL_WIDTH = 8  # columns of the microphone's level

KEPT_MOMENTS = 300
"""More than a row of blocks can show: at most 60 s, with an estimate each 0.256 s and one at
the end of each utterance."""


@dataclass
class Sound:
    """Chunks on their way, and what is shown of them."""

    source: Iterable[Samples]
    n_chunks: int = 0
    level_db: float = QUIETEST_DB
    """Level of the last chunk, dB re full scale."""
    _has_ended: bool = False

    @property
    def duration_s(self) -> float:
        """How much has passed, s."""
        return self.n_chunks * CHUNK_S

    def chunks(self) -> Iterator[Samples]:
        """Pass the chunks on until `end` is called."""
        for chunk in self.source:
            if self._has_ended:
                return
            self.n_chunks += 1
            self.level_db = shown_db(chunk)
            yield chunk

    def end(self) -> None:
        """Let no more pass."""
        self._has_ended = True


class View(Protocol):
    """Shows a stream, while used as a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...

    def leaving(self) -> AbstractContextManager[None]:
        """Return what lasts while the terminal is the shell's."""

    def show(self, event: Moment | Quiet) -> None:
        """Show what has just been heard."""

    def end(self, timeline: Timeline) -> None:
        """Show all of it, after the ``with`` block."""


class JsonLines:
    """For programs: one JSON object on a line."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""

    def leaving(self) -> AbstractContextManager[None]:
        """Nothing is to be done."""
        return nullcontext()

    def show(self, event: Moment | Quiet) -> None:
        """Print a moment; quiet is what lies between them."""
        if isinstance(event, Moment):
            print_json({"event": "emotion", **_fields(event)})

    def end(self, timeline: Timeline) -> None:
        """Print the timeline: each utterance, and runs of blocks that sound the same."""
        print_json(
            {
                "event": "timeline",
                "duration_s": timeline.duration_s,
                "utterances": [_fields(moment) for moment in timeline.utterances],
                "blocks": list(_runs(timeline)),
            }
        )


def _fields(moment: Moment) -> dict[str, Any]:
    estimate = emotion_fields(moment.emotion)
    assert estimate is not None  # a moment has one
    return {
        "utterance": moment.utterance,
        "start_s": moment.start_s,
        "end_s": moment.end_s,
        "final": moment.is_final,
        **estimate,
    }


def _runs(timeline: Timeline) -> Iterator[dict[str, Any]]:
    """Yield stretches of time in which blocks have the same label and certainty."""
    run: dict[str, Any] = {"end_s": -1.0}
    for number, emotion in enumerate(timeline.blocks()):
        if emotion is None:
            continue
        start_s = number * BLOCK_S
        said = {"label": emotion.label, "certain": emotion.certain}
        if run["end_s"] == start_s and said.items() <= run.items():
            run["end_s"] += BLOCK_S
            continue
        if "label" in run:
            yield run
        run = {"start_s": start_s, "end_s": start_s + BLOCK_S, **said}
    if "label" in run:
        yield run


class Lines:
    """For a file or a pipe: a line for each estimate."""

    def __init__(self, console: Console) -> None:
        """Print to ``console``."""
        self._console = console
        self._is_quiet = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing is open."""

    def leaving(self) -> AbstractContextManager[None]:
        """Nothing is to be done."""
        return nullcontext()

    def show(self, event: Moment | Quiet) -> None:
        """Print a moment, and where it becomes quiet."""
        if isinstance(event, Moment):
            self._print(_utterance_line(event) if event.is_final else _line(event))
        elif not self._is_quiet:
            self._print(Text(f"{precise_clock(event.end_s):>{TIME_WIDTH}}  nobody speaks"))
        self._is_quiet = isinstance(event, Quiet)

    def end(self, timeline: Timeline) -> None:
        """Print the timeline."""
        _print_timeline(self._console, timeline)

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=True)


class Screen:
    """For a person at a terminal: a picture that moves, and a line for what has been said."""

    def __init__(self, console: Console, sound: Sound, is_live: bool) -> None:
        """Show it on ``console``.

        Args:
            console: A terminal.
            sound: What passes; its level is shown.
            is_live: Whether it comes from a microphone, about which something can be done.
        """
        self._console = console
        self._sound = sound
        self._is_live = is_live
        self._now: Moment | Quiet = Quiet(0.0, 0.0)
        self._recent: deque[Moment] = deque(maxlen=KEPT_MOMENTS)
        self._has_hinted = False
        self._live = Live(
            console=console, get_renderable=self._picture, auto_refresh=False, transient=True
        )

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(self, *error: object) -> None:
        self._live.stop()

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """Let the cursor be seen."""
        self._console.show_cursor(True)
        try:
            yield
        finally:
            self._console.show_cursor(False)

    def show(self, event: Moment | Quiet) -> None:
        """Show it."""
        self._now = event
        if isinstance(event, Moment):
            self._recent.append(event)
            if event.is_final:
                self._console.print(_utterance_line(event), soft_wrap=True)
        else:
            self._hint(event)
        self._live.refresh()

    def end(self, timeline: Timeline) -> None:
        """Print the timeline."""
        _print_timeline(self._console, timeline)

    def _hint(self, quiet: Quiet) -> None:
        """Say once what to do where a microphone has heard nobody for long."""
        is_late = quiet.end_s >= NOTHING_HEARD_S and not self._recent
        if self._is_live and is_late and not self._has_hinted:
            self._has_hinted = True
            print_note(NOTHING_HEARD)

    def _picture(self) -> Text:
        """Return all lines; there are always as many, so that nothing jumps."""
        width = self._console.width
        text = self._status(min(width, MOST_WIDTH))
        text.append_text(self._bars(min(width, MOST_WIDTH)))
        timeline = Timeline(self._sound.duration_s, tuple(self._recent))
        n_blocks = int(timeline.duration_s // BLOCK_S)
        first = max(0, n_blocks - columns(width) + 1)
        text.append(f"\n{clock(first * BLOCK_S):>{TIME_WIDTH - 1}} ", "dim")
        return text.append_text(strip(timeline.blocks(first=first)))

    def _status(self, width: int) -> Text:
        """Return the time, what is heard now, the level, and how it ends."""
        text = Text(f"{precise_clock(self._sound.duration_s):>{TIME_WIDTH}}  ", "dim")
        if isinstance(self._now, Quiet):
            text.append("nobody speaks", "dim")
        else:
            text.append(in_words(self._now.emotion), "bold")
        share = (self._sound.level_db - QUIETEST_DB) / -QUIETEST_DB
        level = _bar(share, LEVEL_WIDTH)
        end = Text("level ", "dim").append(level, "cyan").append("  q ends")
        gap = " " * max(1, width - text.cell_len - end.cell_len)
        return text.append(gap).append_text(end).append("\n")

    def _bars(self, width: int) -> Text:
        """Return the probabilities of the last moment; faint once it is over."""
        emotion = self._recent[-1].emotion if self._recent else None
        is_over = isinstance(self._now, Quiet)
        bar_width = width - BESIDE_BAR
        text = Text()
        for label in EMOTIONS:
            share = emotion.probabilities[label] if emotion else 0.0
            is_likeliest = emotion is not None and label == emotion.label and not is_over
            style = "bold" if is_likeliest else "dim" if is_over else ""
            text.append(" ").append(*block(label, f" {LETTERS[label]} "))
            text.append(f" {label:<9} ", style)
            text.append(_bar(share, bar_width), colour(label)).append(f" {share:4.0%}\n", style)
        return text


def _bar(share: float, width: int) -> str:
    """Return a bar of that share of ``width`` columns, to an eighth of a column."""
    whole, eighths = divmod(round(share * width * 8), 8)
    return ("█" * whole + BARS[eighths]).ljust(width)[:width]


def _line(moment: Moment) -> Text:
    """Return a moment with its eight probabilities, in percent."""
    shares = moment.emotion.probabilities.items()
    text = f"{precise_clock(moment.end_s):>{TIME_WIDTH}}  {in_words(moment.emotion):<24} "
    return Text(text + " ".join(f"{LETTERS[label]}{share:4.0%}" for label, share in shares))


def _utterance_line(moment: Moment) -> Text:
    """Return when an utterance was said, and how."""
    times = f"{precise_clock(moment.start_s)} - {precise_clock(moment.end_s)}"
    text = Text(f"{times:>{2 * TIME_WIDTH + 1}}  ")
    label = moment.emotion.label
    return text.append(*block(label, f" {LETTERS[label]} ")).append(
        f" {in_words(moment.emotion)}", "bold"
    )


def _print_timeline(console: Console, timeline: Timeline) -> None:
    if timeline.moments:
        console.print(Text("\n").append_text(rows(timeline, console.width)), soft_wrap=True)
