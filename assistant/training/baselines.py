"""What older projects do, as systems: mean cepstra of a clip into an ordinary classifier.

Parameters are those of the project that is named beside each. All of them train on RAVDESS
speech and song and on TESS, as most of those projects do.
"""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from assistant.errors import TrainingError
from assistant.scoring.metrics import Indices
from assistant.training.mfcc import RECIPE, Cepstra, cached_cepstra
from assistant.training.protocols import Fold
from assistant.training.systems import FoldAnswers, Report


class Classifier(Protocol):
    """Anything that learns and predicts as scikit-learn's classifiers do."""

    def fit(self, cepstra: Cepstra, labels: Indices) -> object:
        """Learn labels, ``(n_clips,)``, of cepstra, ``(n_clips, N_MFCC)``."""

    def predict(self, cepstra: Cepstra) -> Indices:
        """Return a label for each row of cepstra, ``(n_clips,)``."""


@dataclass(frozen=True)
class CepstraSystem:
    """A classifier of mean cepstra, as a `System`."""

    name: str
    classifier: str
    """Where its class is, such as ``sklearn.svm.SVC``; imported only when it is run."""
    parameters: Mapping[str, Any]
    """What is not the class's default, as plain values."""
    is_standardised: bool = False
    """Whether each coefficient has mean 0 and variance 1 over the training clips."""
    needs: tuple[str, ...] = ("librosa", "sklearn")
    corpora: tuple[str, ...] = ("ravdess", "ravdess_song", "tess")

    @property
    def settings(self) -> dict[str, Any]:
        """All that was chosen, as plain values."""
        return {
            "features": RECIPE,
            "is_standardised": self.is_standardised,
            "classifier": self.classifier,
            "parameters": dict(self.parameters),
            "corpora": list(self.corpora),
        }

    def run(self, fold: Fold, seed: int, cache: Path, report: Report) -> FoldAnswers:
        """Learn from all of the fold's training clips and answer for its test clips.

        Raises:
            TrainingError: a recording cannot be read, or the classifier cannot learn.
        """
        clips = [*fold.training, *fold.test]
        cepstra = cached_cepstra(
            clips, cache, lambda done: report("features", done, len(clips))
        )
        training, test = np.split(cepstra, [len(fold.training)])
        if self.is_standardised:
            mean, std = training.mean(axis=0), training.std(axis=0)
            std[std == 0] = 1
            training, test = (training - mean) / std, (test - mean) / std
        report("training", 0, 1)
        classifier = self._untrained(seed)
        try:
            with warnings.catch_warnings():
                # The parameters are as published, whatever the library remarks on them.
                warnings.simplefilter("ignore", UserWarning)
                classifier.fit(training, np.array([clip.label for clip in fold.training]))
        except ValueError as error:
            reason = " ".join(str(error).split())
            raise TrainingError(
                f"{self.name} cannot learn from these clips: {reason}"
            ) from error
        report("training", 1, 1)
        return FoldAnswers(np.asarray(classifier.predict(test)))

    def _untrained(self, seed: int) -> Classifier:
        module, _, name = self.classifier.rpartition(".")
        made: Classifier = getattr(import_module(module), name)(
            **self.parameters, random_state=seed
        )
        return made


BASELINES = (
    # abhay8463/Speech-Emotion-Recognition-using-ML-and-DL, SER_SVM.ipynb, which has C = 1
    CepstraSystem(
        "mfcc-svm", "sklearn.svm.SVC", {"kernel": "rbf", "C": 10.0}, is_standardised=True
    ),
    # Nishaant-Rastogi/Emotions_Recognition, EmotionsRecognition.ipynb, with 22 000 trees
    CepstraSystem(
        "mfcc-forest",
        "sklearn.ensemble.RandomForestClassifier",
        {
            "n_estimators": 500,
            "max_depth": 10,
            "max_features": "log2",
            "max_leaf_nodes": 100,
            "min_samples_leaf": 3,
            "min_samples_split": 20,
        },
    ),
    # the same notebook
    CepstraSystem("mfcc-tree", "sklearn.tree.DecisionTreeClassifier", {}),
    # abhay8463, MLP.ipynb, which also has the means of 12 chroma and 128 mel bands
    CepstraSystem(
        "mfcc-mlp",
        "sklearn.neural_network.MLPClassifier",
        {"hidden_layer_sizes": [300], "alpha": 0.01, "batch_size": 256, "max_iter": 500},
    ),
    # Rajanpandey/Speech-Emotion-Analyzer, Speech_Emotion_Recognition.ipynb
    CepstraSystem(
        "mfcc-cnn",
        "assistant.training.mfcc_network.CepstraNetwork",
        {"epochs": 50, "batch_size": 32},
        needs=("librosa", "keras", "tensorflow"),
    ),
)
"""The older projects' ways, for the side-by-side table."""
