"""Adam (Kingma and Ba, arXiv 1412.6980, algorithm 1, in the form at the end of section 2), one kernel a variable.

Keras' own goes over all numbers once for each operation; where a head has millions of weights that takes longer than
the gradients themselves. What it computes is the same.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

BETA_1, BETA_2, EPSILON = 0.9, 0.999, 1e-7
"""As in Keras."""


class Adam:
    """Adam for some variables.

    Args:
        variables: What is trained.
        rate: Learning rate.

    Attributes:
        state: Its own variables: how many steps were done, and the two moments of each variable.
    """

    def __init__(self, variables: Sequence[keras.Variable], rate: float) -> None:
        self._variables, self._rate = variables, rate
        self._steps = tf.Variable(0.0, trainable=False)
        self._moments = [tuple(tf.Variable(tf.zeros(v.shape), trainable=False) for _ in range(2)) for v in variables]
        self.state: list[Any] = [self._steps, *(moment for both in self._moments for moment in both)]

    def apply(self, gradients: Sequence[Any]) -> None:
        """Do a step along gradients, one for each variable."""
        self._steps.assign_add(1.0)
        for variable, gradient, (first, second) in zip(self._variables, gradients, self._moments, strict=True):
            tf.raw_ops.ResourceApplyAdam(
                var=variable.value.handle,
                m=first.handle,
                v=second.handle,
                beta1_power=tf.pow(BETA_1, self._steps),
                beta2_power=tf.pow(BETA_2, self._steps),
                lr=self._rate,
                beta1=BETA_1,
                beta2=BETA_2,
                epsilon=EPSILON,
                grad=gradient,
            )
