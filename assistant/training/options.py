"""What is chosen for a training run, what it reports, and what it leaves."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import platformdirs

from assistant.corpora.splits import HELD_OUT_ACTORS, VALIDATION_ACTORS
from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.pitch_salience import PitchConfig
from assistant.training.augmentation import AugmentationSettings
from assistant.training.batches import BatchSettings
from assistant.training.disturbing import DisturbingSettings
from assistant.training.teacher import TeacherSettings

TRAINING_CORPORA = ("ravdess", "ravdess_song", "nemo")
"""The corpora whose licences allow a changed and shared model, non-commercially."""


@dataclass(frozen=True)
class TrainOptions:
    """What a person chooses for a training run.

    Raises:
        TrainingError: ``epochs`` is less than 1, or see `check_seed`.
    """

    data: Path
    """Folder with ``index.csv`` and the recordings."""
    out: Path = Path("models")
    """Folder for ``emotion.tflite`` and ``emotion.json``."""
    epochs: int = 40
    """Passes of `Schedule.steps` batches each."""
    seed: int = 0
    """The same seed and machine give the same model; see `check_seed`."""
    corpora: tuple[str, ...] | None = None
    """None for those of `TRAINING_CORPORA` that the index has, or all if it has none."""
    held_out_actors: tuple[int, ...] = HELD_OUT_ACTORS
    """RAVDESS actors kept for the final test: never trained, validated or calibrated on."""
    held_out_speakers: tuple[str, ...] = ()
    """Others kept so, as the index names them."""
    validation_actors: tuple[int, ...] = VALIDATION_ACTORS
    """RAVDESS actors whose speech is scored after some epochs."""
    encoder: Path | None = None
    """Folder with the teacher's encoder, None for the one of the extra ``teacher``; see
    `assistant.training.whisper_weights`."""
    cache: Path = field(default_factory=lambda: platformdirs.user_cache_path("tonewise"))
    """Folder for features and checkpoints."""

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise TrainingError(f"epochs must be at least 1, got {self.epochs}")
        check_seed(self.seed)


def check_seed(seed: int) -> None:
    """Check that random numbers can be drawn from a seed, 0 to 2 ** 32 - 1.

    Raises:
        TrainingError: they cannot.
    """
    if not 0 <= seed < 2**32:  # NumPy's and Keras's range
        raise TrainingError(f"a seed must be a number from 0 to {2**32 - 1}, got {seed}")


@dataclass(frozen=True)
class Schedule:
    """How the weights move: one rise and fall of the rates, and an average at the end.

    See `assistant.training.orthogonal_momentum`.
    """

    steps: int = 75
    """Batches in an epoch."""
    learning_rate: float = 2e-3
    """Of all but convolution kernels, at its peak."""
    kernel_rate: float | None = 8e-2
    """Of convolution kernels, at its peak; it rises and falls with the other. None leaves
    them to AdamW like all else."""
    warm_up: float = 0.2
    """Share of the run in which the rates rise, 0 to 1; then they fall as a cosine."""
    weight_decay: float = 1e-2
    averaging: float = 0.998
    """Share of the averaged weights that is kept at each step: they are those of the last
    500 steps or so (Polyak & Juditsky 1992, doi 10.1137/0330046)."""
    statistics_batches: int = 20
    """Batches from which the averaged network's normalisation is measured."""
    dropout: float = 0.4
    """Share of pooled features dropped, 0 to 1."""
    bfloat16: bool = True
    """Compute in bfloat16 where the processor can, for a step takes four fifths of the time
    then; weights, averages and the exported network are float32 all the same."""


HEARD_ALIKE = BatchSettings(
    mixup_share=0.0,
    augmentation=AugmentationSettings(tempo=(1.0, 1.0), warp=(1.0, 1.0), pitch_shift=1.0),
)
"""What a network with a teacher is shown. What the teacher says of a clip holds for what it
heard, so that whatever makes another voice of a clip is done to the sound, before both hear
it (Beyer et al. 2022, "Knowledge distillation: A good teacher is patient and consistent",
arXiv 2106.05237). Microphones and hidden stretches stay: without the latter the network
learns its training voices by heart (measured in ``models/EXPERIMENTS.md``)."""


@dataclass(frozen=True)
class TrainingRecipe:
    """All by which a model is made, but the recordings and the length."""

    network: Literal["tonewise", "pilot"] = "tonewise"
    """See `assistant.training.network` and `assistant.training.pilot_network`."""
    features: FeatureRecipe = field(default_factory=lambda: FeatureRecipe(pitch=PitchConfig()))
    """Its statistics are measured in training."""
    disturbing: DisturbingSettings = field(default_factory=DisturbingSettings)
    batches: BatchSettings = HEARD_ALIKE
    teacher: TeacherSettings | None = field(default_factory=TeacherSettings)
    """None trains without a teacher; see `UNTAUGHT`."""
    schedule: Schedule = field(default_factory=Schedule)


UNTAUGHT = TrainingRecipe(batches=BatchSettings(), teacher=None)
"""Without a teacher: what `HEARD_ALIKE` leaves out has no reason to be left out then. Not
measured to its end."""

PILOT = TrainingRecipe(
    network="pilot",
    features=FeatureRecipe(),
    disturbing=DisturbingSettings(copies=0),
    batches=BatchSettings(emotions_alike=False),
    teacher=None,
    schedule=Schedule(kernel_rate=None),
)
"""What the network is held against."""

PILOT_EPOCHS = 40
"""As many as the pilot had."""


@dataclass(frozen=True)
class TrainProgress:
    """How far a run is; reported for each recording prepared or heard and each epoch."""

    stage: str
    """``features``, ``teacher's features``, ``teacher``, ``training`` or ``calibration``."""
    done: int
    total: int
    loss: float | None = None
    """Mean training loss of the last epoch, natural units."""
    uar: float | None = None
    """Validation UAR, 0 to 1, of the averaged network; None where it was not measured."""


@dataclass(frozen=True)
class TrainResult:
    """What a run left."""

    model: Path
    """The integer model."""
    description: Path
    network: Path
    """The float network in Keras's own form, which the model was made from."""
    validation_uar: float
    """UAR of the float network on the validation actors' speech, 0 to 1."""
