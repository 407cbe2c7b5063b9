"""How a training run went, epoch by epoch: kept beside its checkpoints, and drawn."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from assistant.errors import TrainingError
from assistant.whole_file import replacing

FILE = "history.json"


@dataclass(frozen=True)
class Epoch:
    """What was measured of one epoch."""

    epoch: int
    """Counts from 1."""
    loss: float
    """Mean training loss, natural units."""
    validation_uar: float | None = None
    """Of the averaged float network, 0 to 1; None where it was not measured."""


def record_epoch(folder: Path, epoch: Epoch) -> None:
    """Keep what was measured of an epoch, in place of what is known of it and later ones.

    Raises:
        TrainingError: the file cannot be read or written.
    """
    earlier = [each for each in recorded_epochs(folder) if each.epoch < epoch.epoch]
    try:
        with replacing(folder / FILE) as file:
            file.write(json.dumps([asdict(each) for each in (*earlier, epoch)]).encode())
    except OSError as error:
        raise TrainingError(
            f"{folder / FILE} cannot be written ({error.strerror}); free space or choose "
            "another cache"
        ) from error


def recorded_epochs(folder: Path) -> tuple[Epoch, ...]:
    """Return what is known of a run, by epoch; nothing where nothing was recorded.

    Raises:
        TrainingError: the file is damaged.
    """
    try:
        return tuple(Epoch(**each) for each in json.loads((folder / FILE).read_bytes()))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, TypeError) as error:
        raise TrainingError(f"{folder / FILE} is damaged; delete it to go on") from error
