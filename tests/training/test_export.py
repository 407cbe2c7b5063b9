"""What sets the integer ranges, and exports that fail."""

import numpy as np
import pytest

from assistant.errors import TrainingError
from assistant.features import FeatureRecipe
from assistant.training.export import N_CALIBRATION_CLIPS, calibration_windows, export_in_child
from tests.training.in_keras import needs_tensorflow, printed_json

LEVELS = [
    [np.full((256, 64), i, np.float16), np.full((256, 64), 1_000 + i, np.float16)]
    for i in range(N_CALIBRATION_CLIPS + 100)
]


def test_ranges_are_set_by_a_seeded_choice_of_clips_clean_and_disturbed():
    chosen = calibration_windows(LEVELS, FeatureRecipe(), seed=1)
    assert chosen.shape == (N_CALIBRATION_CLIPS, 256, 64)
    np.testing.assert_array_equal(chosen, calibration_windows(LEVELS, FeatureRecipe(), seed=1))
    assert not np.array_equal(chosen, calibration_windows(LEVELS, FeatureRecipe(), seed=2))
    assert len(set((chosen[:, 0, 0] % 1_000).tolist())) == N_CALIBRATION_CLIPS
    assert 0.3 < (chosen[:, 0, 0] >= 1_000).mean() < 0.7


def test_an_export_that_fails_says_why(tmp_path):
    advice = "pip install|start again: the training itself is kept"  # without Keras, or with
    with pytest.raises(TrainingError, match=rf"TFLite failed \(\w+.*; ({advice})") as failure:
        export_in_child(tmp_path / "absent.keras", tmp_path / "x.npy", tmp_path / "x.tflite")
    assert "\n" not in str(failure.value)


EXPORTED = """
import json, sys
import numpy as np
from ai_edge_litert.interpreter import Interpreter
from assistant.training.export import to_tflite
from assistant.training.network import build_network
shape = tuple(json.loads(sys.argv[1]))
examples = np.random.default_rng(0).normal(size=(9, *shape)).astype("float32")
content = to_tflite(build_network(shape, 8), examples)
model = Interpreter(model_content=content)
model.allocate_tensors()
kinds = {np.dtype(tensor["dtype"]).name for tensor in model.get_tensor_details()}
print(json.dumps([len(content), sorted(kinds), model.get_input_details()[0]["shape"].tolist()]))
"""


@pytest.mark.long
@needs_tensorflow
@pytest.mark.parametrize("shape", ["[256, 64]", "[256, 64, 2]"])
def test_every_tensor_of_the_model_is_an_integer(shape):
    n_bytes, kinds, input_shape = printed_json(EXPORTED, shape)
    assert n_bytes < 1_000_000
    assert kinds == ["int32", "int8"]
    assert str(input_shape) == shape.replace("[", "[1, ")
