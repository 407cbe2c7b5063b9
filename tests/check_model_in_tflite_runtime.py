"""The shipped model in whatever TFLite interpreter is installed, without pytest.

``python tests/check_model_in_tflite_runtime.py`` in an environment with NumPy and either
interpreter; ends with status 1 where a probability is off by more than the tolerance.
"""

import sys

from golden_emotion import TOLERANCE, largest_difference

if __name__ == "__main__":
    difference = largest_difference()
    interpreter = next(
        (name for name in ("ai_edge_litert", "tflite_runtime") if name in sys.modules), "none"
    )
    print(f"{interpreter}: probabilities differ by at most {difference:.4f} of {TOLERANCE}")
    sys.exit(difference > TOLERANCE)
