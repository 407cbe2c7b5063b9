"""Training the emotion model, from top to bottom: data, network, loop, export."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.scoring.calibrate import NEUTRAL, calibrate
from assistant.scoring.description import write_description
from assistant.training.averaging import take_averages
from assistant.training.batches import BatchMaker
from assistant.training.checkpoints import latest_checkpoint, save_checkpoint
from assistant.training.drawing import ClipDraw
from assistant.training.export import calibration_windows, export_in_child
from assistant.training.folders import check_takes_files
from assistant.training.history import Epoch, record_epoch, recorded_epochs
from assistant.training.material import Material, prepared
from assistant.training.network import (
    build_network,
    computing_in_bfloat16,
    frame_error,
    hearing,
    masked_cross_entropy,
)
from assistant.training.options import (
    Schedule,
    TrainingRecipe,
    TrainOptions,
    TrainProgress,
    TrainResult,
)
from assistant.training.pilot_network import build_pilot
from assistant.training.run_name import plain_settings, run_name
from assistant.training.speech_encoder import loaded_encoder
from assistant.training.teacher import TeacherSettings
from assistant.training.teaching import taught_by
from assistant.training.validation import validation_uar
from assistant.values import EMOTIONS
from assistant.whole_file import replacing

if TYPE_CHECKING:
    import keras

VALIDATE_EVERY = 5
"""Epochs from one measured validation UAR to the next."""


def train(
    options: TrainOptions,
    report: Callable[[TrainProgress], None] = lambda progress: None,
    made: TrainingRecipe = TrainingRecipe(),
) -> TrainResult:
    """Train, export and describe a model; a run that was killed goes on where it was.

    Keras's backend is what ``KERAS_BACKEND`` says; the export needs TensorFlow.

    Args:
        options: What is trained on, for how long, and where everything lies.
        report: Gets how far the run is.
        made: How the model is made.

    Raises:
        CorpusError: the corpora have no index, or lack clips or speakers that are needed.
        TrainingError: the encoder is not there, or a recording, a checkpoint, the cache or
            the export cannot be used, or ``options.out`` takes no files.
    """
    import threadpoolctl

    # ── data ──
    check_takes_files(options.out, "choose another folder with --out")
    if made.teacher:
        loaded_encoder(options.encoder)  # that it is lacking is better known at once
    material = prepared(
        options, made, lambda done, total: report(TrainProgress("features", done, total))
    )
    recipe, schedule = material.recipe, made.schedule
    settings = plain_settings(options, made, material.training)
    clips = [*material.training, *material.validation]
    run = options.cache / "runs" / run_name(settings, clips, material.recordings, recipe)
    given = made.batches
    draw = ClipDraw(
        material.training, given.main_corpus, given.main_share, given.emotions_alike
    )

    # ── teacher ──
    lessons = None
    if made.teacher:
        kept = run / "teacher.npz"
        lessons = taught_by(made.teacher, material, draw, options, kept, report)
    maker = BatchMaker(draw, material.features, material.targets, recipe, made.batches, lessons)

    # ── network ──
    averaged = _built(made, recipe, dropout=0.0)
    found = latest_checkpoint(run)
    network, first = found or (_new_network(options, made, recipe), 0)

    # ── loop ──
    uar = None
    with threadpoolctl.threadpool_limits(1, "blas"):  # NumPy's threads hinder TensorFlow's
        for epoch in range(first, options.epochs):
            loss = _train_epoch(network, maker, [options.seed, epoch], schedule.steps)
            uar = None
            if (epoch + 1) % VALIDATE_EVERY == 0 or epoch + 1 == options.epochs:
                uar = _validated(network, averaged, maker, material, schedule, epoch)
            # First what was measured: an epoch without a checkpoint is trained again.
            record_epoch(run, Epoch(epoch + 1, loss, uar))
            save_checkpoint(network, run, epoch + 1)
            report(TrainProgress("training", epoch + 1, options.epochs, loss, uar))
        if uar is None:  # all was trained before
            uar = _validated(network, averaged, maker, material, schedule, options.epochs - 1)

    # ── export ──
    windows = calibration_windows(material.features, recipe, options.seed)
    with _storing():
        hearing(averaged).save(run / "network.keras")
        np.save(run / "windows.npy", windows)
    model, description = run / "emotion.tflite", run / "emotion.json"
    export_in_child(run / "network.keras", run / "windows.npy", model)
    epochs = [asdict(each) for each in recorded_epochs(run)]
    trained = settings | {"n_clips": len(material.training), "history": epochs}
    write_description(description, model, recipe, trained)

    # ── calibration ──
    validated_on = {clip.corpus for clip in material.validation}
    alike = [clip for clip in material.training if clip.corpus in validated_on]
    n_heard = len(material.validation) + sum(clip.label == NEUTRAL for clip in alike)
    calibrate(
        model,
        description,
        material.validation,
        alike,
        lambda done: report(TrainProgress("calibration", done, n_heard)),
    )

    # ── delivery ──
    finished = TrainResult(
        options.out / model.name, options.out / description.name, run / "network.keras", uar
    )
    # One directly after the other, for neither is of use without the other.
    with (
        _storing(),
        replacing(finished.model) as model_file,
        replacing(finished.description) as description_file,
    ):
        model_file.write(model.read_bytes())
        description_file.write(description.read_bytes())
    return finished


@contextmanager
def _storing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TrainingError(
            f"the network cannot be stored ({error}); free space or choose other folders"
        ) from error


def _built(made: TrainingRecipe, recipe: FeatureRecipe, dropout: float) -> "keras.Model":
    build = build_pilot if made.network == "pilot" else build_network
    n_taught = made.teacher.n_features if made.teacher else 0
    return build(recipe.window_shape, len(EMOTIONS), dropout, n_taught)


def _new_network(
    options: TrainOptions, made: TrainingRecipe, recipe: FeatureRecipe
) -> "keras.Model":
    import keras

    keras.utils.set_random_seed(options.seed)
    schedule = made.schedule
    with computing_in_bfloat16(schedule.bfloat16):
        network = _built(made, recipe, schedule.dropout)
    losses, weights = _losses(made.teacher)
    # On a processor XLA's convolutions take one and a half times as long as oneDNN's.
    network.compile(
        _optimizer(schedule, options.epochs * schedule.steps),
        loss=losses,
        loss_weights=weights,
        jit_compile=False,
    )
    return network


def _losses(teacher: TeacherSettings | None) -> tuple[list[Any], list[float]]:
    """Return the loss of each of the network's outputs, and what it weighs."""
    if teacher is None:
        return [masked_cross_entropy], [1.0]
    from assistant.training.taught_loss import TaughtCrossEntropy

    of_labels = TaughtCrossEntropy(teacher.label_share, teacher.temperature)
    return [of_labels, frame_error], [1.0, teacher.frame_weight]


