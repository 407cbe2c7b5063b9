"""A TFLite model as a callable; integer tensors are quantised and dequantised here."""

import threading
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from assistant.errors import ModelError
from assistant.features import Levels
from assistant.native_noise import native_noise_logged

Outputs = npt.NDArray[np.float32]
"""What the model gives for each window, shape ``(n_windows, n_outputs)``."""


class TfliteModel:
    """A TFLite model as a callable; one interpreter, used by one thread at a time."""

    def __init__(self, content: bytes, window_shape: tuple[int, ...], n_outputs: int) -> None:
        """Start the model.

        Args:
            content: The bytes of the file.
            window_shape: Shape of a window, as `FeatureRecipe.window_shape` gives it.
            n_outputs: Length of what it has to give for each.

        Raises:
            ModelError: no interpreter is installed, it refuses the bytes, or the shapes differ.
        """
        self._lock = threading.Lock()  # an interpreter shared without one gives wrong answers
        try:
            with native_noise_logged():  # it tells which delegate it made
                self._interpreter = _interpreter_class()(model_content=content, num_threads=1)
                self._interpreter.allocate_tensors()
        except (ValueError, RuntimeError) as error:
            raise ModelError(
                f"the interpreter refuses the model ({_one_line(error)}); install it again"
            ) from error
        (self._input,) = self._interpreter.get_input_details()
        (self._output,) = self._interpreter.get_output_details()
        found = [self._input["shape"].tolist(), self._output["shape"].tolist()]
        expected = [[1, *window_shape], [1, n_outputs]]
        if found != expected:
            raise ModelError(f"the model maps {found}, its description says {expected}")

    def __call__(self, windows: Levels) -> Outputs:
        """Return the outputs of each window.

        Raises:
            ModelError: the interpreter fails.
        """
        try:
            with self._lock:
                return np.concatenate([self._outputs(window) for window in windows])
        except (ValueError, RuntimeError) as error:
            raise ModelError(f"the model does not run: {_one_line(error)}") from error

    def _outputs(self, window: Levels) -> Outputs:
        quantised = _quantised(window[np.newaxis], self._input)
        self._interpreter.set_tensor(self._input["index"], quantised)
        self._interpreter.invoke()
        return _dequantised(self._interpreter.get_tensor(self._output["index"]), self._output)


def _quantised(values: Levels, details: Mapping[str, Any]) -> npt.NDArray[Any]:
    """Convert to the tensor's type; what does not fit is clipped, for a cast would wrap."""
    scale, zero_point = details["quantization"]
    dtype = np.dtype(details["dtype"])
    if scale == 0:  # TFLite's mark of a tensor that is not quantised
        return values.astype(dtype)
    limits = np.iinfo(dtype)
    return np.asarray(
        np.clip(np.round(values / scale) + zero_point, limits.min, limits.max), dtype=dtype
    )


def _dequantised(tensor: npt.NDArray[Any], details: Mapping[str, Any]) -> Outputs:
    scale, zero_point = details["quantization"]
    if scale == 0:
        return tensor.astype(np.float32)
    return np.asarray((tensor.astype(np.float32) - zero_point) * scale, dtype=np.float32)


def _interpreter_class() -> Callable[..., Any]:
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        try:
            from tflite_runtime.interpreter import Interpreter
        except ImportError as error:
            raise ModelError(
                "no TFLite interpreter is installed; run: pip install ai-edge-litert"
            ) from error
    interpreter: Callable[..., Any] = Interpreter
    return interpreter


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
