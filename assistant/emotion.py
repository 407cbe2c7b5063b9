"""How something was said: sound in, a probability for each emotion out (TFLite, int8).

The model file is a program, so its bytes are checked against the SHA-256 in its
description, and those same bytes are run.
"""

import dataclasses
import hashlib
import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.features import FeatureRecipe, Levels, MelConfig, model_input
from assistant.native_noise import native_noise_logged
from assistant.values import EMOTIONS, Audio, EmotionEstimate

SCHEMA_VERSION = 1
"""Version of the description's form that this code reads."""

Logits = npt.NDArray[np.float32]
"""Unscaled scores, shape ``(n_windows, n_labels)``."""

Model = Callable[[Levels], Logits]
"""Anything that turns windows, ``(n_windows, n_frames, n_mels)``, into logits."""


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
    """What ``emotion.json`` says that the classifier needs."""

    sha256: str
    """Hexadecimal SHA-256 of the model file."""
    recipe: FeatureRecipe
    labels: tuple[str, ...] = EMOTIONS
    calibration: Calibration | None = None
    """None while the model is not calibrated; nothing is called certain then."""

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
            return cls(
                sha256=str(fields["sha256"]),
                recipe=_recipe(fields["recipe"]),
                labels=tuple(str(label) for label in fields["labels"]),
                calibration=(
                    Calibration(**_numbers(calibration, Calibration)) if calibration else None
                ),
            )
        except (ValueError, TypeError, LookupError, OverflowError, RecursionError) as error:
            raise ModelError(
                f"the model's description is damaged ({error!r}); install the model again"
            ) from error


class EmotionClassifier:
    """Names the emotion in a voice; may be shared by threads."""

    def __init__(self, model: Model, description: ModelDescription) -> None:
        """Use any callable as the model.

        Raises:
            ModelError: the labels are not `EMOTIONS`, in that order.
        """
        if description.labels != EMOTIONS:
            raise ModelError(
                f"the model names {', '.join(description.labels)}; this program needs "
                f"{', '.join(EMOTIONS)}"
            )
        self._model = model
        self._description = description

    @classmethod
    def load(cls, model_path: Path, description_path: Path) -> Self:
        """Read a model and check it against its description.

        Raises:
            ModelError: a file is missing or damaged, they do not belong together, or no
                interpreter is installed.
        """
        description = ModelDescription.from_json(_read(description_path))
        content = _read(model_path)
        sha256 = hashlib.sha256(content).hexdigest()
        if sha256 != description.sha256:
            raise ModelError(
                f"{model_path} has SHA-256 {sha256[:12]}…, {description_path.name} expects "
                f"{description.sha256[:12]}…; install the model again"
            )
        recipe = description.recipe
        window_shape = (recipe.n_frames, recipe.mel.n_mels)
        return cls(TfliteModel(content, window_shape, len(description.labels)), description)

    def classify(self, audio: Audio) -> EmotionEstimate:
        """Return the probability of each emotion, averaged over the windows of the clip.

        Raises:
            AudioError: the sample rate is not the model's.
            ModelError: the model does not run or gives something else than logits.
        """
        calibration = self._description.calibration or Calibration()
        logits = self._model(model_input(audio, self._description.recipe))
        _check_logits(logits)
        probabilities = softmax(logits / calibration.temperature).mean(axis=0)
        certain = None
        if self._description.calibration is not None:
            certain = bool(probabilities.max() >= calibration.threshold)
        return EmotionEstimate(
            dict(zip(EMOTIONS, probabilities.tolist(), strict=True)), certain
        )


