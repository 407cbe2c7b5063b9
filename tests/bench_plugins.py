"""What plugins cost: a process of their own, and many of them installed.

``make bench-plugins`` prints the table; it takes about a minute.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from assistant.conversation import KEPT_TURNS, Conversation
from assistant.plugin_child import PluginHost
from assistant.plugin_discovery import Plugin
from assistant.plugins import Plugins
from assistant.settings import PluginSettings
from assistant.values import EMOTIONS, EmotionEstimate, Transcript, Utterance

N_TURNS = 1_000
N_STARTS = 11
N_INSTALLED = 50

ECHO = "def respond(utterance): return utterance.transcript.text\n"
METADATA = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"

UTTERANCE = Utterance(
    Transcript("what is the weather like tomorrow"),
    EmotionEstimate({label: 1 / len(EMOTIONS) for label in EMOTIONS}, certain=False),
    2.5,
    sentiment=0.0,
    change=dict.fromkeys(EMOTIONS, 0.0),
)


def long_conversation() -> Conversation:
    conversation = Conversation()
    for _ in range(KEPT_TURNS):
        conversation = conversation.with_turn(UTTERANCE).answered("I do not know that.", "x")
    return conversation


def median_ms(ask: Callable[[], object], n: int) -> tuple[float, float]:
    """Return the median of the times that a call takes, and the 95th percentile, ms."""
    times_ms = []
    for _ in range(n):
        begin_s = time.perf_counter()
        ask()
        times_ms.append(1000 * (time.perf_counter() - begin_s))
    return statistics.median(times_ms), statistics.quantiles(times_ms, n=20)[-1]


def row(name: str, value: str, wanted: str = "") -> None:
    print(f"| {name} | {value} | {wanted} |", flush=True)


def show_isolation(folder: Path) -> None:
    path = folder / "echo.py"
    path.write_text(ECHO)
    inside = PluginHost("file", "echo", str(path))
    inside.answer({"load": {"settings": {}, "store": ""}})
    call = inside.module.call
    here_ms, _ = median_ms(lambda: call("respond", utterance=UTTERANCE), N_TURNS)
    plugin = Plugin("echo", "folder", str(path), is_enabled=True)
    with Plugins([plugin], PluginSettings(), print) as plugins:
        for name, conversation in (
            ("a turn", Conversation()),
            (f"a turn after {KEPT_TURNS} others", long_conversation()),
        ):
            there_ms, slow_ms = median_ms(
                lambda known=conversation: plugins.respond(UTTERANCE, known), N_TURNS
            )
            cost = f"{there_ms - here_ms:.2f} ms (95th percentile {slow_ms:.2f})"
            row(f"{name}: over calling it in the same process", cost, "5 ms")


def install(folder: Path, n: int) -> dict[str, str]:
    """Put so many packages with a plugin on the path; returns the variables that do it."""
    for number in range(n):
        name = f"weather{number}"
        information = folder / f"{name}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(METADATA.format(name=name))
        (information / "entry_points.txt").write_text(f"[tonewise.plugins]\n{name} = {name}\n")
        (folder / f"{name}.py").write_text(f"raise SystemExit\n{ECHO}")
    settings = folder / "settings" / "settings.toml"
    return {**os.environ, "PYTHONPATH": str(folder), "TONEWISE_SETTINGS": str(settings)}


def show_starts(folder: Path) -> None:
    program = Path(sys.executable).with_name("tonewise")
    environment = install(folder, N_INSTALLED)

    def start(*arguments: str) -> None:
        subprocess.run([program, *arguments], env=environment, check=True, capture_output=True)

    for arguments, wanted in ((("--help",), "250 ms"), (("plugins", "list"), "")):
        middle_ms, _ = median_ms(lambda words=arguments: start(*words), N_STARTS)
        name = f"`tonewise {' '.join(arguments)}` with {N_INSTALLED} plugins installed"
        row(name, f"{middle_ms:.0f} ms", wanted)


def main() -> int:
    print(
        f"{date.today()}, {platform.machine()}, Python {platform.python_version()}, medians\n"
    )
    row("figure", "measured", "at most")
    row("---", "---:", "---:")
    with tempfile.TemporaryDirectory() as folder:
        show_isolation(Path(folder))
    with tempfile.TemporaryDirectory() as folder:
        show_starts(Path(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
