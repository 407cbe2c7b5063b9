"""The plain network that ours is held against: a residual CNN that pools once, at the end.

The pilot of this project, 311,000 weights: log-mel levels alone, no teacher, AdamW. Trained on
the same recordings by the same trainer, whose averaged weights it gets too; no copies in noise
or rooms. What differs otherwise is what was found since.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

STEM_FILTERS, STEM_KERNEL = 32, 5
N_FILTERS = (32, 64, 128)
"""Channels of the three residual blocks."""


def build_pilot(
    window_shape: Sequence[int], n_labels: int, dropout: float = 0.4, n_taught: int = 0
) -> "keras.Model":
    """Return the untrained network: windows in, one logit for each label out.

    Args:
        window_shape: Frames and mel bands; shapes below are for ``(256, 64)``.
        n_labels: Number of labels.
        dropout: Share of pooled features that are dropped in training, 0 to 1.
        n_taught: Must be 0: it has no frames that a teacher could show it.
    """
    import keras

    from assistant.training.network import convolution, pooled_logits

    assert n_taught == 0
    layers = keras.layers
    levels = keras.Input(tuple(window_shape), name="levels")  # (256, 64)
    x = layers.Reshape((*window_shape[:2], -1))(levels)  # (256, 64, 1)
    x = layers.ReLU()(convolution(x, STEM_FILTERS, STEM_KERNEL, 2))  # (128, 32, 32)
    for n_filters in N_FILTERS:  # (64, 16, 32), (32, 8, 64), (16, 4, 128)
        short_cut = convolution(x, n_filters, 1, 2)
        x = layers.ReLU()(convolution(x, n_filters, 3, 2))
        x = layers.ReLU()(layers.Add()([convolution(x, n_filters, 3), short_cut]))
    return keras.Model(levels, pooled_logits(x, n_labels, dropout), name="emotion")
