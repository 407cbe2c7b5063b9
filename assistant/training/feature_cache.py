"""Features of recordings, computed once for each content and recipe, kept on disk."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.training.parallel import in_processes
from assistant.whole_file import replacing

Stored = npt.NDArray[np.float16]
"""Features in half precision, frames first."""


class Featured(Protocol):
    """What has features that are worth keeping; it is sent to other processes."""

    @property
    def name(self) -> str:
        """SHA-256 of all that the features follow from."""

    def features(self) -> npt.NDArray[np.floating]:
        """Compute them; raises `TrainingError` where they cannot be had."""


def cached_features(
    wanted: Sequence[Featured],
    cache: Path,
    report: Callable[[int], None] = lambda done: None,
    n_processes: int | None = None,
) -> list[Stored]:
    """Return the features of each, in order; a killed call goes on where it was.

    Half precision is kept, 0.03 dB at most of the loudest levels: five renditions of 6000
    clips take 1.9 GB of memory.

    Args:
        wanted: Renditions, or what is heard of them in another way.
        cache: Folder for the stored features.
        report: Gets the number that is done after each.
        n_processes: How many compute what is not stored; see
            `assistant.training.parallel.in_processes`.

    Raises:
        TrainingError: a recording cannot be used, or the cache cannot be written or read.
    """
    stored = [_stored(each, cache) for each in wanted]
    missing = [i for i, file in enumerate(stored) if not file.exists()]
    found = len(wanted) - len(missing)
    report(found)
    storing = in_processes(_Storing(cache), [wanted[i] for i in missing], n_processes)
    for done, _ in enumerate(storing, start=found + 1):
        report(done)
    return [_loaded(file) for file in stored]


@dataclass(frozen=True)
class _Storing:
    """Computes and stores features; can be sent to another process."""

    cache: Path

    def __call__(self, each: Featured) -> None:
        file = _stored(each, self.cache)
        features = each.features().astype(np.float16)
        try:
            with replacing(file, durable=False) as opened:
                np.save(opened, features)
        except OSError as error:
            raise TrainingError(
                f"{file} cannot be written ({error.strerror}); free space or choose another "
                "cache"
            ) from error


def _stored(each: Featured, cache: Path) -> Path:
    name = each.name
    return cache / "features" / name[:2] / f"{name}.npy"


def _loaded(file: Path) -> Stored:
    try:
        features: Stored = np.load(file)
    except (OSError, ValueError, EOFError) as error:
        raise TrainingError(
            f"{file} cannot be read ({error}); delete it to have it made again"
        ) from error
    return features
