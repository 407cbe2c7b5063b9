"""What a cross-validation finds: scores of each fold, and their means."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import Any, Self

import numpy as np

from assistant.errors import TrainingError
from assistant.scoring.answers import Answers
from assistant.scoring.confidence import certainty, expected_calibration_error
from assistant.scoring.metrics import (
    Indices,
    accuracy,
    macro_f1,
    recalls,
    uar_present,
    unweighted_average_recall,
)
from assistant.scoring.personal import Gains
from assistant.scoring.scores import Scores
from assistant.training.protocols import Fold
from assistant.training.systems import FoldAnswers, Probabilities
from assistant.values import EMOTIONS

SUMMARISED = ("uar", "accuracy", "macro_f1", "uar_present", "float_uar")
"""Scores whose mean over the folds is told."""

POOLED = ("ece", "coverage", "precision_certain")
"""Scores that are told of all clips together: few clips make a calibration error too large."""


@dataclass(frozen=True)
class FoldResult:
    """How well a system did on one fold with one seed; shares are 0 to 1."""

    fold: int
    seed: int
    about: str
    """What was tested, such as ``2, 5, 14, 15, 16``."""
    test_speakers: tuple[str, ...]
    n: int
    """Number of clips tested."""
    n_training: int
    """Number of clips learned or chosen from."""
    uar: float
    """Unweighted average recall over the labels that occur; all eight may be answered."""
    accuracy: float
    macro_f1: float
    recall: Mapping[str, float]
    """Emotion to the share of its clips that was found; those without clips are left out."""
    clips: tuple[Mapping[str, Any], ...]
    """For each clip its path, true label, and the probabilities or the prediction; also
    whether that counts as certain, where any can."""
    uar_present: float | None = None
    """UAR where only labels that occur may be answered; None without probabilities."""
    float_uar: float | None = None
    """UAR before the network was made of integers; None where there is no such form."""
    ece: float | None = None
    """Expected calibration error; None without probabilities."""
    coverage: float | None = None
    """Share of clips whose label is certain; None where none ever can be."""
    precision_certain: float | None = None
    """Accuracy among these; None also where there are none."""
    personal: Mapping[str, Any] | None = None
    """What knowing the voices is worth; see `assistant.scoring.personal.Gains.to_json`."""

    @classmethod
    def of(cls, fold: Fold, seed: int, answers: FoldAnswers, root: Path) -> Self:
        """Score a system's answers for a fold; paths are stored relative to ``root``.

        Raises:
            TrainingError: their number is not that of the fold's test clips.
        """
        truth = np.array([clip.label for clip in fold.test])
        compared = (truth, answers.prediction, len(EMOTIONS))
        heard, floats = answers.probabilities, answers.float_probabilities
        return cls(
            fold=fold.number,
            seed=seed,
            about=fold.about,
            test_speakers=fold.test_speakers,
            n=len(fold.test),
            n_training=len(fold.training),
            uar=_rounded(unweighted_average_recall(*compared)),
            accuracy=_rounded(accuracy(*compared)),
            macro_f1=_rounded(macro_f1(*compared)),
            recall={
                label: _rounded(share)
                for label, share in zip(EMOTIONS, recalls(*compared).tolist(), strict=True)
                if not math.isnan(share)
            },
            clips=tuple(
                {"path": _relative(clip.path, root), "label": EMOTIONS[clip.label]}
                | _answer(answers, i)
                for i, clip in enumerate(fold.test)
            ),
            uar_present=None if heard is None else _rounded(uar_present(truth, heard)),
            float_uar=None if floats is None else _rounded(_uar(truth, floats)),
            **_confidence(truth, answers),
            personal=answers.gains.to_json() if answers.gains else None,
        )


@dataclass(frozen=True)
class Results:
    """All that is known of one system under one protocol."""

    protocol: str
    n_folds: int
    """Number of folds that the protocol has; not all need be there yet."""
    system: str
    settings: Mapping[str, Any]
    """What was chosen for the system, and a digest of the clips, as plain values."""
    folds: tuple[FoldResult, ...] = ()
    """By seed, then by fold."""

    def has(self, fold: int, seed: int) -> bool:
        """Whether a fold was scored with a seed."""
        return any((done.fold, done.seed) == (fold, seed) for done in self.folds)

    def adding(self, result: FoldResult) -> Self:
        """Return the results with one more, in place of an earlier one of the same fold."""
        key = (result.seed, result.fold)
        others = [done for done in self.folds if (done.seed, done.fold) != key]
        folds = sorted((*others, result), key=lambda done: (done.seed, done.fold))
        return replace(self, folds=tuple(folds))

    @property
    def n_runs(self) -> int:
        """Number of results there are once every seed has all folds."""
        return self.n_folds * len({done.seed for done in self.folds})

    def summary(self) -> dict[str, dict[str, float]]:
        """Return mean, least and greatest over the folds and seeds for each score there is."""
        found = {
            name: [share for done in self.folds if (share := getattr(done, name)) is not None]
            for name in SUMMARISED
        }
        return {
            name: {"mean": _rounded(fmean(shares)), "min": min(shares), "max": max(shares)}
            for name, shares in found.items()
            if shares
        }

    def answers(self) -> Answers:
        """Return all clips of all folds and seeds with what was said of them.

        Raises:
            TrainingError: the system gave no probabilities.
        """
        clips = [clip for done in self.folds for clip in done.clips]
        if not all("probabilities" in clip for clip in clips):
            raise TrainingError(f"{self.system} gave no probabilities in {self.protocol}")
        certain = [clip.get("certain") for clip in clips]
        return Answers(
            np.array([EMOTIONS.index(clip["label"]) for clip in clips]),
            np.array([clip["probabilities"] for clip in clips]),
            None if None in certain else np.array(certain, dtype=bool),
        )

    def gains(self) -> Gains:
        """Return what knowing the voices is worth, the mean over the folds and seeds."""
        return Gains.mean([Gains.from_json(done.personal or {}) for done in self.folds])

    def for_description(self) -> dict[str, Any]:
        """Return the means as a model's description holds them under the protocol's name.

        Raises:
            TrainingError: folds are lacking.
        """
        if len(self.folds) != self.n_runs:
            raise TrainingError(
                f"{len(self.folds)} of {self.n_runs} folds are done; run the others first"
            )
        means = {name: found["mean"] for name, found in self.summary().items()}
        seeds = sorted({done.seed for done in self.folds})
        about = {"folds": self.n_folds, "seeds": seeds, "n": sum(self._sizes())}
        return means | self.pooled() | about | self.gains().to_json()

    def pooled(self) -> dict[str, float]:
        """Return calibration error, coverage and precision over all clips, where known."""
        try:
            scores = Scores.of(self.answers()).to_json()
        except TrainingError:  # no probabilities, or nothing at all
            return {}
        return {name: scores[name] for name in POOLED if scores[name] is not None}

    def _sizes(self) -> list[int]:
        """Return how many clips each fold tests, those of one seed."""
        return [done.n for done in self.folds if done.seed == self.folds[0].seed]


def _uar(truth: Indices, probabilities: Probabilities) -> float:
    return unweighted_average_recall(truth, probabilities.argmax(axis=1), len(EMOTIONS))


def _confidence(truth: Indices, answers: FoldAnswers) -> dict[str, float | None]:
    """Return how far the answers' confidence can be trusted."""
    correct, found = answers.prediction == truth, answers.probabilities
    error = None if found is None else expected_calibration_error(found.max(axis=1), correct)
    coverage, precision = certainty(answers.certain, correct)
    shares = {"ece": error, "coverage": coverage, "precision_certain": precision}
    return {name: None if share is None else _rounded(share) for name, share in shares.items()}


def _answer(answers: FoldAnswers, i: int) -> dict[str, Any]:
    if answers.probabilities is None:
        return {"prediction": EMOTIONS[answers.prediction[i]]}
    shares = {"probabilities": [_rounded(share) for share in answers.probabilities[i].tolist()]}
    return shares if answers.certain is None else shares | {"certain": bool(answers.certain[i])}


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()


def _rounded(share: float) -> float:
    return round(share, 4)