class TfliteModel:
    """A TFLite model as a callable; one interpreter, used by one thread at a time."""

    def __init__(self, content: bytes, window_shape: tuple[int, int], n_labels: int) -> None:
        """Start the model.

        Args:
            content: The bytes of the file.
            window_shape: ``(n_frames, n_mels)`` of the windows it will get.
            n_labels: Number of logits it has to give.

        Raises:
            ModelError: no interpreter is installed, it refuses the bytes, or the shapes differ.
        """
        self._lock = threading.Lock()  # an interpreter shared without one gives wrong answers
        try:
            with native_noise_logged():  # it tells which delegate it made
                self._interpreter = _interpreter_class()(model_content=content, num_threads=1)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"the interpreter refuses the model ({_one_line(error)}); install it again"
            ) from error
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        found = [self._input["shape"].tolist(), self._output["shape"].tolist()]
        expected = [[1, *window_shape], [1, n_labels]]
        if found != expected:
            raise ModelError(f"the model maps {found}, its description says {expected}")

    def __call__(self, windows: Levels) -> Logits:
        """Return the logits of each window.

        Raises:
            ModelError: the interpreter fails.
        """
        try:
            with self._lock:
                return np.concatenate([self._logits(window) for window in windows])
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the model does not run: {_one_line(error)}") from error

    def _logits(self, window: Levels) -> Logits:
        quantised = _quantised(window[np.newaxis], self._input)
        self._interpreter.set_tensor(self._input["index"], quantised)
        self._interpreter.invoke()
        return _dequantised(self._interpreter.get_tensor(self._output["index"]), self._output)


def _check_logits(logits: Logits) -> None:
    if logits.ndim != 2 or logits.shape[1] != len(EMOTIONS):
        raise ModelError(
            f"the model gave shape {logits.shape}, expected (n_windows, {len(EMOTIONS)})"
        )
    if not np.isfinite(logits).all():
        raise ModelError("the model gave NaN or infinite values; install it again")


def softmax(logits: Logits) -> Logits:
    """Return probabilities along the last axis; they sum to 1."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


def _quantised(values: Levels, details: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Convert to the tensor's type; what does not fit is clipped, for a cast would wrap."""
    scale, zero_point = details["quantization"]
    dtype = np.dtype(details["dtype"])
    if scale == 0:  # TFLite's mark of a tensor that is not quantised
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.asarray(
        np.clip(np.round(values / scale) + zero_point, limits.min, limits.max), dtype=dtype
    )


def _dequantised(tensor: npt.NDArray[Any], details: Mapping[str, Any]) -> Logits:
    scale, zero_point = details["quantization"]
    if scale == 0:
        return tensor.astype(np.float32)
    return np.asarray((tensor.astype(np.float32) - zero_point) * scale, dtype=np.float32)


def _interpreter_class() -> Callable[..., Any]:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter
        except ImportError as error:
            raise ModelError(
                "no TFLite interpreter is installed; run: pip install ai-edge-litert"
            ) from error
    interpreter: Callable[..., Any] = Interpreter
    return interpreter


def _recipe(fields: Mapping[str, Any]) -> FeatureRecipe:
    values = dict(fields)
    mel = MelConfig(**_numbers(values.pop("mel"), MelConfig))
    mean, std = (
        tuple(_number(level, float) for level in values.pop(name))
        for name in ("band_mean", "band_std")
    )
    return FeatureRecipe(mel, **_numbers(values, FeatureRecipe), band_mean=mean, band_std=std)


def _numbers(
    values: Mapping[str, object], owner: type[Calibration | MelConfig | FeatureRecipe]
) -> dict[str, Any]:
    """Return values of a dataclass's fields, each as the number that the field takes."""
    kinds: dict[str, Any] = {field.name: field.type for field in dataclasses.fields(owner)}
    return {name: _number(value, kinds[name]) for name, value in dict(values).items()}


def _number(value: object, kind: type[float]) -> float:
    """Return a number as ``kind``, int or float; text is refused and nothing is rounded."""
    if not isinstance(value, int | kind):
        raise TypeError(f"expected {kind.__name__}, got {type(value).__name__}")
    return kind(value)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}); install the model again") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
