"""The numbers of one curve: they grow point by point and are smoothed as they come."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Series:
    """Points of one curve, x in steps, with an exponential moving average beside them.

    The average is divided by the sum of its weights (Kingma and Ba, arXiv 1412.6980, section 3), so that its first
    values are not pulled towards zero.
    """

    def __init__(self) -> None:
        self._data: Floats = np.empty((3, 64))
        self._length = 0
        self._weight = 0.0
        self._sum = 0.0
        self._scale = 0.0

    def __len__(self) -> int:
        return self._length

    @property
    def x(self) -> Floats:
        """Steps, shape (points,)."""
        return self._data[0, : self._length]

    @property
    def y(self) -> Floats:
        """Values, shape (points,)."""
        return self._data[1, : self._length]

    @property
    def smooth(self) -> Floats:
        """Smoothed values, shape (points,)."""
        return self._data[2, : self._length]

    def add(self, x: float, y: float) -> None:
        """Append a point. A resumed run does some steps again: the new points take the place of the old ones."""
        if self._length and x <= self._data[0, self._length - 1]:
            self._length = int(np.searchsorted(self.x, x))
            self.set_smoothing(self._weight)
        if self._length == self._data.shape[1]:
            grown = np.empty((3, 2 * self._length))
            grown[:, : self._length] = self._data
            self._data = grown
        self._data[:, self._length] = x, y, self._next(y)
        self._length += 1

    def set_smoothing(self, weight: float) -> None:
        """Give the past a weight from 0 (no smoothing) to below 1, and smooth all points anew."""
        self._weight, self._sum, self._scale = weight, 0.0, 0.0
        self._data[2, : self._length] = [self._next(value) for value in self.y.tolist()]

    def _next(self, value: float) -> float:
        self._sum = self._weight * self._sum + (1 - self._weight) * value
        self._scale = self._weight * self._scale + (1 - self._weight)
        return self._sum / self._scale

    def at(self, x: float) -> tuple[float, float, float] | None:
        """Return step, value and smoothed value of the point nearest to ``x``; None without points."""
        if not self._length:
            return None
        nearest = min(int(np.searchsorted(self.x, x)), self._length - 1)
        if nearest and x - self.x[nearest - 1] < self.x[nearest] - x:
            nearest -= 1
        step, value, smooth = self._data[:, nearest].tolist()
        return step, value, smooth
