"""How something was said: sound in, a probability for each emotion out (TFLite, int8).

The model file is a program, so its bytes are checked against the SHA-256 in its
description, and those same bytes are run.
"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError, ProfileError
from assistant.features import FeatureRecipe, Levels, clip_features, windows
from assistant.model_description import Calibration, ModelDescription
from assistant.profiles import Impression, VoiceProfile, adjustment, recipe_key
from assistant.tflite_model import TfliteModel
from assistant.values import EMOTIONS, Audio, EmotionEstimate

Logits = npt.NDArray[np.float32]
"""Unscaled scores, shape ``(n_windows, n_labels)``."""

Model = Callable[[Levels], Logits]
"""Anything that turns windows, ``(n_windows, *recipe.window_shape)``, into logits."""

MIN_CERTAIN_S = 0.5
"""With less speech than this, a syllable or two, no estimate is called certain, s."""


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
        self._recipe_key = recipe_key(description.recipe)

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
        window_shape = description.recipe.window_shape
        return cls(TfliteModel(content, window_shape, len(description.labels)), description)

    @property
    def recipe(self) -> FeatureRecipe:
        """How sound becomes what the model sees."""
        return self._description.recipe

    @property
    def sha256(self) -> str:
        """Which model it is: corrections hold for the one that they were made with."""
        return self._description.sha256

    def classify(self, audio: Audio, profile: VoiceProfile | None = None) -> EmotionEstimate:
        """Return the probability of each emotion; see `hear`."""
        return self.hear(audio, profile).estimate

    def hear(self, audio: Audio, profile: VoiceProfile | None = None) -> Impression:
        """Return how something was said, with what a correction has to remember.

        Probabilities are averaged over the windows of the clip. Its features are the mean
        of the windows' logits, without corrections.

        Args:
            audio: One utterance.
            profile: Whose voice it is: its levels take the place of the training clips'
                mean, and its corrections move the logits. None for anybody's.

        Raises:
            AudioError: the sample rate is not the model's.
            ModelError: the model does not run or gives something else than logits.
            ProfileError: the profile was made for another model.
        """
        recipe = self._recipe_for(profile)
        seen = clip_features(audio, recipe)
        logits = self._model(windows(seen, recipe))
        _check_logits(logits)
        features = logits.mean(axis=0).tolist()
        corrections = profile.corrections_of(self.sha256, len(features)) if profile else ()
        moved = logits + adjustment(features, corrections).astype(np.float32)
        return Impression(
            estimate=self._estimate(self._probabilities(moved), speech_s(seen, recipe)),
            features=tuple(features),
            probabilities=tuple(self._probabilities(logits).tolist()),
            model=self.sha256,
        )

    def check(self, profile: VoiceProfile) -> None:
        """Raise ProfileError if the profile was made for another model."""
        n_mels = self.recipe.mel.n_mels
        is_ours = profile.recipe_key == self._recipe_key and len(profile.band_mean) == n_mels
        if profile.band_mean and not is_ours:
            raise ProfileError(
                f"voice profile {profile.name} was made for another emotion model; enrol "
                f"again: tonewise enroll {profile.name} --replace"
            )

    def _recipe_for(self, profile: VoiceProfile | None) -> FeatureRecipe:
        if profile is None or not profile.band_mean:
            return self.recipe
        self.check(profile)
        return replace(self.recipe, band_mean=profile.band_mean)

    def _probabilities(self, logits: Logits) -> Logits:
        temperature = (self._description.calibration or Calibration()).temperature
        return np.asarray(softmax(logits / temperature).mean(axis=0))

    def _estimate(self, probabilities: Logits, duration_s: float) -> EmotionEstimate:
        calibration = self._description.calibration
        certain = None
        if duration_s < MIN_CERTAIN_S:
            certain = False
        elif calibration is not None:
            certain = bool(probabilities.max() >= calibration.threshold)
        return EmotionEstimate(
            dict(zip(EMOTIONS, probabilities.tolist(), strict=True)), certain
        )


def speech_s(features: Levels, recipe: FeatureRecipe) -> float:
    """Return how long a clip is without its quiet outer parts, s; 0 for silence.

    Args:
        features: What `assistant.features.clip_levels` or `clip_features` made of it.
        recipe: The one that it was made by.
    """
    if not np.ptp(features, axis=0).any():  # each frame is the same
        return 0.0
    return (len(features) - 1) * recipe.mel.hop_length / recipe.mel.sample_rate


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
