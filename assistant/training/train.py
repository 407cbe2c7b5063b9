"""Training the emotion model, from top to bottom: settings, data, network, loop, export."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import platformdirs

from assistant.corpora.clips import Clip, read_clips
from assistant.corpora.ravdess import ravdess_speakers
from assistant.corpora.splits import (
    HELD_OUT_ACTORS,
    VALIDATION_ACTORS,
    Split,
    split_by_speaker,
)
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe, Levels, windows
from assistant.scoring.description import write_description
from assistant.scoring.metrics import unweighted_average_recall
from assistant.training.batches import BatchMaker, BatchSettings
from assistant.training.checkpoints import latest_checkpoint, save_checkpoint
from assistant.training.export import calibration_windows, export_in_child
from assistant.training.feature_cache import cached_levels
from assistant.training.network import build_network, masked_cross_entropy
from assistant.values import EMOTIONS

if TYPE_CHECKING:
    import keras


TRAINING_CORPORA = ("ravdess", "ravdess_song", "nemo")
"""The corpora whose licences allow a changed and shared model, non-commercially."""

VALIDATE_EVERY = 5
"""Epochs from one measured validation UAR to the next."""


@dataclass(frozen=True)
class TrainOptions:
    """What a person chooses for a training run.

    Raises:
        TrainingError: ``epochs`` is less than 1.
    """

    data: Path
    """Folder with ``index.csv`` and the recordings."""
    out: Path = Path("models")
    """Folder for ``emotion.tflite`` and ``emotion.json``."""
    epochs: int = 100
    """Passes of `Schedule.steps` batches each."""
    seed: int = 0
    """The same seed and machine give the same model."""
    corpora: tuple[str, ...] = TRAINING_CORPORA
    held_out_actors: tuple[int, ...] = HELD_OUT_ACTORS
    """RAVDESS actors kept for the final test: never trained, validated or calibrated on."""
    validation_actors: tuple[int, ...] = VALIDATION_ACTORS
    """RAVDESS actors whose speech is scored after some epochs."""
    cache: Path = field(default_factory=lambda: platformdirs.user_cache_path("tonewise"))
    """Folder for features and checkpoints."""

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise TrainingError(f"epochs must be at least 1, got {self.epochs}")


@dataclass(frozen=True)
class Schedule:
    """How the weights move: AdamW (Loshchilov & Hutter 2019) on one rise and fall."""

    steps: int = 75
    """Batches in an epoch."""
    learning_rate: float = 2e-3
    """At its peak."""
    warm_up: float = 0.25
    """Share of the run in which the rate rises, 0 to 1; then it falls as a cosine."""
    weight_decay: float = 1e-2
    dropout: float = 0.4
    """Share of pooled features dropped, 0 to 1."""


@dataclass(frozen=True)
class TrainProgress:
    """How far a run is; one is reported for each clip read and each epoch trained."""

    stage: str
    """``features`` or ``training``."""
    done: int
    total: int
    loss: float | None = None
    """Mean training loss of the last epoch, natural units."""
    uar: float | None = None
    """Validation UAR, 0 to 1, of the float network; None where it was not measured."""


@dataclass(frozen=True)
class TrainResult:
    """What a run left."""

    model: Path
    description: Path
    validation_uar: float
    """UAR of the float network on the validation actors' speech, 0 to 1."""


def train(
    options: TrainOptions,
    report: Callable[[TrainProgress], None] = lambda progress: None,
    schedule: Schedule = Schedule(),
    batches: BatchSettings = BatchSettings(),
) -> TrainResult:
    """Train, export and describe a model; a run that was killed goes on where it was.

    Keras's backend is what ``KERAS_BACKEND`` says; the export needs TensorFlow.

    Raises:
        TrainingError: the corpora, a checkpoint, the cache or the export cannot be used.
    """
    # ── data ──
    split = _split(options)
    clips = [*split.training, *split.validation]
    levels = cached_levels(
        clips,
        FeatureRecipe(),
        options.cache,
        lambda done: report(TrainProgress("features", done, len(clips))),
    )
    training, validation = levels[: len(split.training)], levels[len(split.training) :]
    is_main = [clip.corpus == batches.main_corpus for clip in split.training]
    recipe = with_band_statistics(FeatureRecipe(), list(compress(training, is_main)))
    maker = BatchMaker(split.training, training, recipe, batches)

    # ── network ──
    settings = _plain_settings(options, schedule, batches)
    run = options.cache / "runs" / run_name(settings, options.data, clips, recipe)
    network, first = latest_checkpoint(run) or (_new_network(options, schedule, recipe), 0)

    # ── loop ──
    for epoch in range(first, options.epochs):
        loss = _train_epoch(network, maker, [options.seed, epoch], schedule.steps)
        save_checkpoint(network, run, epoch + 1)
        uar = None
        if epoch % VALIDATE_EVERY == VALIDATE_EVERY - 1:
            uar = validation_uar(network, split.validation, validation, recipe)
        report(TrainProgress("training", epoch + 1, options.epochs, loss, uar))

    # ── export ──
    uar = validation_uar(network, split.validation, validation, recipe)
    np.save(run / "windows.npy", calibration_windows(training, recipe, options.seed))
    model, description = options.out / "emotion.tflite", options.out / "emotion.json"
    options.out.mkdir(parents=True, exist_ok=True)
    export_in_child(run / f"epoch-{options.epochs:04}.keras", run / "windows.npy", model)
    write_description(description, model, recipe, settings | {"n_clips": len(split.training)})
    return TrainResult(model, description, uar)


