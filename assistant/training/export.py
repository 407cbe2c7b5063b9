"""From a trained Keras network to a TFLite file whose every tensor is an integer.

Runs as a program of its own, for conversion needs TensorFlow whatever trained the network:
``python -m assistant.training.export NETWORK.keras EXAMPLES.npy MODEL.tflite``
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from assistant.errors import TrainingError
from assistant.features import FeatureRecipe, Levels, windows
from assistant.whole_file import replacing

if TYPE_CHECKING:
    import keras

N_CALIBRATION_CLIPS = 300
"""Training clips whose windows set the integer ranges; LiteRT's guide asks for 100 to 500."""


def calibration_windows(
    renditions: Sequence[Sequence[npt.NDArray[np.floating]]], recipe: FeatureRecipe, seed: int
) -> Levels:
    """Return windows of some training clips to set the integer ranges, unaugmented.

    Args:
        renditions: For each clip the features of its renditions, one of which is drawn.
        recipe: How they are scaled.
        seed: Of the choice.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.permutation(len(renditions))[:N_CALIBRATION_CLIPS]
    heard = [renditions[i][int(rng.integers(len(renditions[i])))] for i in chosen.tolist()]
    return np.concatenate([windows(features.astype(np.float32), recipe) for features in heard])


def export_in_child(network: Path, examples: Path, model: Path) -> None:
    """Convert a stored network in a child process that has TensorFlow as Keras's backend.

    Args:
        network: File in Keras's own form.
        examples: NumPy file of scaled windows of training clips, ``(n, *window_shape)``.
        model: The TFLite file to write.

    Raises:
        TrainingError: TensorFlow is missing or the conversion fails.
    """
    files = [str(path) for path in (network, examples, model)]
    child = subprocess.run(
        [sys.executable, "-m", "assistant.training.export", *files],
        env={**os.environ, "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
        check=False,
    )
    if child.returncode:
        last = (child.stderr.strip().splitlines() or [f"it ended with {child.returncode}"])[-1]
        advice = "start again: the training itself is kept"
        if last.startswith("ModuleNotFoundError"):
            advice = "pip install 'tonewise[train]'"
        raise TrainingError(f"the export to TFLite failed ({last}); {advice}")


def to_tflite(network: "keras.Model", examples: Levels) -> bytes:
    """Return the network as full-integer TFLite, int8 in and out.

    Args:
        network: Maps windows ``(n, *window_shape)`` to logits.
        examples: Windows that set the integer ranges, from training speakers alone.
    """
    import tensorflow

    def calibration() -> Iterator[list[Levels]]:
        for window in examples:
            yield [window[np.newaxis]]

    converter = tensorflow.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tensorflow.lite.Optimize.DEFAULT]
    converter.representative_dataset = calibration
    converter.target_spec.supported_ops = [tensorflow.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = tensorflow.int8
    converter.inference_output_type = tensorflow.int8
    # tflite-runtime 2.14 knows only one scale for all weights of a dense layer.
    converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    return bytes(converter.convert())


def main(network_path: str, examples_path: str, model_path: str) -> None:
    """Convert a stored network; see the top of this file for the arguments."""
    import keras

    network = keras.saving.load_model(network_path, compile=False)
    content = to_tflite(network, np.load(examples_path))
    with replacing(Path(model_path)) as file:
        file.write(content)


if __name__ == "__main__":
    main(*sys.argv[1:])
