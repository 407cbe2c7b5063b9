"""What the network loses where a teacher says how likely each label is.

Imports Keras at the top, for the class below is one of its; import it where it is used.
"""

from typing import Any

import keras
from keras import ops

from assistant.training.network import masked_cross_entropy


@keras.saving.register_keras_serializable("tonewise")
class TaughtCrossEntropy(keras.losses.Loss):  # type: ignore[misc] # Keras is untyped
    """Cross entropy with the labels, and with a teacher's softened probabilities.

    G. Hinton et al. 2015, arXiv 1503.02531, section 2. Logits divided by a temperature have
    gradients that are smaller by as much and once more, where probabilities differ little;
    the factor makes up for the first.

    Targets are ``(n, 3 * n_labels)``: those of `masked_cross_entropy`, then the teacher's
    probabilities at the temperature; logits are ``(n, n_labels)``.
    """

    def __init__(
        self,
        share: float,
        temperature: float,
        **keras_arguments: Any,  # noqa: ANN401
    ) -> None:
        """Take the settings.

        Args:
            share: Of the teacher's part, 0 to 1; the rest is the labels'.
            temperature: By which logits are divided, as the teacher's were.
            **keras_arguments: Of `keras.losses.Loss`.
        """
        super().__init__(**{"name": "taught", **keras_arguments})
        self.share, self.temperature = share, temperature

    def call(self, y_true: keras.KerasTensor, y_pred: keras.KerasTensor) -> keras.KerasTensor:
        """Return the loss of a batch."""
        wanted, allowed, said = ops.split(y_true, 3, axis=-1)
        of_labels = masked_cross_entropy(ops.concatenate([wanted, allowed], axis=-1), y_pred)
        soft = ops.concatenate([said, allowed], axis=-1)
        of_teacher = masked_cross_entropy(soft, y_pred / self.temperature)
        return (1 - self.share) * of_labels + self.share * self.temperature * of_teacher

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make the same loss."""
        return {
            **super().get_config(),
            "share": self.share,
            "temperature": self.temperature,
        }
