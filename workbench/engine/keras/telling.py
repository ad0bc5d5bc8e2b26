"""What is told of a run's steps: points of its curves, a few a second and one an epoch, and the time that is left."""

import math
import time
from collections.abc import Sequence

import msgspec

from workbench.core import events
from workbench.core.context import RunContext
from workbench.engine.keras.device import memory_mb

BETWEEN = 0.05
"""Seconds between two points of a curve at the least; a point is the mean of the steps since the one before."""

STEADY = 0.9
"""Weight of the past in the mean time of a step."""


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """What some steps saw.

    Attributes:
        loss: Sum of the losses of their images, each times its weight.
        weight: Sum of these weights.
        right: How many images were taken for what they are.
        judged: How many there were.
    """

    loss: float = 0.0
    weight: float = 0.0
    right: int = 0
    judged: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            loss=self.loss + other.loss,
            weight=self.weight + other.weight,
            right=self.right + other.right,
            judged=self.judged + other.judged,
        )

    def means(self, of: str) -> dict[str, float]:
        """Return mean loss and accuracy as metrics, ``train/loss`` and ``train/accuracy`` of “train”."""
        return {f"{of}/loss": self.loss / self.weight, f"{of}/accuracy": self.right / self.judged}


class Teller:
    """Tells a run's steps.

    Args:
        context: The run.
        steps: How many each stage has.
        per_epoch: How many an epoch has.
        guesses: Seconds that a step of each stage may take, as long as none was done.

    Attributes:
        steps: As given.
    """

    def __init__(self, context: RunContext, steps: Sequence[int], per_epoch: int, guesses: Sequence[float]) -> None:
        self._context, self.steps, self._per_epoch = context, steps, per_epoch
        self._pace, self._known = list(guesses), [False] * len(guesses)
        self._untold, self._seconds, self._told_at = Sums(), 0.0, 0.0

    @property
    def total(self) -> int:
        """Steps of all stages."""
        return sum(self.steps)

    def left(self, step: int) -> float:
        """Return the seconds that the steps after one will take."""
        seconds, first = 0.0, 0
        for count, pace in zip(self.steps, self._pace, strict=True):
            seconds += pace * (count - min(max(step - first, 0), count))
            first += count
        return seconds

    def step(self, step: int, stage: int, seen: Sums, seconds: float) -> None:
        """Take up a step, which took so many seconds; it is told now or with one of the next.

        Raises:
            UserError: The loss is no longer a number.
        """
        self._untold += seen
        self._seconds += seconds
        self._pace[stage] = STEADY * self._pace[stage] + (1 - STEADY) * seconds if self._known[stage] else seconds
        self._known[stage] = True
        if time.monotonic() - self._told_at >= BETWEEN or not math.isfinite(seen.loss):
            self.tell(step)

    def tell(self, step: int) -> None:
        """Tell what has not been told yet."""
        if not self._untold.judged:
            return
        values = self._untold.means("train")
        values["images_per_second"] = self._untold.judged / max(self._seconds, 1e-9)
        values["memory_mb"] = memory_mb()
        self._untold, self._seconds, self._told_at = Sums(), 0.0, time.monotonic()
        self.values(step, values)
        self.progress(step)

    def values(self, step: int, values: dict[str, float]) -> None:
        """Write metrics."""
        self._context.metrics(step, values, epoch=step / self._per_epoch)

    def progress(self, step: int) -> None:
        """Write how far the run is."""
        self._context.emit(events.Progress(step=step, total=self.total, seconds_left=self.left(step)))
