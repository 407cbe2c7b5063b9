"""What is known of one person's voice: how it sounds at rest, and where it was misheard.

No sound is kept: the few numbers that each utterance became.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

import numpy as np
import numpy.typing as npt

from assistant.errors import ProfileError
from assistant.values import EMOTIONS, EmotionEstimate

RELATIVE_SHARE = 0.3
"""How much of what sets a person's neutral voice apart is taken off each utterance, 0 to 1.

Chosen on the validation actors of two trial networks (``models/EXPERIMENTS.md``). Not every
network gains by it: measure with `tonewise evaluate INDEX --speakers A,B --enrolled 2,3`.
"""

NEUTRAL_STRENGTH = 0.8
"""Length of the step towards neutral, in logits, that a person's neutral sentences make
together: as if two corrections said that they are neutral. Chosen with `RELATIVE_SHARE`."""

STRENGTH = 0.4
"""Length of the step that a correction makes, in logits: it moves its own utterance by up
to this much towards the label, and as much away from what was heard.

Chosen with `POWER` on ten random clips of each validation actor, rightly and wrongly heard
ones; `tonewise evaluate INDEX --speakers A,B --corrected 10` measures them again.
"""

POWER = 2
"""How fast a correction loses its hold on utterances that were heard differently: at a
correlation of 0.9 it has 81 % of it left, at 0.5 a quarter."""

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
    """Of each of `EMOTIONS`, relative to the voice but before any correction; sum to 1."""
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
        ProfileError: a name that `checked_name` refuses, or logits that are not one finite
            number for each of `EMOTIONS`.
    """

    name: str
    neutral_logits: tuple[float, ...] = ()
    """What the model makes of the person's neutral sentences: the mean of their mean logits,
    in the order of `EMOTIONS`; empty where nobody was enrolled."""
    model: str = ""
    """SHA-256 of the model that gave them."""
    enrolled: str = ""
    """When, ISO 8601."""
    n_sentences: int = 0
    """How many sentences the mean is over."""
    corrections: tuple[Correction, ...] = ()
    """The oldest first."""

    def __post_init__(self) -> None:
        checked_name(self.name)
        is_whole = len(self.neutral_logits) in (0, len(EMOTIONS))
        if not (is_whole and np.isfinite(self.neutral_logits).all()):
            raise ProfileError(
                f"voice profile {self.name}: its neutral logits are not {len(EMOTIONS)} "
                "finite numbers"
            )

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


def relative_offset(
    neutral: Sequence[float], reference: Sequence[float], share: float = RELATIVE_SHARE
) -> Numbers:
    """Return what hearing a voice relative to itself adds to the logits of each window.

    ``-share (neutral - reference)``: what the model hears in a person's neutral sentences
    and not in those of others is the voice and not a feeling, and part of it is taken off
    everything that the person says. As the network's last layer is linear, this equals
    moving its pooled features by the same share of their difference. Features are normalised
    by neutral speech so that voices differ less and emotions as much as before (C. Busso, S.
    Mariooryad, A. Metallinou, S. Narayanan 2013, doi 10.1109/T-AFFC.2013.26); here by a share
    alone, for a mean over few sentences is uncertain.

    Args:
        neutral: Mean logits of the person's neutral sentences.
        reference: Mean logits of the training speakers' neutral clips, by the same model.
        share: How much of the difference is taken off, 0 to 1.

    Returns:
        Shape ``(8,)``, in the order of `EMOTIONS`.
    """
    offset: Numbers = share * (np.asarray(reference, float) - np.asarray(neutral, float))
    return offset


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
    step from where the model stood, it does not depend on the order of corrections.

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
