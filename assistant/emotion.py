"""How something was said: sound in, a probability for each emotion out (TFLite, int8).

The model file is a program, so its bytes are checked against the SHA-256 in its
description, and those same bytes are run.
"""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.features import Levels, model_input
from assistant.model_description import Calibration, ModelDescription
from assistant.tflite_model import TfliteModel
from assistant.values import EMOTIONS, Audio, EmotionEstimate

Logits = npt.NDArray[np.float32]
"""Unscaled scores, shape ``(n_windows, n_labels)``."""

Model = Callable[[Levels], Logits]
"""Anything that turns windows, ``(n_windows, n_frames, n_mels)``, into logits."""


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


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error}); install the model again") from error
