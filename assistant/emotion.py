"""How something was said: sound in, a probability for each emotion out (TFLite, int8).

The model file is a program, so its bytes are checked against the SHA-256 in its
description, and those same bytes are run.
"""

import hashlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError, ProfileError
from assistant.features import FeatureRecipe, Levels, clip_features, windows
from assistant.model_description import Calibration, ModelDescription
from assistant.profiles import (
    NEUTRAL_STRENGTH,
    Correction,
    Impression,
    VoiceProfile,
    adjustment,
    relative_offset,
)
from assistant.tflite_model import TfliteModel
from assistant.values import EMOTIONS, Audio, EmotionEstimate

Logits = npt.NDArray[np.float32]
"""Unscaled scores, shape ``(n_windows, n_labels)``."""

Model = Callable[[Levels], Logits]
"""Anything that turns windows, ``(n_windows, *recipe.window_shape)``, into logits."""

MIN_CERTAIN_S = 0.5
"""With less speech than this, a syllable or two, no estimate is called certain, s."""


@dataclass(frozen=True, eq=False)
class ClipLogits:
    """What the model says of an utterance, before anything is known of whose voice it is."""

    windows: Logits
    """Of each window, shape ``(n_windows, 8)``, as the model gives them."""
    speech_s: float
    """How much speech it is, s; see `speech_s`."""

    @property
    def mean(self) -> tuple[float, ...]:
        """The mean over the windows, 8 numbers."""
        mean: list[float] = self.windows.mean(axis=0).tolist()
        return tuple(mean)


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
        window_shape = description.recipe.window_shape
        return cls(TfliteModel(content, window_shape, len(description.labels)), description)

    @property
    def recipe(self) -> FeatureRecipe:
        """How sound becomes what the model sees."""
        return self._description.recipe

    @property
    def sha256(self) -> str:
        """Which model it is: what a profile holds was made with one and holds for it."""
        return self._description.sha256

    def classify(self, audio: Audio, profile: VoiceProfile | None = None) -> EmotionEstimate:
        """Return the probability of each emotion; see `hear`."""
        return self.hear(audio, profile).estimate

    def hear(
        self, audio: Audio, profile: VoiceProfile | None = None, voiced_s: float = math.inf
    ) -> Impression:
        """Return how something was said, with what a correction has to remember.

        See `judge`.

        Args:
            audio: One utterance.
            profile: Whose voice it is; None for anybody's.
            voiced_s: In how much of it a detector found a voice, s. In noise the quiet ends
                of an utterance are not found by their level, so that it passes for longer.

        Raises:
            AudioError: the sample rate is not the model's.
            ModelError: the model does not run or gives something else than logits.
            ProfileError: the profile was made for another model, or the model knows no
                neutral voices.
        """
        return self.judge(self.logits(audio, voiced_s), profile)

    def logits(self, audio: Audio, voiced_s: float = math.inf) -> ClipLogits:
        """Return what the model says of an utterance; the only step that takes long.

        Args:
            audio: One utterance.
            voiced_s: As in `hear`.

        Raises:
            AudioError: the sample rate is not the model's.
            ModelError: the model does not run or gives something else than logits.
        """
        seen = clip_features(audio, self.recipe)
        logits = self._model(windows(seen, self.recipe))
        _check_logits(logits)
        return ClipLogits(logits, min(speech_s(seen, self.recipe), voiced_s))

    def judge(self, heard: ClipLogits, profile: VoiceProfile | None = None) -> Impression:
        """Return what the model's logits mean in a voice.

        First they become relative to the voice, then its neutral sentences and its
        corrections move them, the same step for each window. Divided by the temperature they
        give the probabilities of each window, which are averaged.

        What corrections compare utterances by are the logits as the model gave them, the
        mean over the windows: these do not change when the person enrols again.

        Args:
            heard: What `logits` returned.
            profile: Whose voice it is: its neutral sentences are what the logits are
                relative to, if there are any. None for anybody's.

        Raises:
            ProfileError: the profile was made for another model, or the model knows no
                neutral voices.
        """
        corrections = self.heeded(profile) if profile else ()
        offset = self._offset(profile)
        relative = heard.windows + offset
        step = adjustment(heard.mean, corrections)
        if profile and profile.neutral_logits:
            neutral = self._neutral(profile, offset)
            step += adjustment(heard.mean, (neutral,), NEUTRAL_STRENGTH)
        moved = relative + step.astype(np.float32)
        return Impression(
            estimate=self._estimate(self._probabilities(moved), heard.speech_s),
            features=heard.mean,
            probabilities=tuple(self._probabilities(relative).tolist()),
            model=self.sha256,
        )

    def check(self, profile: VoiceProfile) -> None:
        """Raise ProfileError if the voice cannot be heard as the profile says."""
        self._offset(profile)

    def heeded(self, profile: VoiceProfile) -> tuple[Correction, ...]:
        """Return the corrections that were made for this model; it ignores the others."""
        return profile.corrections_of(self.sha256, len(EMOTIONS))

    def unheeded(self, profile: VoiceProfile) -> str:
        """Say how many corrections this model ignores; empty where it ignores none."""
        n = len(profile.corrections) - len(self.heeded(profile))
        if not n:
            return ""
        made, are = ("correction was", "is") if n == 1 else ("corrections were", "are")
        return f"{n} {made} made for another emotion model and {are} not heeded"

    def neutral_reference(self) -> tuple[float, ...]:
        """Return the mean logits of neutral voices, 8 numbers.

        Raises:
            ProfileError: the model's description has none, so that nobody can be enrolled.
        """
        if self._description.neutral_logits is None:
            raise ProfileError(
                "this emotion model cannot be enrolled with yet; corrections work: "
                "tonewise analyze FILE --correct EMOTION"
            )
        return self._description.neutral_logits

    def _offset(self, profile: VoiceProfile | None) -> Logits:
        if profile is None or not profile.neutral_logits:
            return np.zeros(len(EMOTIONS), np.float32)
        if profile.model != self.sha256:
            unheeded = self.unheeded(profile)
            raise ProfileError(
                f"voice profile {profile.name} was made for another emotion model; enrol "
                f"again: tonewise enroll {profile.name} --replace"
                + (f"; {unheeded}" if unheeded else "")
            )
        offset = relative_offset(profile.neutral_logits, self.neutral_reference())
        return offset.astype(np.float32)

    def _neutral(self, profile: VoiceProfile, offset: Logits) -> Correction:
        """Return the correction that says of a person's neutral sentences what they are."""
        own = np.asarray(profile.neutral_logits, np.float32) + offset
        shares = self._probabilities(own[np.newaxis]).tolist()
        return Correction(
            label="neutral",
            heard=EMOTIONS[int(np.argmax(shares))],
            time=profile.enrolled,
            features=profile.neutral_logits,
            probabilities=tuple(shares),
            model=profile.model,
        )

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
