"""Many turns in one run of the assistant, over the virtual sound card in real time.

``make soak TURNS=500`` prints what grew, and draws memory over turns into ``docs/soak.png``.
"""

import argparse
import itertools
import json
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from tests.live_turns import Program
from tests.processes import PATIENCE_S, children_of, pss_mb, tree_of, written_mb
from tests.virtual_audio import VirtualAudio

ROOT = Path(__file__).parent.parent
SPOKEN = sorted((ROOT / "examples" / "recordings").glob("*.wav"))
TELLING = ("heard", "spoke", "stopped", "error")
SETTLED_S = 0.5
"""So long after a turn what it started for itself has ended, s."""


@dataclass(frozen=True)
class Turn:
    """What there was after a turn, while the assistant listened again."""

    number: int
    elapsed_s: float
    is_answered: bool
    """Whether one utterance was heard, and the reply spoken to its end."""
    memory_mb: float
    """Of all its processes, what they share counted once."""
    written_mb: float
    """What of it they share with nobody: no other program changes it."""
    n_children: int
    """Without copies that the recogniser makes of itself while there is sound."""
    n_open: int
    """Descriptors of the main process."""
    n_temporary: int
    """Files and folders where temporary ones are put."""


def soak(
    card: VirtualAudio, n_turns: int, folder: Path, arguments: Sequence[str] = ()
) -> Iterator[Turn]:
    """Hold a conversation of so many turns.

    Args:
        card: what it is held over.
        n_turns: how many recordings are played into the room, one after the other.
        folder: where temporary files are put.
        arguments: of ``tonewise run``.

    Raises:
        EOFError: the assistant ended; its last words are in the message.
    """
    temporary = folder / "temporary"
    temporary.mkdir()
    environment = {**card.environment, "TMPDIR": str(temporary)}
    begin_s = time.monotonic()
    with Program(environment, "-m", "assistant", "run", "--json", *arguments) as program:
        program.expect("listening")
        for number, path in enumerate(itertools.islice(itertools.cycle(SPOKEN), n_turns), 1):
            card.say(path)
            events = program.until("listening", within_s=PATIENCE_S)
            time.sleep(SETTLED_S)
            pid = program.process.pid
            yield Turn(
                number,
                time.monotonic() - begin_s,
                [e["event"] for e in events if e["event"] in TELLING] == ["heard", "spoke"],
                pss_mb(pids := tree_of(pid)),
                written_mb(pids),
                len(children_of(pid)),
                len(os.listdir(f"/proc/{pid}/fd")),
                len(list(temporary.rglob("*"))),
            )


def growth(turns: list[Turn]) -> float:
    """Return by which share memory grew from the second tenth of the turns to the last.

    What was written to is what grows; all that there is, is what it is a share of.
    """
    tenth = len(turns) // 10
    early, late = turns[tenth : 2 * tenth], turns[-tenth:]
    first_mb, last_mb = (
        statistics.median(turn.written_mb for turn in t) for t in (early, late)
    )
    return (last_mb - first_mb) / statistics.median(turn.memory_mb for turn in early)


def draw(turns: list[Turn], path: Path) -> None:
    """Draw memory over turns."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 3), layout="constrained")
    axes = figure.add_subplot()
    numbers = [turn.number for turn in turns]
    axes.plot(numbers, [turn.memory_mb for turn in turns], lw=0.8, label="all (PSS)")
    axes.plot(numbers, [turn.written_mb for turn in turns], lw=1.2, label="written to")
    axes.set(xlabel="turn", ylabel="memory of all processes, MB")
    axes.set_ylim(bottom=0)
    axes.legend(loc="lower right")
    axes.grid(alpha=0.3)
    axes.set_title(
        f"{len(turns)} turns in {turns[-1].elapsed_s / 60:.0f} minutes: "
        f"{100 * growth(turns):+.1f} % from the second tenth to the last"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)


def main() -> int:
    """Soak, and tell what grew; returns 1 where a turn went unanswered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=500)
    parser.add_argument("--log", type=Path, help="a line of JSON for each turn")
    parser.add_argument("--picture", type=Path, default=ROOT / "docs" / "soak.png")
    chosen = parser.parse_args()
    turns = []
    if chosen.log is not None:
        chosen.log.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="sound-", dir="/tmp") as folder:
        card = VirtualAudio(Path(folder))
        try:
            for turn in soak(card, chosen.turns, Path(folder)):
                turns.append(turn)
                if chosen.log is not None:
                    with chosen.log.open("a", encoding="utf-8") as log:
                        print(json.dumps(asdict(turn)), file=log)
                print(f"\r{turn.number} of {chosen.turns} turns", end="", file=sys.stderr)
        finally:
            card.stop()
            print(file=sys.stderr)
            if len(turns) >= 10:
                show(turns)
                draw(turns, chosen.picture)
    return 0 if len(turns) == chosen.turns and all(t.is_answered for t in turns) else 1


def show(turns: list[Turn]) -> None:
    """Print what there was at the beginning and at the end."""
    first, last = turns[len(turns) // 10], turns[-1]
    print(f"{date.today()}, {platform.machine()}, Python {platform.python_version()}")
    print(f"answered: {sum(turn.is_answered for turn in turns)} of {len(turns)}")
    print(f"memory: {first.memory_mb:.0f} MB, {last.memory_mb:.0f} MB at the end; "
          f"{100 * growth(turns):+.1f} % from the second tenth to the last")  # fmt: skip
    for name in ("n_children", "n_open", "n_temporary"):
        print(f"{name}: {getattr(first, name)}, {getattr(last, name)} at the end")


if __name__ == "__main__":
    sys.exit(main())
