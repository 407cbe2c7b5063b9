"""The emotion network: bands, then time, over log-mel windows; in Keras 3.

A convolution over frames and bands and two residual blocks that halve the bands alone; then
all bands of a frame become one vector, and three residual blocks look along time, 0.3 s to
either side, each weighing its channels by what the whole window holds. Pooling is mean and
mean positive deviation: a spread like the standard deviation, but made of integer operations
alone, where a square root is refused by tflite-runtime 2.14.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import keras

VERSION = 1
"""Counts changes of what is built here or in `assistant.training.pilot_network`."""

STEM_FILTERS, STEM_KERNEL, STEM_STRIDES = 32, (7, 5), (4, 2)
"""The first convolution: channels, and size and step in frames and bands."""

BAND_FILTERS = (48, 64)
"""Channels of the blocks that halve the bands."""

N_CHANNELS, N_GATE_UNITS = 192, 48
"""Of the blocks along time, and hidden units of their gates."""

DILATIONS = (1, 2, 4)
"""Of the three blocks along time: frames from one of three that are seen to the next."""

N_FEATURES = 384
"""What is pooled over time; 790 000 weights in all."""

EXCLUDED = 30.0
"""Taken off the logit of a label that takes no part; its odds fall by exp(30)."""


def build_network(
    window_shape: Sequence[int], n_labels: int, dropout: float = 0.4, n_taught: int = 0
) -> "keras.Model":
    """Return an untrained Keras model: windows in, one logit for each label out.

    Residual blocks after He et al. 2016, doi 10.1109/CVPR.2016.90, gates after Hu et al.
    2018, doi 10.1109/CVPR.2018.00745. What comes out is float32 whatever Keras's policy is.

    Args:
        window_shape: Frames and mel bands, and channels where there are two; shapes below
            are for ``(256, 64, 2)``.
        n_labels: Number of labels.
        dropout: Share of pooled features that are dropped in training, 0 to 1.
        n_taught: Features of each frame that a teacher shows; with any, the model has a
            second output ``frames``, ``(n_frames // 4, n_taught)``, of use in training alone.
    """
    import keras

    layers = keras.layers
    levels = keras.Input(tuple(window_shape), name="levels")  # (256, 64, 2)
    n_frames, n_mels, *_ = window_shape
    x = layers.Reshape((n_frames, n_mels, -1))(levels)  # (256, 64, 2)
    x = layers.ReLU()(convolution(x, STEM_FILTERS, STEM_KERNEL, STEM_STRIDES))  # (64, 32, 32)
    for n_filters in BAND_FILTERS:
        x = _band_block(x, n_filters)  # (64, 16, 48), (64, 8, 64)
    _, n_frames, n_bands, n_filters = x.shape
    x = layers.Reshape((n_frames, 1, n_bands * n_filters))(x)  # (64, 1, 512)
    x = layers.ReLU()(convolution(x, N_CHANNELS, 1))  # (64, 1, 192)
    for dilation in DILATIONS:
        x = _time_block(x, dilation)
    x = layers.ReLU()(convolution(x, N_FEATURES, 1))  # (64, 1, 384)
    outputs = [pooled_logits(x, n_labels, dropout)]  # (8,)
    if n_taught:
        each = layers.Reshape((n_frames, N_FEATURES))(x)
        outputs.append(layers.Dense(n_taught, dtype="float32", name="frames")(each))
    return keras.Model(levels, outputs if n_taught else outputs[0], name="emotion")


def pooled_logits(x: "keras.KerasTensor", n_labels: int, dropout: float) -> "keras.KerasTensor":
    """Return one logit for each label from mean and mean positive deviation of channels.

    Args:
        x: Shape ``(n, n_frames, n_bands, n_channels)``.
        n_labels: Number of labels.
        dropout: Share of pooled features that are dropped in training, 0 to 1.
    """
    import keras

    layers = keras.layers
    mean = layers.GlobalAveragePooling2D()(x)
    centre = layers.GlobalAveragePooling2D(keepdims=True)(x)
    above = layers.ReLU()(layers.Subtract()([x, centre]))
    pooled = layers.Concatenate()([mean, layers.GlobalAveragePooling2D()(above)])
    pooled = layers.Dropout(dropout, name="dropout")(pooled)
    # Small at first, so that training does not begin by unlearning chance.
    start = keras.initializers.RandomNormal(stddev=0.02)
    to_logits = layers.Dense(n_labels, kernel_initializer=start, dtype="float32", name="logits")
    return to_logits(pooled)


def hearing(network: "keras.Model") -> "keras.Model":
    """Return the part of a network that is of use after training: windows to logits."""
    import keras

    return keras.Model(network.input, network.get_layer("logits").output, name="emotion")


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


def frame_error(targets: "keras.KerasTensor", said: "keras.KerasTensor") -> "keras.KerasTensor":
    """Return the mean squared error over the frames that have a target.

    Args:
        targets: Shape ``(n, n_frames, n_taught + 1)``: the wanted features, then 1 where
            there are any and 0 elsewhere.
        said: Shape ``(n, n_frames, n_taught)``.
    """
    from keras import ops

    wanted, known = targets[..., :-1], targets[..., -1]
    errors = ops.mean((said - wanted) ** 2, axis=-1)
    return ops.sum(errors * known) / ops.maximum(ops.sum(known), 1)


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


def _band_block(x: "keras.KerasTensor", n_filters: int) -> "keras.KerasTensor":
    """Halve the bands, with a short cut around two convolutions."""
    import keras

    layers = keras.layers
    short_cut = convolution(x, n_filters, 1, (1, 2))
    x = layers.ReLU()(convolution(x, n_filters, 3, (1, 2)))
    x = convolution(x, n_filters, 3)
    return layers.ReLU()(layers.Add()([x, short_cut]))


def _time_block(x: "keras.KerasTensor", dilation: int) -> "keras.KerasTensor":
    """Add to each frame what lies around it, channels weighed by the whole window."""
    import keras

    layers = keras.layers
    around = layers.ReLU()(convolution(x, N_CHANNELS, (3, 1), dilation=(dilation, 1)))
    around = convolution(around, N_CHANNELS, 1)
    whole = layers.GlobalAveragePooling2D()(around)
    gate = layers.Dense(N_GATE_UNITS, activation="relu")(whole)
    gate = layers.Dense(N_CHANNELS, activation="sigmoid")(gate)
    gated = layers.Multiply()([around, layers.Reshape((1, 1, N_CHANNELS))(gate)])
    return layers.ReLU()(layers.Add()([x, gated]))


def convolution(
    x: "keras.KerasTensor",
    n_filters: int,
    kernel_size: int | tuple[int, int],
    strides: int | tuple[int, int] = 1,
    dilation: int | tuple[int, int] = 1,
) -> "keras.KerasTensor":
    """Convolve without bias, then normalise over the batch."""
    import keras

    x = keras.layers.Conv2D(
        n_filters,
        kernel_size,
        strides=strides,
        dilation_rate=dilation,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
    )(x)
    return keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5)(x)
