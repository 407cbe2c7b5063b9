"""What a protocol trains and scores: anything that learns from clips and answers for others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.scoring.confidence import Truths
from assistant.scoring.metrics import Indices
from assistant.scoring.personal import Gains
from assistant.training.protocols import Fold
from assistant.values import EMOTIONS

Probabilities = npt.NDArray[np.float64]
"""Probability of each of `EMOTIONS` for each clip, ``(n_clips, 8)``; rows sum to 1."""

Report = Callable[[str, int, int], None]
"""Gets a stage of a run, such as ``training``, how much of it is done, and how much it is."""


@dataclass(frozen=True, eq=False)
class FoldAnswers:
    """What a trained system says of a fold's test clips, in their order.

    Raises:
        TrainingError: the shapes do not belong together.
    """

    prediction: Indices
    """Index in `EMOTIONS` of each clip's answer, ``(n_clips,)``."""
    probabilities: Probabilities | None = None
    """As the form that people run gives them; None where a system has none to store."""
    float_probabilities: Probabilities | None = None
    """As the network gave them before it was made of integers; None where there is none."""
    certain: Truths | None = None
    """Whether each prediction counts as certain, ``(n_clips,)``; None if it never can."""
    gains: Gains | None = None
    """What knowing the test speakers' voices is worth; None where nothing is known of it."""

    @classmethod
    def of(
        cls, probabilities: Probabilities, float_probabilities: Probabilities | None = None
    ) -> Self:
        """Return the answers whose predictions are the likeliest emotions."""
        return cls(probabilities.argmax(axis=1), probabilities, float_probabilities)

    def __post_init__(self) -> None:
        for probabilities in (self.probabilities, self.float_probabilities):
            expected = (len(self.prediction), len(EMOTIONS))
            if probabilities is not None and probabilities.shape != expected:
                raise TrainingError(
                    f"a system answered with shape {probabilities.shape}, expected {expected}"
                )


class System(Protocol):
    """What is trained and scored."""

    @property
    def name(self) -> str:
        """How it is called in results, such as ``mfcc-svm``."""

    @property
    def needs(self) -> tuple[str, ...]:
        """Modules that must be installed, all of them in the extra ``train``."""

    @property
    def corpora(self) -> tuple[str, ...]:
        """Corpora that it trains on, as far as a protocol leaves them to it."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that was chosen for it save the seed, as plain values."""

    def run(self, fold: Fold, seed: int, cache: Path, report: Report) -> FoldAnswers:
        """Learn from a fold's training clips and answer for its test clips.

        Args:
            fold: Its ``test`` may be listened to only once everything is learned and chosen.
            seed: The same seed and machine give the same answers.
            cache: Folder for what may be used again, such as features.
            report: Gets told how far the run is.

        Raises:
            TrainingError: the clips cannot be used.
        """
