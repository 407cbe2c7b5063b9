"""The emotion network: a small residual CNN over log-mel windows, in Keras 3.

Pooling is mean and mean positive deviation: a spread like the standard deviation, but made
of integer operations alone, where a square root is refused by tflite-runtime 2.14.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

N_FILTERS = (32, 64, 128)
"""Channels of the three residual blocks."""

EXCLUDED = 30.0
"""Taken off the logit of a label that takes no part; its odds fall by exp(30)."""


def build_network(
    n_frames: int, n_mels: int, n_labels: int, dropout: float = 0.4
) -> "keras.Model":
    """Return an untrained Keras model: windows in, one logit for each label out.

    Residual blocks after He et al. 2016, doi 10.1109/CVPR.2016.90.

    Args:
        n_frames: Frames of a window; shapes below are for 256.
        n_mels: Mel bands; shapes below are for 64.
        n_labels: Number of labels.
        dropout: Share of pooled features that are dropped in training, 0 to 1.
    """
    import keras

    layers = keras.layers
    levels = keras.Input((n_frames, n_mels), name="levels")  # (256, 64)
    x = layers.Reshape((n_frames, n_mels, 1))(levels)  # (256, 64, 1)
    x = _convolution(x, N_FILTERS[0], kernel_size=5, strides=2)
    x = layers.ReLU()(x)  # (128, 32, 32)
    for n_filters in N_FILTERS:
        x = _residual_block(x, n_filters)  # (64, 16, 32), (32, 8, 64), (16, 4, 128)
    mean = layers.GlobalAveragePooling2D(keepdims=True)(x)  # (1, 1, 128)
    above = layers.ReLU()(layers.Subtract()([x, mean]))  # (16, 4, 128)
    spread = layers.GlobalAveragePooling2D()(above)  # (128,)
    x = layers.Concatenate()([layers.Flatten()(mean), spread])  # (256,)
    x = layers.Dropout(dropout)(x)
    # Small at first, so that training does not begin by unlearning chance.
    start = keras.initializers.RandomNormal(stddev=0.02)
    logits = layers.Dense(n_labels, kernel_initializer=start, name="logits")(x)  # (8,)
    return keras.Model(levels, logits, name="emotion")


def masked_cross_entropy(
    targets: "keras.KerasTensor", logits: "keras.KerasTensor"
) -> "keras.KerasTensor":
    """Return the mean cross entropy over the labels that a clip's corpus can have.

    A corpus without a label says nothing about it, so that label takes no part in the
    softmax: otherwise "Polish" would come to mean "never disgusted".

    Args:
        targets: Shape ``(n, 2 * n_labels)``: the wanted probabilities, then 1 for each
            label that takes part and 0 for the others.
        logits: Shape ``(n, n_labels)``.
    """
    from keras import ops

    wanted, allowed = ops.split(targets, 2, axis=-1)
    likelihoods = ops.log_softmax(logits + (allowed - 1) * EXCLUDED)
    return -ops.mean(ops.sum(wanted * likelihoods, axis=-1))


def _residual_block(x: "keras.KerasTensor", n_filters: int) -> "keras.KerasTensor":
    """Halve time and frequency, with a short cut around two convolutions."""
    import keras

    layers = keras.layers
    short_cut = _convolution(x, n_filters, kernel_size=1, strides=2)
    x = layers.ReLU()(_convolution(x, n_filters, kernel_size=3, strides=2))
    x = _convolution(x, n_filters, kernel_size=3, strides=1)
    return layers.ReLU()(layers.Add()([x, short_cut]))


def _convolution(
    x: "keras.KerasTensor", n_filters: int, kernel_size: int, strides: int
) -> "keras.KerasTensor":
    import keras

    x = keras.layers.Conv2D(
        n_filters,
        kernel_size,
        strides=strides,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
