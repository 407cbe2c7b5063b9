"""What a clip is to be called: its label, softened."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.values import EMOTIONS

Targets = npt.NDArray[np.float32]
"""Something for each label, ``(n, n_labels)``."""


@dataclass(frozen=True, eq=False)
class ClipTargets:
    """The targets of clips, in their order."""

    wanted: Targets
    """Probabilities; each row sums to 1."""
    allowed: Targets
    """1 for each label that the clip's corpus has, 0 for those that others have. A label that
    no corpus has is 1 everywhere, so that it is learnt that it does not occur."""


def clip_targets(clips: Sequence[Clip], smoothing: float) -> ClipTargets:
    """Return labels, a share of which is spread over the labels of the clip's corpus.

    Args:
        clips: Recordings that train.
        smoothing: That share, 0 to 1 (Szegedy et al. 2016, doi 10.1109/CVPR.2016.308).
    """
    of_corpus: dict[str, npt.NDArray[np.float32]] = {}
    for clip in clips:
        of_corpus.setdefault(clip.corpus, np.zeros(len(EMOTIONS), np.float32))[clip.label] = 1
    allowed = np.stack([of_corpus[clip.corpus] for clip in clips])
    labels = np.eye(len(EMOTIONS), dtype=np.float32)[[clip.label for clip in clips]]
    spread = allowed / allowed.sum(axis=1, keepdims=True)
    nowhere = 1 - np.max([*of_corpus.values()], axis=0)
    return ClipTargets(labels + np.float32(smoothing) * (spread - labels), allowed + nowhere)
