"""How good answers are, as one value: from `Answers` to `Scores`."""

import math
from dataclasses import asdict, dataclass
from typing import Any, Self

from assistant.scoring.answers import Answers
from assistant.scoring.confidence import certainty, expected_calibration_error
from assistant.scoring.metrics import (
    Indices,
    accuracy,
    confusion,
    f1_scores,
    macro_f1,
    precisions,
    recalls,
    uar_present,
    unweighted_average_recall,
)
from assistant.values import EMOTIONS


@dataclass(frozen=True)
class LabelScores:
    """How well one emotion was found; shares are 0 to 1, None where nothing can be said."""

    n: int
    """Clips in which it was acted."""
    precision: float | None
    """Share of its calls that was right; None if it was never called."""
    recall: float | None
    """Share of its clips that was found; None if it has none."""
    f1: float | None
    """Harmonic mean of both; None if it was neither acted nor called."""


@dataclass(frozen=True, eq=False)
class Scores:
    """How well emotions were found in labelled clips; shares are 0 to 1."""

    n: int
    """Clips scored."""
    n_skipped: int
    """Recordings that could not be used and take no part."""
    accuracy: float
    uar: float
    """Unweighted average recall of the labels that occur; all eight may be answered."""
    uar_present: float
    """The same where only labels that occur may be answered."""
    macro_f1: float
    """Mean F1 of the labels that occur."""
    ece: float
    """Expected calibration error."""
    coverage: float | None
    """Share of clips whose label is certain; None while the model is not calibrated."""
    precision_certain: float | None
    """Accuracy among these; None also where there are none."""
    per_class: dict[str, LabelScores]
    """All eight emotions, in their order."""
    confusion: Indices
    """Clips by truth (row) and prediction (column), ``(8, 8)``."""

    @classmethod
    def of(cls, answers: Answers) -> Self:
        """Return the scores of answers.

        Raises:
            TrainingError: there are none, or their shapes do not fit.
        """
        compared = (answers.truth, answers.prediction, len(EMOTIONS))
        coverage, precision = certainty(answers.certain, answers.correct)
        return cls(
            n=len(answers.truth),
            n_skipped=len(answers.skipped),
            accuracy=accuracy(*compared),
            uar=unweighted_average_recall(*compared),
            uar_present=uar_present(answers.truth, answers.probabilities),
            macro_f1=macro_f1(*compared),
            ece=expected_calibration_error(answers.confidence, answers.correct),
            coverage=coverage,
            precision_certain=precision,
            per_class=_per_class(answers),
            confusion=confusion(*compared),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the scores as plain values, shares to four places, never NaN."""
        plain = asdict(self) | {"confusion": self.confusion.tolist()}
        return {name: _rounded(value) for name, value in plain.items()}


def _per_class(answers: Answers) -> dict[str, LabelScores]:
    compared = (answers.truth, answers.prediction, len(EMOTIONS))
    columns = zip(
        EMOTIONS,
        confusion(*compared).sum(axis=1).tolist(),
        precisions(*compared).tolist(),
        recalls(*compared).tolist(),
        f1_scores(*compared).tolist(),
        strict=True,
    )
    return {
        label: LabelScores(n, *(None if math.isnan(share) else share for share in shares))
        for label, n, *shares in columns
    }


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON is of any type
    if isinstance(value, dict):
        return {name: _rounded(entry) for name, entry in value.items()}
    return round(value, 4) if isinstance(value, float) else value
