"""The averaged network: whose weights it has, and what its normalisation knows."""

import pytest

from tests.training.in_keras import needs_tensorflow, printed_json

AVERAGED = """
import json
import numpy as np
from assistant.training.averaging import take_averages
from assistant.training.network import build_network
from pathlib import Path
from assistant.training.options import Schedule, TrainingRecipe, TrainOptions
from assistant.training.train import _new_network
from assistant.features import FeatureRecipe

recipe, rng = FeatureRecipe(n_frames=64, window_hop=32), np.random.default_rng(0)
made = TrainingRecipe(schedule=Schedule(steps=4, averaging=0.5), teacher=None)
network = _new_network(TrainOptions(Path(), epochs=1), made, recipe)
targets = np.concatenate([np.eye(8)[[0, 3]], np.ones((2, 8))], axis=1).astype("float32")
weights, expected = [], None
for _ in range(3):
    network.train_on_batch(rng.normal(size=(2, 64, 64)).astype("float32"), targets)
    now = [each.numpy() for each in network.trainable_variables]
    expected = now if expected is None else [0.5 * a + 0.5 * b for a, b in zip(expected, now)]
before = network.get_weights()
averaged = build_network(recipe.window_shape, 8)
batches = [rng.normal(3, 2, size=(8, 64, 64)).astype("float32") for _ in range(3)]
take_averages(averaged, network, batches)
found = [each.numpy() for each in averaged.trainable_variables]
weight_error = max(np.abs(a - b).max() for a, b in zip(found, expected))
is_left = all(np.array_equal(a, b) for a, b in zip(before, network.get_weights()))

convolution = next(layer for layer in averaged.layers if "conv" in layer.name)
first = next(layer for layer in averaged.layers if hasattr(layer, "moving_mean"))
outputs = [np.array(convolution(batch[..., np.newaxis])) for batch in batches]
mean = np.mean([out.mean(axis=(0, 1, 2)) for out in outputs], axis=0)
variance = np.mean([out.var(axis=(0, 1, 2)) for out in outputs], axis=0)
print(json.dumps([float(weight_error), is_left,
                  float(np.abs(first.moving_mean.numpy() - mean).max()),
                  float(np.abs(first.moving_variance.numpy() / variance - 1).max()),
                  first.momentum, str(averaged.outputs[0].dtype), averaged.dtype_policy.name]))
"""


@pytest.mark.long
@needs_tensorflow
def test_weights_are_averages_and_normalisation_is_measured_anew():
    weight_error, is_left, mean_error, variance_error, momentum, *kinds = printed_json(AVERAGED)
    assert weight_error < 1e-5
    assert is_left, "the network in training goes on as it was"
    assert mean_error < 1e-3
    assert variance_error < 1e-3
    assert momentum == pytest.approx(0.9)
    assert kinds == ["float32", "float32"]