def _optimizer(schedule: Schedule, n_steps: int) -> "keras.optimizers.Optimizer":
    import keras

    from assistant.training.orthogonal_momentum import OrthogonalMomentum

    n_rising = round(n_steps * schedule.warm_up)
    rate = keras.optimizers.schedules.CosineDecay(
        schedule.learning_rate / 25,
        decay_steps=n_steps - n_rising,
        warmup_target=schedule.learning_rate,
        warmup_steps=n_rising,
    )
    averaged = {"use_ema": True, "ema_momentum": schedule.averaging}
    if schedule.kernel_rate is None:
        return keras.optimizers.AdamW(rate, weight_decay=schedule.weight_decay, **averaged)
    return OrthogonalMomentum(
        rate,
        kernel_rate=schedule.kernel_rate / schedule.learning_rate,
        decay=schedule.weight_decay,
        **averaged,
    )


def _train_epoch(
    network: "keras.Model", maker: BatchMaker, seed: Sequence[int], n_steps: int
) -> float:
    """Train on the batches of an epoch, drawing each while the last one trains.

    Args:
        network: A compiled network; it is changed.
        maker: Draws the batches.
        seed: Of the run, and the number of the epoch.
        n_steps: How many batches there are.

    Returns:
        The mean loss of the batches.
    """
    generators = np.random.default_rng(seed).spawn(n_steps)
    loss = 0.0
    network.reset_metrics()
    # A checkpoint does not hold it, but a run that goes on is to be as if never stopped.
    network.get_layer("dropout").seed_generator.state.assign((seed[0], seed[1] * n_steps))
    with ThreadPoolExecutor(max_workers=1) as drawing:
        drawn = drawing.submit(maker.batch, generators[0])
        for following in [*generators[1:], None]:
            batch = drawn.result()
            if following is not None:
                drawn = drawing.submit(maker.batch, following)
            losses = network.train_on_batch(batch.windows, batch.wanted)
            loss = float(np.ravel(losses)[0])  # the whole of it, mean since the reset
    return loss


def _validated(
    network: "keras.Model",
    averaged: "keras.Model",
    maker: BatchMaker,
    material: Material,
    schedule: Schedule,
    epoch: int,
) -> float:
    """Bring the averaged network up to date and return its UAR, 0 to 1."""
    generators = np.random.default_rng([epoch, 1]).spawn(schedule.statistics_batches)
    take_averages(averaged, network, (maker.batch(each).windows for each in generators))
    network = hearing(averaged)
    return validation_uar(network, material.validation, material.heard, material.recipe)
