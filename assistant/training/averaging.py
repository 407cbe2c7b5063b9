"""The network that a run is for: its weights averaged over the last steps, all in float32."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from assistant.features import Levels

if TYPE_CHECKING:
    import keras


def take_averages(
    averaged: "keras.Model", network: "keras.Model", batches: Iterable[Levels]
) -> None:
    """Give a float32 network the averaged weights of one in training.

    Batch normalisation knows the activations of the weights as they were, not those of the
    averages, so its statistics are measured anew (P. Izmailov et al. 2018, "Averaging
    Weights Leads to Wider Optima and Better Generalization", arXiv 1803.05407, section 3.2).

    Args:
        averaged: The network to change.
        network: Of the same form, trained for a step at least by an optimizer with Keras's
            ``use_ema``; it is left as it is.
        batches: Windows as in training, ``(n, *window_shape)`` each.
    """
    in_training = network.get_weights()
    network.optimizer.finalize_variable_values(network.trainable_variables)
    averaged.set_weights(network.get_weights())
    network.set_weights(in_training)

    layers = [each for each in averaged.layers if hasattr(each, "moving_mean")]
    usual = [layer.momentum for layer in layers]
    for n_before, windows in enumerate(batches):
        for layer in layers:
            layer.momentum = n_before / (n_before + 1)  # so that all batches count alike
        averaged(windows, training=True)
    for layer, momentum in zip(layers, usual, strict=True):
        layer.momentum = momentum
