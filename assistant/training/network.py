"""The emotion network: a small residual CNN over log-mel windows, in Keras 3.

Pooling is mean and mean positive deviation: a spread like the standard deviation, but made
of integer operations alone, where a square root is refused by tflite-runtime 2.14.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

STEM_FILTERS, STEM_KERNEL, STEM_STRIDES = 32, (7, 5), (4, 2)
"""The first convolution: channels, and size and step in frames and bands.

It looks at 7 frames every 4: steps of 2 take twice the time.
"""

N_FILTERS = (48, 96, 160)
"""Channels of the three residual blocks; 560 000 weights in all."""

EXCLUDED = 30.0
"""Taken off the logit of a label that takes no part; its odds fall by exp(30)."""


def build_network(
    window_shape: Sequence[int], n_labels: int, dropout: float = 0.4
) -> "keras.Model":
    """Return an untrained Keras model: windows in, one logit for each label out.

    Residual blocks after He et al. 2016, doi 10.1109/CVPR.2016.90. The logits are float32
    whatever Keras's policy is.

    Args:
        window_shape: Frames and mel bands, and channels where there are two; shapes below
            are for ``(256, 64, 2)``.
        n_labels: Number of labels.
        dropout: Share of pooled features that are dropped in training, 0 to 1.
    """
    import keras

    layers = keras.layers
    levels = keras.Input(tuple(window_shape), name="levels")  # (256, 64, 2)
    n_frames, n_mels, *_ = window_shape
    x = layers.Reshape((n_frames, n_mels, -1))(levels)  # (256, 64, 2)
    x = _convolution(x, STEM_FILTERS, STEM_KERNEL, STEM_STRIDES)
    x = layers.ReLU()(x)  # (64, 32, 32)
    for n_filters in N_FILTERS:
        x = _residual_block(x, n_filters)  # (32, 16, 48), (16, 8, 96), (8, 4, 160)
    mean = layers.GlobalAveragePooling2D()(x)  # (160,)
    centre = layers.GlobalAveragePooling2D(keepdims=True)(x)  # (1, 1, 160)
    above = layers.ReLU()(layers.Subtract()([x, centre]))  # (8, 4, 160)
    spread = layers.GlobalAveragePooling2D()(above)  # (160,)
    x = layers.Concatenate()([mean, spread])  # (320,)
    x = layers.Dropout(dropout, name="dropout")(x)
    # Small at first, so that training does not begin by unlearning chance.
    start = keras.initializers.RandomNormal(stddev=0.02)
    to_logits = layers.Dense(n_labels, kernel_initializer=start, dtype="float32", name="logits")
    return keras.Model(levels, to_logits(x), name="emotion")  # (8,)


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


@contextmanager
def computing_in_bfloat16(wanted: bool) -> Iterator[None]:
    """Let networks built in the block compute in bfloat16; their weights stay float32.

    A step of training takes four fifths of the time then, where the processor has
    instructions for it. Where it has none the steps would be many times slower, so there,
    and where it is not wanted, networks compute in float32.
    """
    import keras

    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(
        "mixed_bfloat16" if wanted and processor_has_bfloat16() else "float32"
    )
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)


def processor_has_bfloat16(description: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether Linux says that the processor multiplies bfloat16 (AVX-512, AMX)."""
    try:
        flags = description.read_text(encoding="utf-8").split()
    except OSError:
        return False
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags)


def _residual_block(x: "keras.KerasTensor", n_filters: int) -> "keras.KerasTensor":
    """Halve time and frequency, with a short cut around two convolutions."""
    import keras

    layers = keras.layers
    short_cut = _convolution(x, n_filters, kernel_size=1, strides=2)
    x = layers.ReLU()(_convolution(x, n_filters, kernel_size=3, strides=2))
    x = _convolution(x, n_filters, kernel_size=3, strides=1)
    return layers.ReLU()(layers.Add()([x, short_cut]))


def _convolution(
    x: "keras.KerasTensor",
    n_filters: int,
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int],
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
