"""Muon for convolutions: momentum made orthogonal; AdamW for everything else.

K. Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks",
kellerjordan.github.io/posts/muon. Keras's own Muon takes matrices alone and gives the
four-dimensional kernels of a CNN to AdamW, so that it would move nothing here.

Imports Keras at the top, for the class below is one of its; import it where it is used.
"""

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic that `orthogonal` iterates; Jordan's, steep at 0 so that 5 rounds do."""

ROUNDS = 5


@keras.saving.register_keras_serializable("tonewise")
class OrthogonalMomentum(keras.optimizers.Optimizer):  # type: ignore[misc] # Keras is untyped
    """Nesterov momentum, made orthogonal, for convolution kernels; AdamW for the rest.

    Kernels are seen as matrices ``(n_out, rest)``. Their update has singular values near 1
    whatever the gradient's size, so that rare directions are learnt as quickly as common
    ones. Weight decay is decoupled (Loshchilov & Hutter 2019, arXiv 1711.05101) and spares
    vectors: the scales and shifts of normalisation and the biases.
    """

    def __init__(
        self,
        learning_rate: Any = 2e-3,  # noqa: ANN401 - whatever Keras takes: number or schedule
        kernel_rate: float = 10.0,
        momentum: float = 0.95,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        decay: float = 1e-2,
        **keras_arguments: Any,  # noqa: ANN401
    ) -> None:
        """Take the rates; the defaults are those of the two papers.

        Args:
            learning_rate: Of AdamW: a number or one of Keras's schedules.
            kernel_rate: The rate of kernels as a factor on ``learning_rate``.
            momentum: Share of a kernel's momentum that is kept at a step, 0 to 1.
            beta_1: AdamW's share of the mean gradient that is kept.
            beta_2: AdamW's share of the mean squared gradient that is kept.
            epsilon: AdamW's guard against division by 0.
            decay: Share of a weight that is taken off at a step, times its rate.
            **keras_arguments: Of `keras.optimizers.Optimizer`, such as ``use_ema``.
        """
        super().__init__(learning_rate=learning_rate, **keras_arguments)
        self.kernel_rate, self.momentum, self.decay = kernel_rate, momentum, decay
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def build(self, variables: Sequence[keras.Variable]) -> None:
        """Make room for the momentum of each variable and AdamW's mean squares."""
        if self.built:
            return
        super().build(variables)
        self._means = self.add_optimizer_variables(variables, "mean")
        others = [each for each in variables if not _is_kernel(each)]
        squares = iter(self.add_optimizer_variables(others, "square"))
        self._squares = [None if _is_kernel(each) else next(squares) for each in variables]

    def update_step(
        self,
        gradient: keras.KerasTensor,
        variable: keras.Variable,
        learning_rate: keras.KerasTensor,
    ) -> None:
        """Move one variable by one step."""
        place = self._get_variable_index(variable)
        gradient = ops.cast(gradient, variable.dtype)
        rate = ops.cast(learning_rate, variable.dtype)
        if _is_kernel(variable):
            rate = rate * self.kernel_rate
            update = self._kernel_update(gradient, self._means[place])
        else:
            update = self._adam_update(gradient, self._means[place], self._squares[place])
        if len(variable.shape) > 1:
            update = update + self.decay * variable
        self.assign_sub(variable, rate * update)

    def _kernel_update(
        self, gradient: keras.KerasTensor, mean: keras.Variable
    ) -> keras.KerasTensor:
        self.assign(mean, self.momentum * mean + gradient)
        ahead = gradient + self.momentum * mean
        matrix = ops.transpose(ops.reshape(ahead, (-1, ahead.shape[-1])))  # (n_out, rest)
        n_rows, n_columns = matrix.shape
        update = orthogonal(matrix) * max(1.0, n_rows / n_columns) ** 0.5
        return ops.reshape(ops.transpose(update), ahead.shape)

    def _adam_update(
        self, gradient: keras.KerasTensor, mean: keras.Variable, square: keras.Variable
    ) -> keras.KerasTensor:
        step = ops.cast(self.iterations + 1, gradient.dtype)
        self.assign_add(mean, (1 - self.beta_1) * (gradient - mean))
        self.assign_add(square, (1 - self.beta_2) * (gradient**2 - square))
        unbiased = mean / (1 - self.beta_1**step)
        return unbiased / (ops.sqrt(square / (1 - self.beta_2**step)) + self.epsilon)

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same optimizer, without its state."""
        own = ("kernel_rate", "momentum", "beta_1", "beta_2", "epsilon", "decay")
        return {**super().get_config(), **{name: getattr(self, name) for name in own}}


def orthogonal(matrix: keras.KerasTensor) -> keras.KerasTensor:
    """Return nearly ``U V'`` of a matrix ``U S V'``: its singular values near 1, 0.7 to 1.2.

    Newton-Schulz iteration: ``X <- a X + b (X X') X + c (X X')^2 X`` with `COEFFICIENTS`.

    Args:
        matrix: Shape ``(n_rows, n_columns)``, float32.
    """
    a, b, c = COEFFICIENTS
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if is_tall else matrix  # the shorter side makes the products
    x = x / (ops.norm(x) + 1e-7)
    for _ in range(ROUNDS):
        products = ops.matmul(x, ops.transpose(x))
        x = a * x + ops.matmul(b * products + c * ops.matmul(products, products), x)
    return ops.transpose(x) if is_tall else x


def _is_kernel(variable: keras.Variable) -> bool:
    return len(variable.shape) == 4
