"""The part of a run that computes features: with the time that is left, and a stop that loses nothing."""

import shutil
import time
from collections.abc import Callable
from itertools import compress

import numpy as np

from workbench.core import events
from workbench.core.checkpoints import latest, staged
from workbench.core.context import RunContext, Stop
from workbench.core.i18n import tr
from workbench.engine.keras import checkpoint, features
from workbench.engine.keras.checkpoint import State
from workbench.engine.keras.features import Features, Trunk
from workbench.engine.keras.images import Alter, Images

NAMED = 5
"""Images that cannot be used that a warning names."""

EVERY = 1.0
"""Seconds between two words on how far it is."""


class FeaturePass:
    """Computes the features of a run once, into its folder.

    Args:
        context: The run.
        trunk: Images to features, exactly: what is measured is measured by what is kept in the end.
        quick: The same, perhaps less exactly, for the images to learn from.
        fresh: Where the run is before its first step: a stop during the pass saves that.
        alter: Makes altered views of the images to learn from.
        steps: How many the run has.
        later: Tells the seconds that these will take, from the seconds that the trunk takes for an image.

    Attributes:
        seconds_an_image: What the trunk took for an image.
    """

    def __init__(
        self,
        context: RunContext,
        trunk: Trunk,
        quick: Trunk,
        fresh: State,
        alter: Alter | None,
        steps: int,
        later: Callable[[float], float],
    ) -> None:
        self._context, self._trunk, self._quick = context, trunk, quick
        self._fresh, self._alter = fresh, alter
        self._steps, self._later = steps, later
        self._folder = context.run.path / "features"
        self.seconds_an_image = 0.0
        self._told_at = 0.0
        self._first: tuple[int, float] | None = None

    def compute(self, images: Images, held_out: Images, views: int) -> tuple[Features, Features]:
        """Return the features of the images to learn from, with views, and of the held-out ones.

        Raises:
            Stop: It was asked to stop; what was computed is kept for the next time.
        """
        self._folder.mkdir(exist_ok=True)
        self._context.phase(tr("Computing what the base sees in each image"))
        self._began, self._total = time.monotonic(), len(images) * views + len(held_out)
        learnt = features.compute(
            self._quick, images, self._folder / "learnt", lambda done: self._tell(done * views), self._alter, views
        )
        before = len(images) * views
        judged = features.compute(
            self._trunk, held_out, self._folder / "held-out", lambda done: self._tell(before + done)
        )
        self._warn([*_unreadable(images, learnt), *_unreadable(held_out, judged)])
        return learnt, judged

    def forget(self) -> None:
        """Remove the features: the run needs them no longer."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _tell(self, done: int) -> None:
        at = time.monotonic()
        if self._first is None:  # it has paid for the start, and nothing is known yet of how fast the next ones are
            self._first = (done, at)
            self.seconds_an_image = (at - self._began) / done
        elif done > self._first[0]:
            self.seconds_an_image = (at - self._first[1]) / (done - self._first[0])
        if at - self._told_at >= EVERY:
            self._told_at = at
            left = (self._total - done) * self.seconds_an_image + self._later(self.seconds_an_image)
            self._context.emit(events.Progress(step=0, total=self._steps, seconds_left=left))
            share = {"done": f"{done:,}", "total": f"{self._total:,}"}
            self._context.phase(tr("Computing what the base sees: {done} of {total} images", **share))
        if self._context.asked("stop"):
            self._save()
            raise Stop(0)

    def _save(self) -> None:
        if latest(self._context.run.checkpoints) is None:
            with staged(self._context.run.checkpoints, 0) as folder:
                checkpoint.save(folder, self._fresh, {})
            self._context.emit(events.Saved(step=0))

    def _warn(self, left_out: list[str]) -> None:
        if left_out:
            images = ", ".join(left_out[:NAMED]) + (" …" if len(left_out) > NAMED else "")
            text = tr("{count} images cannot be read and are left out: {images}", count=len(left_out), images=images)
            self._context.emit(events.Note(text=text, level="warning"))


def _unreadable(images: Images, found: Features) -> list[str]:
    seen = np.zeros(len(images), bool)
    seen[found.rows] = True
    return list(compress(images.names, ~seen))
