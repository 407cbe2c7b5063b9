"""How the teacher learns, and where it is kept."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.training.drawing import ClipDraw
from assistant.training.encoded import Encoded
from assistant.training.feature_cache import Stored, cached_features
from assistant.training.material import Material
from assistant.training.network import masked_cross_entropy
from assistant.training.options import TrainOptions, TrainProgress
from assistant.training.scaling import LEAST_STD
from assistant.training.targets import ClipTargets
from assistant.training.teacher import (
    LEAST_VARIANCE,
    Lessons,
    Teacher,
    TeacherSettings,
    lessons,
)

if TYPE_CHECKING:
    import keras

N_MEASURED = 2000
"""Clips from which the mean and deviation of the encoder's features are measured."""

RISING = 0.3
"""Share of the steps in which the learning rate rises."""


def taught_by(
    settings: TeacherSettings,
    material: Material,
    draw: ClipDraw,
    options: TrainOptions,
    kept: Path,
    report: Callable[[TrainProgress], None] = lambda progress: None,
) -> Lessons:
    """Return what a teacher says of the training clips; it learns unless it is kept.

    Args:
        settings: How it learns.
        material: The clips.
        draw: Chooses the clips of a batch.
        options: Where the encoder and the cache are, and the seed.
        kept: File of the teacher that has learnt, or will have.
        report: Gets how far it is.

    Raises:
        TrainingError: the encoder or a recording cannot be used, or a file not be stored.
    """
    wanted = [Encoded(each, options.encoder) for clip in material.renditions for each in clip]
    frames = cached_features(
        wanted,
        options.cache,
        lambda done: report(TrainProgress("teacher's features", done, len(wanted))),
    )
    n = len(material.renditions[0])
    encoded = [frames[first : first + n] for first in range(0, len(frames), n)]
    groups = speaker_groups([clip.speaker for clip in material.training], settings.n_groups)
    everyone = np.arange(len(encoded))
    n_steps = settings.steps + len(groups) * settings.group_steps
    plan = [(kept, everyone, settings.steps)]
    for number, group in enumerate(groups, start=1):
        file = kept.with_stem(f"{kept.stem}-without-{number}")
        plan.append((file, np.setdiff1d(everyone, group), settings.group_steps))
    begun = 0
    for file, places, steps in plan:

        def show(done: int, begun: int = begun) -> None:
            report(TrainProgress("teacher", begun + done, n_steps))

        if not file.exists():
            chosen, given = draw.among(places), replace(settings, steps=steps)
            learnt(encoded, material.targets, chosen, given, options.seed, show).save(file)
        begun += steps
    teacher, *others = (Teacher.load(file) for file, _, _ in plan)
    labels = np.array([clip.label for clip in material.training])
    known = [known_without(group, labels).tolist() for group in groups]
    said_by = list(zip(others, known, strict=True))
    return lessons(teacher, encoded, material.targets, settings.temperature, said_by)


def speaker_groups(speakers: Sequence[str], n_groups: int) -> list[npt.NDArray[np.int64]]:
    """Divide clips so that nobody is in two groups; sorted speakers go to groups in turn.

    Args:
        speakers: Of each clip.
        n_groups: At most so many groups; none come back where there would be one.
    """
    named = np.array(speakers)
    everyone = sorted(set(speakers))
    groups = [everyone[first::n_groups] for first in range(min(n_groups, len(everyone)))]
    if len(groups) < 2:
        return []
    return [np.flatnonzero(np.isin(named, group)) for group in groups]


