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
            network = build_network(shape, 8)
        kinds = sorted({str(each.dtype) for each in network.weights})
        logits = str(network.outputs[0].dtype)
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
    assert one[:1] + one[2:] == [[None, 8], "float32", ["float32"]]


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
