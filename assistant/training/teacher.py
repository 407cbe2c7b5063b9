"""The teacher: a small head on the speech encoder's frames, which learns before the network.

The encoder is large and learnt from far more speech than there is here, so what is made of its
frames holds for voices never heard. The network learns to say the same from log-mel levels,
clip by clip and frame by frame (G. Hinton et al. 2015, arXiv 1503.02531; A. Romero et al.
2015, "FitNets", arXiv 1412.6550).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from assistant.emotion import softmax
from assistant.errors import TrainingError
from assistant.training.feature_cache import Stored
from assistant.training.network import EXCLUDED
from assistant.training.scaling import LEAST_STD
from assistant.training.speech_encoder import Frames, gelu
from assistant.training.targets import ClipTargets
from assistant.whole_file import replacing

LEAST_VARIANCE = 1e-4
"""Added to the variance over time, whose root has no slope at 0."""


@dataclass(frozen=True)
class TeacherSettings:
    """How the teacher learns, and how much the network learns from it."""

    n_features: int = 128
    """What the teacher makes of each frame."""
    steps: int = 2000
    """Batches."""
    batch_size: int = 64
    learning_rate: float = 2e-3
    """At its peak; see `teaching.RISING`; then it falls as a cosine."""
    weight_decay: float = 3e-2
    frame_dropout: float = 0.2
    """Share of the encoder's features dropped in each frame, 0 to 1."""
    dropout: float = 0.5
    """Share of pooled features dropped, 0 to 1."""
    n_frames: int = 48
    """Most frames that it hears at once in learning, 1.92 s."""
    shortest: float = 0.7
    """Least share of a clip that it hears in learning, 0 to 1."""
    mixup_alpha: float = 0.4
    """Both parameters of the beta distribution of a pair's mixture."""
    n_groups: int = 5
    """Of speakers: what is said of a clip comes from a teacher who did not learn from anyone
    in the speaker's group, or it would but repeat the label. 0 lets one teacher say all. An
    odd number mixes men and women, whose numbers alternate in RAVDESS."""
    group_steps: int = 800
    """Batches for each of these teachers."""
    label_share: float = 0.9
    """Of what the teacher says of clips in the network's loss, 0 to 1; labels are the rest."""
    temperature: float = 2.0
    """By which its logits are divided, and the network's where it learns from them."""
    frame_weight: float = 2.0
    """Of the squared error of frames, each feature with variance 1, beside the labels' loss."""


@dataclass(frozen=True, eq=False)
class Teacher:
    """What was learnt, all of it float32."""

    mean: npt.NDArray[np.float32]
    """Of the encoder's features, ``(512,)``."""
    std: npt.NDArray[np.float32]
    kernel: npt.NDArray[np.float32]
    """From the encoder's features to the teacher's, ``(512, n_features)``."""
    bias: npt.NDArray[np.float32]
    head_kernel: npt.NDArray[np.float32]
    """From mean and deviation of those to logits, ``(2 * n_features, n_labels)``."""
    head_bias: npt.NDArray[np.float32]

    def frames(self, encoded: npt.NDArray[np.floating]) -> Frames:
        """Return what it makes of each frame, ``(n_frames, n_features)``."""
        scaled: Frames = (encoded.astype(np.float32) - self.mean) / self.std
        made: Frames = scaled @ self.kernel + self.bias
        return gelu(made)

    def logits(self, frames: Frames) -> npt.NDArray[np.float32]:
        """Return what it says of a clip from `frames` of it, ``(n_labels,)``."""
        spread = np.sqrt(frames.var(axis=0) + LEAST_VARIANCE)
        pooled = np.concatenate([frames.mean(axis=0), spread])
        said: npt.NDArray[np.float32] = pooled @ self.head_kernel + self.head_bias
        return said

    def save(self, path: Path) -> None:
        """Store it.

        Raises:
            TrainingError: the file cannot be written.
        """
        try:
            with replacing(path) as file:
                np.savez(file, **vars(self))
        except OSError as error:
            raise TrainingError(
                f"{path} cannot be written ({error.strerror}); free space or choose another "
                "cache"
            ) from error

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` stored.

        Raises:
            TrainingError: the file is damaged.
        """
        try:
            with np.load(path) as archive:
                return cls(**archive)
        except (OSError, ValueError, EOFError, TypeError, BadZipFile) as error:
            raise TrainingError(f"{path} is damaged; delete it to start again") from error


@dataclass(frozen=True, eq=False)
class Lessons:
    """What the teacher says of each rendition of each clip, in their order."""

    frames: Sequence[Sequence[Stored]]
    """Its features of frames, one each 40 ms, scaled to mean 0 and variance 1."""
    probabilities: npt.NDArray[np.float32]
    """``(n_clips, n_renditions, n_labels)``; 0 for what the clip's corpus does not have."""


def lessons(
    teacher: Teacher,
    encoded: Sequence[Sequence[Stored]],
    targets: ClipTargets,
    temperature: float = 1.0,
    others: Sequence[tuple[Teacher, Sequence[int]]] = (),
) -> Lessons:
    """Return what a teacher says of clips.

    Args:
        teacher: It has learnt.
        encoded: For each clip the encoder's frames of its renditions.
        targets: Which labels each clip's corpus has.
        temperature: By which logits are divided.
        others: Teachers who say the probabilities of some clips in its place, and which.
    """
    said = [[teacher.frames(each) for each in clip] for clip in encoded]
    clean = np.concatenate([clip[0] for clip in said])
    mean, std = clean.mean(axis=0), np.maximum(clean.std(axis=0), LEAST_STD)
    logits = np.stack([[teacher.logits(each) for each in clip] for clip in said])
    for other, places in others:
        for i in places:
            logits[i] = [other.logits(other.frames(each)) for each in encoded[i]]
    logits /= temperature
    logits += (targets.allowed[:, np.newaxis] - 1) * EXCLUDED
    return Lessons(
        frames=[[((each - mean) / std).astype(np.float16) for each in clip] for clip in said],
        probabilities=softmax(logits).astype(np.float32),
    )
