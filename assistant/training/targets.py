"""What a clip is to be called: its label, softened, and what a teacher says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from assistant.corpora.clips import Clip
from assistant.errors import TrainingError
from assistant.values import EMOTIONS

Targets = npt.NDArray[np.float32]
"""Something for each label, ``(n, n_labels)``."""


@dataclass(frozen=True, eq=False)
class ClipTargets:
    """The targets of clips, in their order."""

    wanted: Targets
    """Probabilities; each row sums to 1."""
    allowed: Targets
    """1 for each label that the clip's corpus has, 0 for the others."""


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
    return ClipTargets(labels + np.float32(smoothing) * (spread - labels), allowed)


def softened(
    targets: ClipTargets, sha256: Sequence[str], soft: Mapping[str, Targets], share: float
) -> ClipTargets:
    """Return targets of which a share is what a teacher says (Hinton et al. 2015).

    A teacher may know labels that a clip's corpus does not have: their probability goes to
    those it has, in proportion. A clip that the teacher does not know keeps its target.

    Args:
        targets: What is wanted without a teacher.
        sha256: Of each clip's file, hexadecimal, in the same order.
        soft: SHA-256 to probabilities, ``(n_labels,)``.
        share: 0 to 1.

    Raises:
        TrainingError: the teacher knows none of the clips.
    """
    wanted = targets.wanted.copy()
    known = [i for i, name in enumerate(sha256) if name in soft]
    if not known:
        raise TrainingError("the soft targets are of other recordings; make them from these")
    said = np.stack([soft[sha256[i]] for i in known]) * targets.allowed[known]
    total = said.sum(axis=1, keepdims=True)
    said = np.where(total > 0, said / np.maximum(total, 1e-12), wanted[known])
    wanted[known] += np.float32(share) * (said - wanted[known])
    return ClipTargets(wanted, targets.allowed)


def read_soft_targets(path: Path) -> dict[str, Targets]:
    """Return what a teacher says of recordings: SHA-256 of a file to probabilities.

    Args:
        path: NumPy archive with ``sha256``, ``(n,)`` hexadecimal text, and
            ``probabilities``, ``(n, n_labels)``.

    Raises:
        TrainingError: it cannot be read or holds something else.
    """
    try:
        with np.load(path) as archive:
            names, probabilities = archive["sha256"].tolist(), archive["probabilities"]
    except (OSError, ValueError, KeyError, EOFError, TypeError, BadZipFile) as error:
        raise TrainingError(
            f"{path} cannot be read ({error}); give a NumPy archive with sha256 and "
            "probabilities"
        ) from error
    is_right_shape = probabilities.shape == (len(names), len(EMOTIONS))
    if not is_right_shape or not (np.isfinite(probabilities) & (probabilities >= 0)).all():
        raise TrainingError(
            f"{path} must hold {len(EMOTIONS)} probabilities, none negative, for each of "
            f"{len(names)} recordings; got shape {probabilities.shape}"
        )
    return dict(zip(names, probabilities.astype(np.float32), strict=True))