def known_without(
    group: npt.NDArray[np.int64], labels: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return the clips of a group whose emotion is acted by others too.

    Who learns without the group never hears of the other emotions, and has no say in them.

    Args:
        group: Places of its clips among all.
        labels: Of all clips.
    """
    return group[np.isin(labels[group], np.delete(labels, group))]


def learnt(
    encoded: Sequence[Sequence[Stored]],
    targets: ClipTargets,
    draw: ClipDraw,
    settings: TeacherSettings,
    seed: int,
    report: Callable[[int], None] = lambda done: None,
) -> Teacher:
    """Let a teacher learn from clips.

    Args:
        encoded: For each clip the encoder's frames of its renditions.
        targets: What each clip is to be called.
        draw: Chooses the clips of a batch.
        settings: How it learns.
        seed: Of all that is drawn.
        report: Gets the number of steps that are done.
    """
    import keras

    rng = np.random.default_rng([seed, 2])
    measured = encoded[:: max(1, len(encoded) // N_MEASURED)]
    frames = np.concatenate([clip[0] for clip in measured]).astype(np.float32)
    mean, std = frames.mean(axis=0), np.maximum(frames.std(axis=0), LEAST_STD)
    keras.utils.set_random_seed(seed)
    network = _head(frames.shape[1], targets.wanted.shape[1], settings)
    for step in range(settings.steps):
        chosen = draw(settings.batch_size, rng)
        share = np.float32(rng.beta(settings.mixup_alpha, settings.mixup_alpha))
        other = rng.permutation(len(chosen))
        heard = rng.integers(len(encoded[0]), size=len(chosen))
        clips = [encoded[i][j] for i, j in zip(chosen, heard, strict=True)]
        windows, inside = _stretches(clips, mean, std, settings, rng)
        wanted, allowed = targets.wanted[chosen], targets.allowed[chosen]
        wanted = share * wanted + (1 - share) * wanted[other]
        allowed = np.maximum(allowed, allowed[other])
        shares = np.full((len(chosen), 1), share)
        network.train_on_batch(
            [windows, inside, shares, other], np.concatenate([wanted, allowed], axis=1)
        )
        report(step + 1)
    weights = network.get_weights()
    # So that the names in the network do not tell whether a teacher learnt before.
    keras.utils.clear_session()
    return Teacher(mean, std, *weights)


def _head(n_encoded: int, n_labels: int, settings: TeacherSettings) -> "keras.Model":
    """Return an untrained head: frames to features, pooled, mixed in pairs, to logits."""
    import keras
    from keras import layers, ops

    encoded = keras.Input((settings.n_frames, n_encoded), name="encoded")
    inside = keras.Input((settings.n_frames, 1), name="inside")
    share = keras.Input((1,), name="share")
    other = keras.Input((), dtype="int32", name="other")
    x = layers.Dropout(settings.frame_dropout)(encoded)
    x = layers.Dense(settings.n_features, activation="gelu", name="frames")(x)
    n_inside = ops.sum(inside, axis=1)
    mean = ops.sum(x * inside, axis=1) / n_inside
    squares = (x - ops.expand_dims(mean, 1)) ** 2 * inside
    spread = ops.sqrt(ops.sum(squares, axis=1) / n_inside + LEAST_VARIANCE)
    pooled = ops.concatenate([mean, spread], axis=1)
    mixed = share * pooled + (1 - share) * ops.take(pooled, other, axis=0)
    x = layers.Dropout(settings.dropout)(mixed)
    network = keras.Model(
        [encoded, inside, share, other], layers.Dense(n_labels, name="logits")(x)
    )
    rising = round(settings.steps * RISING)
    rate = keras.optimizers.schedules.CosineDecay(
        settings.learning_rate / 25,
        decay_steps=settings.steps - rising,
        warmup_target=settings.learning_rate,
        warmup_steps=rising,
    )
    optimizer = keras.optimizers.AdamW(rate, weight_decay=settings.weight_decay)
    network.compile(optimizer, loss=masked_cross_entropy, jit_compile=False)
    return network


def _stretches(
    clips: Sequence[Stored],
    mean: npt.NDArray[np.float32],
    std: npt.NDArray[np.float32],
    settings: TeacherSettings,
    rng: np.random.Generator,
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Return a random stretch of each clip, scaled, and where it lies in its window."""
    n = settings.n_frames
    windows = np.zeros((len(clips), n, len(mean)), np.float32)
    inside = np.zeros((len(clips), n, 1), np.float32)
    for i, clip in enumerate(clips):
        shortest = max(1, round(settings.shortest * len(clip)))
        size = min(int(rng.integers(shortest, len(clip) + 1)), n)
        start = int(rng.integers(len(clip) - size + 1))
        windows[i, :size] = (clip[start : start + size] - mean) / std
        inside[i, :size] = 1
    return windows, inside
