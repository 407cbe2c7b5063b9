"""The optimizer against the same written in NumPy, where singular values can be computed."""

import json

import numpy as np
import pytest

from tests.training.in_keras import needs_tensorflow, printed_json

RATE, KERNEL_FACTOR, DECAY, MOMENTUM = 0.01, 5.0, 0.1, 0.95
N_STEPS = 3
SHAPES = {"wide": (3, 3, 4, 6), "tall": (1, 1, 3, 12), "matrix": (7, 5), "vector": (9,)}

MOVED = """
import json, sys
import keras
import numpy as np
from assistant.training.orthogonal_momentum import OrthogonalMomentum

def moved(optimizer, gradients, variables):
    for of_step in gradients:
        optimizer.apply([np.array(each, "float32") for each in of_step], variables)
    return [each.numpy().tolist() for each in variables]

starts, gradients = json.loads(sys.argv[1])
variables = [keras.Variable(np.array(start, "float32")) for start in starts]
optimizer = OrthogonalMomentum(0.01, kernel_rate=5.0, decay=0.1, use_ema=True, ema_momentum=0.5)
before = moved(optimizer, gradients[:2], variables)
state = {}
optimizer.save_own_variables(state)
copies = [keras.Variable(each) for each in before]
again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
again.build(copies)
again.load_own_variables(state)
found = [moved(optimizer, gradients[2:], variables), moved(again, gradients[2:], copies)]
optimizer.finalize_variable_values(variables)
print(json.dumps([*found, [each.numpy().tolist() for each in variables]]))
"""


def orthogonal(matrix):
    """Jordan's iteration, by the singular values that it moves."""
    left, values, right = np.linalg.svd(matrix, full_matrices=False)
    values = values / (np.linalg.norm(values) + 1e-7)
    for _ in range(5):
        values = 3.4445 * values - 4.7750 * values**3 + 2.0315 * values**5
    return left * values @ right


def kernels(start, gradients):
    """Return the kernel after each step, by the paper."""
    mean, kernel, found = 0.0, start, []
    for gradient in gradients:
        mean = MOMENTUM * mean + gradient
        ahead = gradient + MOMENTUM * mean
        matrix = np.moveaxis(ahead, -1, 0).reshape(ahead.shape[-1], -1)
        scale = np.sqrt(max(1, matrix.shape[0] / matrix.shape[1]))
        update = np.moveaxis((scale * orthogonal(matrix)).reshape(-1, *ahead.shape[:-1]), 0, -1)
        kernel = kernel - RATE * KERNEL_FACTOR * (update + DECAY * kernel)
        found.append(kernel)
    return found


def by_adam(start, gradients, decay):
    mean = square = 0.0
    value, found = start, []
    for step, gradient in enumerate(gradients, start=1):
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.999 * square + 0.001 * gradient**2
        update = mean / (1 - 0.9**step) / (np.sqrt(square / (1 - 0.999**step)) + 1e-8)
        value = value - RATE * (update + decay * value)
        found.append(value)
    return found


@pytest.mark.long
@needs_tensorflow
def test_it_moves_as_the_papers_say_and_goes_on_from_what_is_stored():
    rng = np.random.default_rng(1)
    starts = [rng.standard_normal(shape) for shape in SHAPES.values()]
    gradients = [
        [rng.standard_normal(shape) * 10 ** rng.uniform(-3, 3) for shape in SHAPES.values()]
        for _ in range(N_STEPS)
    ]
    given = [[each.tolist() for each in starts], [[g.tolist() for g in s] for s in gradients]]
    moved, resumed, averages = printed_json(MOVED, json.dumps(given))
    assert resumed == moved
    of_each = list(zip(*gradients, strict=True))
    steps = [
        kernels(starts[0], of_each[0]),
        kernels(starts[1], of_each[1]),
        by_adam(starts[2], of_each[2], DECAY),
        by_adam(starts[3], of_each[3], 0.0),  # weight decay spares vectors
    ]
    for name, found, average, (first, second, last) in zip(
        SHAPES, moved, averages, steps, strict=True
    ):
        np.testing.assert_allclose(found, last, atol=2e-4, err_msg=name)
        expected = 0.25 * first + 0.25 * second + 0.5 * last
        np.testing.assert_allclose(average, expected, atol=2e-4, err_msg=name)


SINGULAR = """
import json
import numpy as np
from assistant.training.orthogonal_momentum import orthogonal
rng = np.random.default_rng(0)
found = []
for shape in ((6, 36), (36, 6), (48, 288)):
    update = np.array(orthogonal(rng.standard_normal(shape).astype("float32")))
    found.append(np.linalg.svd(update, compute_uv=False).tolist())
print(json.dumps(found))
"""


@pytest.mark.long
@needs_tensorflow
def test_updates_are_nearly_orthogonal():
    for values in printed_json(SINGULAR):
        assert 0.6 < min(values) <= max(values) < 1.3
