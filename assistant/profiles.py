"""What is known of one person's voice: how it sounds at rest, and where it was misheard.

No sound is kept: levels of bands, and the few numbers that each utterance became.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ProfileError
from assistant.features import FeatureRecipe
from assistant.values import EMOTIONS, EmotionEstimate

STRENGTH = 2.0
"""Length of the step that a correction makes, in logits: it moves its own utterance by up
to this much towards the label, and as much away from what was heard."""

POWER = 8
"""How fast a correction loses its hold on utterances that were heard differently: at a
correlation of 0.9 it has 43 % of it left, at 0.5 less than 1 %."""

MAX_CORRECTIONS = 100
"""Kept in a profile; the oldest go, for voices, rooms and microphones change."""

MAX_NAME_LENGTH = 40  # characters, so that it is a file's name in any encoding

Numbers = npt.NDArray[np.float64]

_FLAT = 1e-6  # features that differ by less, in logits, have no direction


@dataclass(frozen=True)
class Impression:
    """How an utterance was heard, and what a correction of it has to remember."""

    estimate: EmotionEstimate
    features: tuple[float, ...]
    """What utterances are compared by, of any length; see `EmotionClassifier.hear`."""
    probabilities: tuple[float, ...]
    """Of each of `EMOTIONS`, before any correction; they sum to 1."""
    model: str
    """SHA-256 of the model that heard it."""


@dataclass(frozen=True)
class Correction:
    """An utterance that was misheard, and what it was.

    Raises:
        ProfileError: a label is not one of `EMOTIONS`, or numbers are missing or not finite.
    """

    label: str
    """What the person felt, one of `EMOTIONS`."""
    heard: str
    """What was heard, one of `EMOTIONS`."""
    time: str
    """When it was corrected, ISO 8601."""
    features: tuple[float, ...]
    probabilities: tuple[float, ...]
    model: str

    def __post_init__(self) -> None:
        if unknown := {self.label, self.heard} - set(EMOTIONS):
            raise ProfileError(
                f"a correction names {unknown.pop()!r}; expected one of {', '.join(EMOTIONS)}"
            )
        if len(self.probabilities) != len(EMOTIONS) or not self.features:
            raise ProfileError("a correction lacks its features or probabilities")
        if not np.isfinite([*self.features, *self.probabilities]).all():
            raise ProfileError("a correction holds NaN or infinite values")

    @classmethod
    def of(cls, heard: Impression, label: str, time: datetime) -> Self:
        """Return the correction that makes ``label`` of what was heard."""
        return cls(
            label=label,
            heard=heard.estimate.label,
            time=time.isoformat(timespec="seconds"),
            features=heard.features,
            probabilities=heard.probabilities,
            model=heard.model,
        )


@dataclass(frozen=True)
class VoiceProfile:
    """One person's voice; `assistant.enrolment` makes it, corrections are added to it.

    Raises:
        ProfileError: a name that `checked_name` refuses, or numbers that are not finite.
    """

    name: str
    band_mean: tuple[float, ...] = ()
    """Mean level of each mel band while speaking neutrally, dB, after the trimming and
    levelling of `assistant.features.clip_levels`; empty where nobody was enrolled."""
    recipe_key: str = ""
    """`recipe_key` of the recipe that the levels were made by."""
    enrolled: str = ""
    """When, ISO 8601."""
    n_sentences: int = 0
    """How many sentences the mean is over."""
    corrections: tuple[Correction, ...] = ()
    """The oldest first."""

    def __post_init__(self) -> None:
        checked_name(self.name)
        if not np.isfinite(self.band_mean).all():
            raise ProfileError(f"voice profile {self.name}: its levels are not finite")

    def with_corrections(self, *more: Correction) -> "VoiceProfile":
        """Return it with more corrections; of too many, the oldest go.

        An utterance that is corrected once more loses what was said of it before.
        """
        anew = {each.features for each in more}
        earlier = [each for each in self.corrections if each.features not in anew]
        return replace(self, corrections=(*earlier, *more)[-MAX_CORRECTIONS:])

    def corrections_of(self, model: str, n_features: int) -> tuple[Correction, ...]:
        """Return the corrections whose features compare with those of that model."""
        return tuple(
            each
            for each in self.corrections
            if each.model == model and len(each.features) == n_features
        )


def checked_name(name: str) -> str:
    """Return a profile's name.

    Raises:
        ProfileError: it is not made of letters, digits, - and _, or is too long.
    """
    letters = name.replace("-", "").replace("_", "")
    if not letters.isalnum() or len(name) > MAX_NAME_LENGTH:
        raise ProfileError(
            f"{name!r} cannot name a voice: use up to {MAX_NAME_LENGTH} letters, digits, "
            "- and _"
        )
    return name


def recipe_key(recipe: FeatureRecipe) -> str:
    """Return a key that changes with anything that the levels of a voice depend on."""
    fields = asdict(replace(recipe, band_mean=(), band_std=()))
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()[:16]


def adjustment(
    features: Sequence[float],
    corrections: Sequence[Correction],
    strength: float = STRENGTH,
    power: float = POWER,
) -> Numbers:
    """Return what corrections add to the logits of an utterance.

    One step of gradient descent in function space on the cross-entropy of the corrected
    utterances: each adds its label minus the probabilities it was heard with, weighted by
    how similar it is. Step and loss are those of kernel logistic regression (J. Zhu and
    T. Hastie 2005, J. Computational and Graphical Statistics 14, p. 185; J. Kivinen,
    A. Smola and R. Williamson 2004, IEEE Trans. Signal Processing 52, p. 2165). Being one
    step from where the model stands, it does not depend on the order of corrections.

    Args:
        features: Those of the utterance.
        corrections: Of the same model, with features of the same length.
        strength: Length of the step, logits.
        power: Similarity is the correlation of the features to this power, and 0 where
            they are opposed.

    Returns:
        Shape ``(8,)``, in the order of `EMOTIONS`; zeros without corrections.
    """
    if not corrections:
        return np.zeros(len(EMOTIONS))
    remembered = np.array([each.features for each in corrections])  # (n, n_features)
    correlations = _directions(remembered) @ _directions(np.asarray(features))  # (n,)
    felt = np.eye(len(EMOTIONS))[[EMOTIONS.index(each.label) for each in corrections]]
    heard = np.array([each.probabilities for each in corrections])  # (n, 8)
    step: Numbers = strength * np.maximum(0, correlations) ** power @ (felt - heard)
    return step


def _directions(features: Numbers) -> Numbers:
    """Centre along the last axis and scale to length 1; what is flat becomes zeros."""
    centred = features - features.mean(axis=-1, keepdims=True)
    length = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.where(length > _FLAT, centred / np.maximum(length, _FLAT), 0.0)