def run_name(
    settings: Mapping[str, Any], data: Path, clips: Sequence[Clip], recipe: FeatureRecipe
) -> str:
    """Return the name by which a killed run is known again, 16 hexadecimal digits.

    Args:
        settings: What was chosen for the run, as plain values.
        data: Folder of the corpora; it may be moved.
        clips: The clips that train and validate, in their order.
        recipe: The features; its band statistics change with what is recorded.
    """
    heard = [
        (clip.path.relative_to(data).as_posix(), clip.corpus, clip.speaker, clip.label)
        for clip in clips
    ]
    text = json.dumps([settings, heard, asdict(recipe)])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def with_band_statistics(recipe: FeatureRecipe, levels: Sequence[Levels]) -> FeatureRecipe:
    """Return the recipe with each band's mean and standard deviation over all frames, dB."""
    frames = np.concatenate(levels)
    return replace(
        recipe,
        band_mean=tuple(frames.mean(axis=0).tolist()),
        band_std=tuple(np.maximum(frames.std(axis=0), 1e-3).tolist()),
    )


def validation_uar(
    network: "keras.Model",
    clips: Sequence[Clip],
    levels: Sequence[Levels],
    recipe: FeatureRecipe,
) -> float:
    """Return the UAR of the float network over whole clips, as at run time, 0 to 1."""
    cut = [windows(clip, recipe) for clip in levels]
    logits = network.predict(np.concatenate(cut), batch_size=64, verbose=0)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    first_windows = np.cumsum([0, *(len(clip) for clip in cut[:-1])])
    totals = np.add.reduceat(powers / powers.sum(axis=1, keepdims=True), first_windows)
    truth = np.array([clip.label for clip in clips])
    return unweighted_average_recall(truth, totals.argmax(axis=1), len(EMOTIONS))


def _plain_settings(
    options: TrainOptions, schedule: Schedule, batches: BatchSettings
) -> dict[str, Any]:
    """Return what was chosen for the model, for its description and to know a run again."""
    return {
        "corpora": list(options.corpora),
        "held_out_actors": list(options.held_out_actors),
        "validation_actors": list(options.validation_actors),
        "epochs": options.epochs,
        "seed": options.seed,
        "schedule": asdict(schedule),
        "batches": asdict(batches),
    }


def _split(options: TrainOptions) -> Split:
    """Divide the corpora; only speech validates, for that is what people do."""
    split = split_by_speaker(
        read_clips(options.data, options.corpora),
        ravdess_speakers(options.held_out_actors),
        ravdess_speakers(options.validation_actors),
    )
    speech = tuple(clip for clip in split.validation if clip.corpus == "ravdess")
    return replace(split, validation=speech)


def _new_network(
    options: TrainOptions, schedule: Schedule, recipe: FeatureRecipe
) -> "keras.Model":
    import keras

    keras.utils.set_random_seed(options.seed)
    network = build_network(recipe.n_frames, recipe.mel.n_mels, len(EMOTIONS), schedule.dropout)
    n_steps = options.epochs * schedule.steps
    n_rising = round(n_steps * schedule.warm_up)
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.learning_rate / 25,
        decay_steps=n_steps - n_rising,
        warmup_target=schedule.learning_rate,
        warmup_steps=n_rising,
    )
    network.compile(
        optimizer=keras.optimizers.AdamW(rate, weight_decay=schedule.weight_decay),
        loss=masked_cross_entropy,
    )
    return network


def _train_epoch(
    network: "keras.Model", maker: BatchMaker, seed: Sequence[int], n_steps: int
) -> float:
    """Train on the batches of an epoch, drawing each while the last one trains.

    Returns:
        The mean loss of the batches.
    """
    generators = np.random.default_rng(seed).spawn(n_steps)
    losses = []
    with ThreadPoolExecutor(max_workers=1) as drawing:
        drawn = drawing.submit(maker.batch, generators[0])
        for following in [*generators[1:], None]:
            windows, targets = drawn.result()
            if following is not None:
                drawn = drawing.submit(maker.batch, following)
            losses.append(float(network.train_on_batch(windows, targets)))
    return float(np.mean(losses))
