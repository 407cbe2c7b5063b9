"""How well a float network hears the people who validate."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.emotion import softmax
from assistant.features import FeatureRecipe, windows
from assistant.scoring.metrics import unweighted_average_recall
from assistant.values import EMOTIONS

if TYPE_CHECKING:
    import keras


def validation_uar(
    network: "keras.Model",
    clips: Sequence[Clip],
    features: Sequence[npt.NDArray[np.floating]],
    recipe: FeatureRecipe,
) -> float:
    """Return the UAR of the float network over whole clips, as at run time, 0 to 1."""
    cut = [windows(clip.astype(np.float32), recipe) for clip in features]
    probabilities = softmax(network.predict(np.concatenate(cut), batch_size=64, verbose=0))
    first_windows = np.cumsum([0, *(len(clip) for clip in cut[:-1])])
    totals = np.add.reduceat(probabilities, first_windows)
    truth = np.array([clip.label for clip in clips])
    return unweighted_average_recall(truth, totals.argmax(axis=1), len(EMOTIONS))
