"""What the emotion model's description, ``emotion.json``, says that the classifier needs."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from assistant.errors import ModelError
from assistant.features import FeatureRecipe
from assistant.log_mel import MelConfig
from assistant.pitch_salience import PitchConfig
from assistant.values import EMOTIONS

SCHEMA_VERSION = 1
"""Version of the description's form, read here and written by `assistant.scoring`."""


@dataclass(frozen=True)
class Calibration:
    """What makes probabilities honest (Guo et al. 2017, arXiv 1706.04599).

    Raises:
        ModelError: the temperature is not above 0, or the threshold not within 0 to 1.
    """

    temperature: float = 1.0
    """Logits are divided by it, above 0."""
    threshold: float = 0.0
    """Confidence from which a label counts as certain, 0 to 1."""

    def __post_init__(self) -> None:
        if not 0 < self.temperature < np.inf:
            raise ModelError(f"the model's temperature must be above 0, got {self.temperature}")
        if not 0 <= self.threshold <= 1:
            raise ModelError(f"the model's threshold must be 0 to 1, got {self.threshold}")


@dataclass(frozen=True)
class ModelDescription:
    """What ``emotion.json`` says that the classifier needs.

    Raises:
        ModelError: the neutral logits are not one finite number for each label.
    """

    sha256: str
    """Hexadecimal SHA-256 of the model file."""
    recipe: FeatureRecipe
    labels: tuple[str, ...] = EMOTIONS
    calibration: Calibration | None = None
    """None while the model is not calibrated; nothing is called certain then."""
    neutral_logits: tuple[float, ...] | None = None
    """Mean logits of the training speakers' neutral clips, one for each label, which an
    enrolled voice is compared with; None where they are not known, and nobody can enrol."""

    def __post_init__(self) -> None:
        if self.neutral_logits is None:
            return
        is_whole = len(self.neutral_logits) == len(self.labels)
        if not (is_whole and np.isfinite(self.neutral_logits).all()):
            raise ModelError(
                f"the model's neutral_logits are not {len(self.labels)} finite numbers"
            )

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Read a description.

        Raises:
            ModelError: it is no JSON, of another version, or lacks or garbles a value.
        """
        try:
            fields = json.loads(text)
            version = fields["schema_version"]
            if version != SCHEMA_VERSION:
                raise ModelError(
                    f"the model's description has version {version}, this program reads "
                    f"{SCHEMA_VERSION}; install matching versions"
                )
            calibration = fields["calibration"]
            neutral = fields.get("neutral_logits")  # older descriptions lack them
            return cls(
                sha256=str(fields["sha256"]),
                recipe=_recipe(fields["recipe"]),
                labels=tuple(str(label) for label in fields["labels"]),
                calibration=(
                    Calibration(**_numbers(calibration, Calibration)) if calibration else None
                ),
                neutral_logits=(
                    None if neutral is None else tuple(_number(n, float) for n in neutral)
                ),
            )
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
            raise ModelError(
                f"the model's description is damaged ({error!r}); install the model again"
            ) from error


def _recipe(fields: Mapping[str, Any]) -> FeatureRecipe:
    values = dict(fields)
    mel = MelConfig(**_numbers(values.pop("mel"), MelConfig))
    pitch = values.pop("pitch", None)  # older descriptions lack it
    pitch = None if pitch is None else PitchConfig(**_numbers(pitch, PitchConfig))
    mean, std = (
        tuple(_number(level, float) for level in values.pop(name))
        for name in ("band_mean", "band_std")
    )
    return FeatureRecipe(
        mel,
        **_numbers(values, FeatureRecipe),
        band_mean=mean,
        band_std=std,
        pitch=pitch,
    )


def _numbers(
    values: Mapping[str, object],
    owner: type[Calibration | MelConfig | PitchConfig | FeatureRecipe],
) -> dict[str, Any]:
    """Return values of a dataclass's fields, each as the number that the field takes."""
    kinds: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(owner)}
    return {name: _number(value, kinds[name]) for name, value in dict(values).items()}


def _number(value: object, kind: type[float]) -> float:
    """Return a number as ``kind``, int or float; text is refused and nothing is rounded."""
    if not isinstance(value, int | kind):
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return kind(value)
