"""What the microphone hears, as a bar that moves; and in words, when that is nothing."""

from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

from assistant.audio import CHUNK_S, level_db
from assistant.endpointing import Detector
from assistant.values import Samples

QUIETEST_DB = -60.0
"""Level of an empty bar, dB re full scale; a full one is at 0."""

NOTHING_HEARD_S = 10.0
"""After so long without a voice it is told what to do, s."""

NOTHING_HEARD = (
    "nothing heard yet: speak up, or choose another microphone with --input-device "
    "(`tonewise devices` shows what there is)"
)


class LevelMeter:
    """A voice detector that shows what passes through it, while used as a context manager.

    `reset` begins a new wait for a voice.
    """

    def __init__(self, detector: Detector, threshold: float, console: Console) -> None:
        """Show what ``detector`` hears on ``console``, as a bar where that is a terminal.

        Args:
            detector: The one that judges.
            threshold: Probability from which it means a voice.
            console: Where to show it.
        """
        self._detector = detector
        self._threshold = threshold
        self._console = console
        self._waited_s = 0.0
        self._bars = Progress(
            TextColumn("     {task.description:<9}"),
            BarColumn(bar_width=30),
            console=console,
            transient=True,
            auto_refresh=False,
            disable=not console.is_terminal,
        )
        self._bar = self._bars.add_task("listening", total=-QUIETEST_DB)

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bars.stop()

    def speech_probability(self, chunk: Samples) -> float:
        """Return what the detector says of 32 ms of sound, and show it."""
        probability = self._detector.speech_probability(chunk)
        is_voice = probability >= self._threshold
        self._bars.update(
            self._bar,
            completed=shown_db(chunk) - QUIETEST_DB,
            description="a voice" if is_voice else "listening",
            refresh=True,
        )
        self._wait(is_voice)
        return probability

    def reset(self) -> None:
        """Forget what was heard."""
        self._detector.reset()
        self._waited_s = 0.0

    def _wait(self, is_voice: bool) -> None:
        """Tell once what to do when no voice came for `NOTHING_HEARD_S`."""
        was_s = self._waited_s
        self._waited_s = float("inf") if is_voice else was_s + CHUNK_S
        if was_s < NOTHING_HEARD_S <= self._waited_s and not is_voice:
            self._console.print(f"     {NOTHING_HEARD}", soft_wrap=True, highlight=False)


def shown_db(samples: Samples) -> float:
    """Return the level that a bar shows, dB of full scale, at least `QUIETEST_DB`."""
    return max(QUIETEST_DB, level_db(samples))
