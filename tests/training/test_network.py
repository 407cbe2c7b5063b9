"""The network: its shapes, its loss, its numbers."""

import pytest

from assistant.training.network import processor_has_bfloat16
from tests.training.in_keras import needs_tensorflow, printed_json


@pytest.mark.parametrize(
    ("flags", "has"),
    [("sse avx512_bf16 avx", True), ("sse amx_bf16", True), ("sse avx2 avx512f", False)],
)
def test_bfloat16_is_what_the_processor_says(tmp_path, flags, has):
    (tmp_path / "cpuinfo").write_text(f"model name : some\nflags : {flags}\n")
    assert processor_has_bfloat16(tmp_path / "cpuinfo") is has
    assert not processor_has_bfloat16(tmp_path / "absent")


SHAPES = """
import json
import keras
from assistant.training.network import build_network, computing_in_bfloat16
before = keras.config.dtype_policy().name
found = []
for shape in ((256, 64), (256, 64, 2)):
    for wanted in (False, True):
        with computing_in_bfloat16(wanted):
            network = build_network(shape, 8, n_taught=5)
        kinds = sorted({str(each.dtype) for each in network.weights})
        logits = sorted({str(each.dtype) for each in network.outputs})
        found.append([network.output_shape, network.count_params(), logits, kinds])
assert keras.config.dtype_policy().name == before
print(json.dumps(found))
"""


@pytest.mark.long
@needs_tensorflow
def test_logits_and_weights_are_float32_however_it_computes():
    one, one_bf16, two, two_bf16 = printed_json(SHAPES)
    assert one == one_bf16
    assert two == two_bf16
    assert two[1] - one[1] == 7 * 5 * 32, "a second channel is seen by the first convolution"
    outputs = [[None, 8], [None, 64, 5]]
    assert one[:1] + one[2:] == [outputs, ["float32"], ["float32"]]


HEARING = """
import json
import numpy as np
from assistant.training.network import build_network, hearing
from assistant.training.pilot_network import build_pilot
network = build_network((256, 64, 2), 8, n_taught=5)
heard = hearing(network)
windows = np.random.default_rng(0).normal(size=(2, 256, 64, 2)).astype("float32")
same = np.array_equal(heard(windows), network(windows)[0])
print(json.dumps([
    same, heard.output_shape, heard.count_params(), network.count_params(),
    build_network((256, 64, 2), 8).count_params(), build_pilot((256, 64), 8).count_params(),
]))
"""


@pytest.mark.long
@needs_tensorflow
def test_what_a_teacher_was_shown_on_is_left_away_after_training():
    same, shape, heard, taught, untaught, pilot = printed_json(HEARING)
    assert (same, shape) == (True, [None, 8])
    assert taught - heard == 5 * 385
    assert heard == untaught < 1_000_000, "int8 in less than 1 MB"
    assert pilot == pytest.approx(311_545, rel=0.01), "as many weights as the pilot had"


MASKED = """
import json
import numpy as np
from assistant.training.network import masked_cross_entropy
targets = np.array([[0.9, 0.1, 0.0, 1, 1, 0]], "float32")
print(json.dumps([
    float(masked_cross_entropy(targets, np.array([[1.0, 2.0, excluded]], "float32")))
    for excluded in (-5.0, 0.0, 5.0)
]))
"""


@pytest.mark.long
@needs_tensorflow
def test_a_label_that_takes_no_part_costs_nothing():
    # -(0.9 * 1 + 0.1 * 2 - ln(e + e^2)) = 2.3133 - 1.1
    assert printed_json(MASKED) == pytest.approx([1.2133] * 3, abs=1e-4)


TAUGHT = """
import json
import numpy as np
import keras
from assistant.training.network import frame_error, masked_cross_entropy
from assistant.training.taught_loss import TaughtCrossEntropy
rng = np.random.default_rng(0)
wanted, said = rng.dirichlet([1] * 3, (2, 4)).astype("float32")
allowed = np.ones((4, 3), "float32")
logits = rng.normal(size=(4, 3)).astype("float32")
targets = np.concatenate([wanted, allowed, said], axis=1)
labels_alone = TaughtCrossEntropy(0.0, 2.0)(targets, logits)
teacher_alone = TaughtCrossEntropy(1.0, 2.0)(targets, logits)
both = TaughtCrossEntropy(0.25, 2.0)(targets, logits)
stored = keras.losses.deserialize(keras.losses.serialize(TaughtCrossEntropy(0.25, 2.0)))
soft = np.exp(logits / 2) / np.exp(logits / 2).sum(axis=1, keepdims=True)
frames = np.zeros((1, 3, 3), "float32")
frames[0, :2] = [[1, 2, 1], [5, 5, 0]]
print(json.dumps([
    float(labels_alone - masked_cross_entropy(targets[:, :6], logits)),
    float(teacher_alone + 2 * (said * np.log(soft)).sum(axis=1).mean()),
    float(both - 0.75 * labels_alone - 0.25 * teacher_alone),
    float(stored(targets, logits) - both),
    float(frame_error(frames, np.zeros((1, 3, 2), "float32"))),
    float(frame_error(frames * 0, np.ones((1, 3, 2), "float32"))),
]))
"""


@pytest.mark.long
@needs_tensorflow
def test_a_teacher_has_its_share_of_the_loss():
    *differences, of_frames, of_none = printed_json(TAUGHT)
    assert differences == pytest.approx([0] * 4, abs=1e-5)
    assert of_frames == pytest.approx((1 + 4) / 2), "only what is known counts"
    assert of_none == 0
