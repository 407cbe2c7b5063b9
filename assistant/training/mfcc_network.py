"""The network of an older project: one convolution over mean cepstra, 20 872 weights.

Rajanpandey/Speech-Emotion-Analyzer, Speech_Emotion_Recognition.ipynb; RMSprop at Keras's
default rate, 1e-3, as there.
"""

from typing import TYPE_CHECKING

import numpy as np

from assistant.scoring.metrics import Indices
from assistant.training.mfcc import N_MFCC, Cepstra
from assistant.values import EMOTIONS

if TYPE_CHECKING:
    import keras


class CepstraNetwork:
    """Learns and predicts as scikit-learn's classifiers do."""

    def __init__(self, epochs: int, batch_size: int, random_state: int) -> None:
        self._epochs, self._batch_size = epochs, batch_size
        self._random_state = random_state

    def fit(self, cepstra: Cepstra, labels: Indices) -> None:
        """Learn labels, ``(n_clips,)``, of cepstra, ``(n_clips, N_MFCC)``."""
        import keras

        keras.utils.set_random_seed(self._random_state)
        self._network = cepstra_network()
        self._network.compile(optimizer="rmsprop", loss="sparse_categorical_crossentropy")
        self._network.fit(
            cepstra[..., np.newaxis],
            labels,
            batch_size=self._batch_size,
            epochs=self._epochs,
            verbose=0,
        )

    def predict(self, cepstra: Cepstra) -> Indices:
        """Return the likeliest label for each row of cepstra, ``(n_clips,)``."""
        probabilities = self._network.predict(cepstra[..., np.newaxis], verbose=0)
        return np.asarray(probabilities.argmax(axis=1))


def cepstra_network() -> "keras.Model":
    """Return the untrained Keras model: ``(n_clips, N_MFCC, 1)`` in, probabilities out."""
    import keras

    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((N_MFCC, 1)),
            layers.Conv1D(64, 5, padding="same", activation="relu"),  # (40, 64)
            layers.Dropout(0.2),
            layers.Flatten(),  # (2560,)
            layers.Dense(len(EMOTIONS), activation="softmax"),  # (8,)
        ]
    )
