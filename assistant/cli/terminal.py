"""How events and results look: text for people, JSON lines for programs."""

import json
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.text import Text

from assistant.cli.notes import print_note, printable
from assistant.events import (
    Continued,
    EmotionHeard,
    Event,
    Failed,
    Heard,
    Ignored,
    Listening,
    Replied,
    Spoke,
    Stopped,
    Timed,
    Waiting,
    event_fields,
)
from assistant.values import EmotionEstimate

BAR_WIDTH = 30  # columns of a probability of 1

SCHEMA_VERSION = 1

Notify = Callable[[Event], None]


def print_json(value: object) -> None:
    """Print one JSON object on a line of its own."""
    # In ASCII: file names come through in any encoding, also those that are not UTF-8.
    print(json.dumps(value, allow_nan=False), flush=True)


def print_event(event: Event) -> None:
    """Print an event as JSON, as ``tonewise run --json`` does."""
    print_json(event_fields(event))


def emotion_bars(emotion: EmotionEstimate) -> Text:
    """Return all probabilities as a bar chart, one label a line."""
    chart = Text()
    width = max(map(len, emotion.probabilities))
    for label, share in emotion.probabilities.items():
        style = "bold" if label == emotion.label else ""
        bar = "█" * round(share * BAR_WIDTH)
        chart.append(f"  {label:<{width}}  ", style)
        chart.append(f"{bar:<{BAR_WIDTH}}", "cyan")
        chart.append(f" {share:4.0%}\n", style)
    return chart


def in_words(emotion: EmotionEstimate) -> str:
    """Return the estimate in a few words, with how sure it is."""
    doubt = "" if emotion.is_reliable else ", not sure"
    return f"{emotion.label} {emotion.confidence:.0%}{doubt}"


class Screen:
    """Prints a conversation as it goes on."""

    def __init__(self, console: Console, source: str, shows_timings: bool = False) -> None:
        """Print to a console.

        Args:
            console: Where to.
            source: What is waited for, such as a microphone; empty for nothing.
            shows_timings: Whether to tell where the time of each turn went.
        """
        self._console = console
        self._source = source
        self._shows_timings = shows_timings

    def show(self, event: Event) -> None:
        """Print what a person wants to see of an event."""
        match event:
            case Listening(turn) if self._source:
                hint = " (Ctrl-C ends)" if turn == 1 else ""
                self._line("", f"{self._source}{hint}", "dim")
            case Heard():
                if event.source not in ("microphone", "keyboard"):
                    self._line("", Path(event.source).name, "dim")
                self._line("You", event.transcript.text, "bold")
            case EmotionHeard():
                self._line("", in_words(event.emotion), "cyan")
            case Replied() | Continued() | Waiting():
                self._reply(event)
            case Failed():
                print_note(event.error)
            case _:
                if beside := self._beside(event):
                    self._line("", beside, "dim")

    def _reply(self, event: Replied | Continued | Waiting) -> None:
        match event:
            case Replied():
                self._line("Tonewise", event.reply.text, "green")
            case Continued():
                self._line("", event.text, "green")
            case Waiting():
                self._line("Tonewise", event.text, "dim")

    def _beside(self, event: Event) -> str:
        """Return what is told of an event in passing; empty for nothing."""
        match event:
            case Ignored():
                return f"not for me: {event.transcript.text}"
            case Stopped():
                return "stopped"
            case Spoke() if event.file:
                return f"{event.file} ({event.duration_s:.1f} s)"
            case Timed() if self._shows_timings:
                spent = event.timings_ms.items()
                return ", ".join(f"{name.replace('_', ' ')} {ms:.0f} ms" for name, ms in spent)
        return ""

    def _line(self, who: str, text: str, style: str) -> None:
        # Text, never markup: what was said may hold brackets.
        line = Text(f"{who:<9}").append(printable(text), style)
        self._console.print(line, soft_wrap=True)
