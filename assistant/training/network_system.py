"""The emotion network as a system: trained as ``tonewise train`` does, heard as people do."""

import csv
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from assistant.corpora.clips import Clip
from assistant.emotion import EmotionClassifier, softmax
from assistant.errors import TrainingError
from assistant.features import windows
from assistant.model_description import Calibration, ModelDescription
from assistant.scoring.answers import classify_clips
from assistant.scoring.kept_logits import LogitsKeeper
from assistant.scoring.personal import Gains, enough_for, personal_gains
from assistant.training.feature_cache import cached_features
from assistant.training.options import (
    TRAINING_CORPORA,
    TrainingRecipe,
    TrainOptions,
    TrainProgress,
)
from assistant.training.protocols import Fold
from assistant.training.renditions import Rendition, recordings
from assistant.training.results_file import clips_digest
from assistant.training.run_name import VERSIONS
from assistant.training.systems import FoldAnswers, Probabilities, Report
from assistant.training.train import train
from assistant.values import EMOTIONS

ENROLLED, CORRECTED = (2, 3), (10,)
"""Numbers of neutral and of random clips with which each test speaker is made known."""


@dataclass(frozen=True)
class NetworkSystem:
    """Trains on a fold's training clips alone: the trainer never gets to see the others."""

    name: str = "tonewise"
    needs: tuple[str, ...] = ("keras", "tensorflow")
    corpora: tuple[str, ...] = TRAINING_CORPORA
    epochs: int = TrainOptions.epochs
    recipe: TrainingRecipe = field(default_factory=TrainingRecipe)
    encoder: Path | None = None
    """Folder with the teacher's encoder; what it holds is fixed, so it is no setting."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that was chosen, as plain values."""
        return {
            "corpora": list(self.corpora),
            "epochs": self.epochs,
            "recipe": asdict(self.recipe),
            "versions": VERSIONS,
        }

    def run(self, fold: Fold, seed: int, cache: Path, report: Report) -> FoldAnswers:
        """Train, export, and answer by the integer model and by the float network.

        Its run is kept in ``cache``, so that one that was killed goes on.

        Raises:
            TrainingError: the clips cannot be used, or training or export fails.
            ModelError: the exported model does not run.
        """
        folder = cache / "crossval" / f"{self.name}-{clips_digest(fold.training)}-{seed}"
        write_index(folder, fold.training)
        options = TrainOptions(
            data=folder,
            out=folder / "models",
            epochs=self.epochs,
            seed=seed,
            corpora=tuple(sorted({clip.corpus for clip in fold.training})),
            held_out_actors=(),  # they are not in the index
            validation_actors=fold.validation_actors,
            encoder=self.encoder,
            cache=cache,
        )

        def show(progress: TrainProgress) -> None:
            report(progress.stage, progress.done, progress.total)

        result = train(options, show, self.recipe)
        description = ModelDescription.from_json(result.description.read_bytes())
        classifier = EmotionClassifier.load(result.model, result.description)
        keeper = LogitsKeeper(classifier)
        heard = classify_clips(
            fold.test, keeper, report=lambda done: report("testing", done, len(fold.test))
        )
        if heard.skipped:  # scores of fewer clips would not compare
            raise TrainingError(f"{heard.skipped[0]}; {fold.about} needs all recordings")
        answers = FoldAnswers(
            heard.prediction,
            heard.probabilities,
            _in_floats(result.network, description, fold.test, cache),
            heard.certain,
            _gains(fold.test, keeper, description),
        )
        _forget_networks()
        return answers


def write_index(folder: Path, clips: Sequence[Clip]) -> None:
    """Write an ``index.csv`` of some clips alone, which point to where they lie.

    Raises:
        TrainingError: it cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "index.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["path", "corpus", "speaker", "emotion"])
            for clip in clips:
                where = clip.path.parent.resolve() / clip.path.name  # a link keeps its name
                path = os.path.relpath(where, folder.resolve())
                rows.writerow([path, clip.corpus, clip.speaker, EMOTIONS[clip.label]])
    except OSError as error:
        raise TrainingError(
            f"{folder} cannot be written ({error.strerror}); choose another cache"
        ) from error


def _forget_networks() -> None:
    """Give back what Keras keeps of a fold's network, for many folds follow each other."""
    import keras

    keras.utils.clear_session()


def _gains(clips: Sequence[Clip], heard: LogitsKeeper, description: ModelDescription) -> Gains:
    """Return what knowing the speakers is worth, as far as clips and model allow it."""
    enrolled, corrected = enough_for(clips, ENROLLED, CORRECTED)
    if description.neutral_logits is None:
        enrolled = ()
    return personal_gains(clips, heard.kept, heard.classifier, enrolled, corrected)


def _in_floats(
    network: Path, description: ModelDescription, clips: Sequence[Clip], cache: Path
) -> Probabilities:
    """Return what the float network says of recordings, windows averaged as at run time."""
    import keras

    floats, recipe = keras.saving.load_model(network, compile=False), description.recipe
    renditions = [Rendition(each, recipe) for each in recordings(clips)]
    temperature = (description.calibration or Calibration()).temperature
    found = np.empty((len(clips), len(EMOTIONS)))
    for i, features in enumerate(cached_features(renditions, cache)):
        logits = floats.predict_on_batch(windows(features.astype(np.float32), recipe))
        scaled = np.asarray(logits, dtype=np.float32) / np.float32(temperature)
        found[i] = softmax(scaled).mean(axis=0)
    return found
