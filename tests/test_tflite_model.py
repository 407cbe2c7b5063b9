"""The model as a callable, on an interpreter that is watched; `test_model` has the real one."""

import sys
import threading
import types

import numpy as np
import pytest

from assistant.errors import ModelError
from assistant.tflite_model import TfliteModel


def test_without_an_interpreter_the_message_says_what_to_install(monkeypatch):
    for package in ("ai_edge_litert", "tflite_runtime"):
        monkeypatch.setitem(sys.modules, f"{package}.interpreter", None)
    with pytest.raises(ModelError, match="pip install ai-edge-litert"):
        TfliteModel(b"", (256, 64), 8)


class CountingInterpreter:
    """Stands in for a TFLite interpreter; notes when two threads are inside at once."""

    def __init__(self, input_quantization=(0.5, -3), output_quantization=(0.25, 2), **_):
        self.busy, self.overlaps, self.given = False, 0, None
        self.input_quantization, self.output_quantization = (
            input_quantization,
            output_quantization,
        )

    def allocate_tensors(self):
        pass

    def get_input_details(self):
        dtype = np.int8 if self.input_quantization[0] else np.float32
        return [self.details(0, (1, 256, 64), dtype, self.input_quantization)]

    def get_output_details(self):
        dtype = np.int8 if self.output_quantization[0] else np.float32
        return [self.details(1, (1, 8), dtype, self.output_quantization)]

    @staticmethod
    def details(index, shape, dtype, quantization):
        return {
            "index": index,
            "shape": np.array(shape),
            "dtype": dtype,
            "quantization": quantization,
        }

    def set_tensor(self, index, values):
        self.overlaps += self.busy
        self.busy = True
        self.given = values

    def invoke(self):
        threading.Event().wait(0.001)

    def get_tensor(self, index):
        self.busy = False
        return np.arange(8, dtype=self.get_output_details()[0]["dtype"])[np.newaxis]


@pytest.fixture
def installed(monkeypatch):
    """Puts an interpreter where the real one would be imported from."""

    def install(**options):
        interpreter = CountingInterpreter(**options)
        module = types.ModuleType("ai_edge_litert.interpreter")
        module.Interpreter = lambda **_: interpreter
        monkeypatch.setitem(sys.modules, "ai_edge_litert", types.ModuleType("ai_edge_litert"))
        monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", module)
        return interpreter

    return install


def test_input_is_quantised_by_the_scale_in_the_file_and_clipped(installed):
    interpreter = installed()
    window = np.zeros((1, 256, 64), np.float32)
    window[0, 0, :4] = [1.9, -2.4, 1e6, -1e6]
    TfliteModel(b"", (256, 64), 8)(window)
    assert interpreter.given.dtype == np.int8
    assert interpreter.given[0, 0, :5].tolist() == [1, -8, 127, -128, -3]


def test_output_is_dequantised_by_the_scale_in_the_file(installed):
    installed()
    logits = TfliteModel(b"", (256, 64), 8)(np.zeros((2, 256, 64), np.float32))
    expected = (np.arange(8) - 2) * 0.25
    np.testing.assert_allclose(logits, [expected, expected])
    assert logits.dtype == np.float32


def test_a_float_model_is_used_as_it_is(installed):
    interpreter = installed(input_quantization=(0.0, 0), output_quantization=(0.0, 0))
    logits = TfliteModel(b"", (256, 64), 8)(np.full((1, 256, 64), 0.3, np.float32))
    np.testing.assert_allclose(interpreter.given, np.float32(0.3))
    np.testing.assert_allclose(logits, [np.arange(8)])


@pytest.mark.parametrize(("window_shape", "n_labels"), [((200, 64), 8), ((256, 64), 7)])
def test_a_model_of_another_shape_is_refused(installed, window_shape, n_labels):
    installed()
    with pytest.raises(ModelError, match=r"maps \[\[1, 256, 64\], \[1, 8\]\], its"):
        TfliteModel(b"", window_shape, n_labels)


def test_threads_take_turns_with_the_interpreter(installed):
    interpreter = installed()
    model = TfliteModel(b"", (256, 64), 8)
    windows = np.zeros((5, 256, 64), np.float32)
    threads = [threading.Thread(target=model, args=(windows,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert interpreter.overlaps == 0
