"""The file beside the model: labels, recipe, hash, how it was trained and how it scores."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.model_description import SCHEMA_VERSION, Calibration
from assistant.values import EMOTIONS
from assistant.whole_file import replacing


def write_description(
    path: Path, model: Path, recipe: FeatureRecipe, training: Mapping[str, Any]
) -> None:
    """Describe a model file that is not yet scored or calibrated.

    Args:
        path: The description to write.
        model: The model file, whose bytes are hashed.
        recipe: The features it was trained on.
        training: Corpora, speakers, settings and seed, as plain values.

    Raises:
        TrainingError: a file cannot be read or written.
    """
    fields = {
        "schema_version": SCHEMA_VERSION,
        "labels": list(EMOTIONS),
        "sha256": hashlib.sha256(_read(model)).hexdigest(),
        "calibration": None,
        "neutral_logits": None,
        "scores": {},
        "training": dict(training),
        "recipe": _rounded(asdict(recipe)),
    }
    _write(path, fields)


def add_score(path: Path, name: str, score: Mapping[str, Any]) -> None:
    """Add a measured score to a description under the name of its protocol.

    Raises:
        TrainingError: the description cannot be read or written.
    """
    _change(path, lambda fields: fields["scores"].update({name: dict(score)}))


def set_calibration(path: Path, calibration: Calibration) -> None:
    """Store what makes the model's probabilities honest in its description.

    Raises:
        TrainingError: the description cannot be read or written.
    """
    _change(path, lambda fields: fields.update(calibration=asdict(calibration)))


def set_neutral_logits(path: Path, values: Sequence[float]) -> None:
    """Store what the model makes of neutral voices in its description.

    Args:
        path: The description.
        values: Mean logits of the training speakers' neutral clips, one for each label.

    Raises:
        TrainingError: the description cannot be read or written, or the values are not one
            finite number for each of `EMOTIONS`.
    """
    if len(values) != len(EMOTIONS) or not np.isfinite(values).all():
        raise TrainingError(
            f"expected {len(EMOTIONS)} finite neutral logits, got {list(values)}"
        )
    rounded = [round(value, 4) for value in values]
    _change(path, lambda fields: fields.update(neutral_logits=rounded))


def _change(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change a description's fields in place and write it, whole or not at all."""
    try:
        fields = json.loads(_read(path))
        if "scores" not in fields:
            raise ValueError("it has no scores")
        change(fields)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise TrainingError(f"{path} is no model description; train again") from error
    _write(path, fields)


def _rounded(recipe: dict[str, Any]) -> dict[str, Any]:
    return recipe | {
        name: [round(value, 4) for value in recipe[name]] for name in ("band_mean", "band_std")
    }


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TrainingError(f"{path} cannot be read ({error}); train again") from error


def _write(path: Path, fields: Mapping[str, Any]) -> None:
    try:
        text = json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False)
        with replacing(path) as file:
            file.write(f"{text}\n".encode())
    except OSError as error:
        raise TrainingError(f"{path} cannot be written ({error})") from error
