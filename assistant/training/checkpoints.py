"""One checkpoint for each finished epoch, so that a killed training run goes on."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import TrainingError
from assistant.training.network import frame_error, masked_cross_entropy

if TYPE_CHECKING:
    import keras


def save_checkpoint(network: "keras.Model", folder: Path, epoch: int) -> None:
    """Store a compiled network with its optimizer as epoch's checkpoint, and drop older ones.

    Raises:
        TrainingError: the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        unfinished = folder / "unfinished.keras"
        network.save(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.replace(folder / f"epoch-{epoch:04}.keras")
        for older in sorted(folder.glob("epoch-*.keras"))[:-1]:
            older.unlink()
    except OSError as error:
        raise TrainingError(
            f"no checkpoint could be stored in {folder} ({error}); free space or choose "
            "another cache"
        ) from error


def latest_checkpoint(folder: Path) -> tuple["keras.Model", int] | None:
    """Return the newest network and the number of its finished epochs; None where is none.

    Raises:
        TrainingError: the file is damaged.
    """
    import keras

    # Keras finds the classes by their registered names, once they are there.
    from assistant.training import orthogonal_momentum, taught_loss  # noqa: F401

    stored = sorted(folder.glob("epoch-*.keras"))
    if not stored:
        return None
    try:
        network = keras.saving.load_model(
            stored[-1],
            custom_objects={
                each.__name__: each for each in (masked_cross_entropy, frame_error)
            },
        )
    except (OSError, ValueError) as error:
        raise TrainingError(f"{stored[-1]} is damaged; delete it to start again") from error
    return network, int(stored[-1].stem.removeprefix("epoch-"))
