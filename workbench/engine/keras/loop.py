"""The training loop of a Keras run: stage after stage, step after step.

1. A step trains on one batch; what it says of loss and accuracy is told a few times a second and for each epoch.
2. After each epoch the network is measured on the held-out images, and the best weights are remembered.
3. A stop that is asked for finishes the step, saves, and leaves the best network so far as the result.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.core import events
from workbench.core.checkpoints import latest, staged
from workbench.core.context import RunContext, Stop
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.engine.keras import checkpoint
from workbench.engine.keras.checkpoint import Arrays, State
from workbench.engine.keras.judging import measure
from workbench.engine.keras.stages import Stage
from workbench.engine.keras.telling import Sums, Teller


@dataclass(frozen=True)
class Trained:
    """The variables of a run.

    Attributes:
        stages: What each stage trains.
        chance: States of random generators.
    """

    stages: list[list[keras.Variable]]
    chance: list[keras.Variable]

    @property
    def all(self) -> list[keras.Variable]:
        """What any stage trains."""
        return list({id(variable): variable for stage in self.stages for variable in stage}.values())


class Loop:
    """A run of one stage or two.

    Args:
        context: The run.
        stages: In their order.
        trained: What they train.
        truth: Classes of the held-out images (N,).
        state: Where a fresh run is.
        teller: Tells the steps.
        order: Metrics that decide which weights are kept, see `workbench.engine.classes.BEST`.
        save_every: Epochs between two checkpoints; 0 for none.
        keep: Writes the result; called at the end and at a stop, when the weights to keep are in place.

    Attributes:
        state: Where the run is.
    """

    def __init__(
        self,
        context: RunContext,
        stages: Sequence[Stage],
        trained: Trained,
        truth: NDArray[np.int32],
        state: State,
        teller: Teller,
        order: dict[str, int],
        save_every: int,
        keep: Callable[[], None],
    ) -> None:
        self.context, self.stages, self.trained, self.truth = context, stages, trained, truth
        self.state, self.teller, self.order, self.save_every, self.keep = state, teller, order, save_every, keep
        self.total = teller.total
        self._best: Arrays = {}
        self._begun = self._saved = -1

    def train(self) -> None:
        """Train to the end.

        Raises:
            Stop: It was asked to stop and has saved.
            UserError: The loss is no longer a number, or the checkpoint is of other classes.
        """
        self._restore()
        if self._rest() == 0 and self.state.looked != self.state.step:  # the first, or one that a stop came before
            self._end_epoch()
        self.context.phase(tr("Training"))
        while self.state.step < self.total:
            self._step()
            self._housekeeping()
        self._keep()

    def _place(self) -> tuple[int, int]:
        """Return the stage of the next step and its number there; at the end that of the last one."""
        stage, step = 0, self.state.step
        while step >= self.stages[stage].steps and stage + 1 < len(self.stages):
            step -= self.stages[stage].steps
            stage += 1
        return stage, step

    def _rest(self) -> int:
        """Return how many steps of the epoch are done; 0 at the end of an epoch or of a stage."""
        return 0 if self.state.step == self.total else self._place()[1] % self.stages[self.state.stage].per_epoch

    def _begin(self, stage: int) -> None:
        self.stages[stage].begin(self.trained.stages[stage])
        self._begun = stage
        if stage > 0 and self._place()[1] == 0:
            self.context.emit(events.Note(text=tr("Now the last layers of the base are trained, too.")))

    def _step(self) -> None:
        stage, step = self._place()
        if stage != self._begun:
            self._begin(stage)
        began = time.perf_counter()
        seen = self.stages[stage].learn(step)
        done = self.state.step + 1
        self._change(step=done, stage=stage, epoch=self.state.epoch + seen)
        self.teller.step(done, stage, seen, time.perf_counter() - began)

    def _change(self, **values: Any) -> None:
        self.state = msgspec.structs.replace(self.state, **values)

    def _housekeeping(self) -> None:
        step, last, rest = self.state.step, self.state.step == self.total, self._rest()
        if self.context.asked("stop") and not last:
            self.teller.tell(step)
            self._save()
            self._keep()
            raise Stop(step)
        if rest == 0:
            self._end_epoch()
        epochs = self._place()[1] // self.stages[self.state.stage].per_epoch
        due = rest == 0 and self.save_every > 0 and epochs % self.save_every == 0
        if self.context.asked("save") or last or due:
            self._save()

    def _end_epoch(self) -> None:
        self.teller.tell(self.state.step)
        if self.state.epoch.judged:
            self.teller.values(self.state.step, self.state.epoch.means("epoch"))
        self._change(epoch=Sums())
        self._look()

    def _look(self) -> None:
        """Measure on the held-out images, and remember the weights if they are the best."""
        step = self.state.step
        if len(self.truth):
            values = measure(self.stages[self.state.stage].judge(), self.truth)
            self.teller.values(step, values)
            if step and self.order and (not self.state.best_step or self._rank(values) > self._rank()):
                self._change(best_step=step, best_values=values)
                self._best = checkpoint.values(self.trained.all)
        self._change(looked=step)

    def _rank(self, values: dict[str, float] | None = None) -> list[float]:
        known = self.state.best_values if values is None else values
        return [sign * known[name] for name, sign in self.order.items()]

    def _keep(self) -> None:
        if self.state.best_step not in (0, self.state.step):
            text = tr("The model of step {step} is kept: it did best on the held-out rows.", step=self.state.best_step)
            self.context.emit(events.Note(text=text))
            checkpoint.assign(self.trained.all, self._best)
        self.keep()

    def _save(self) -> None:
        if self.state.step == self._saved:
            return
        if self._begun >= 0:
            self.stages[self._begun].settle()
        groups = {"weights": checkpoint.values([*self.trained.all, *self.trained.chance]), "best": self._best}
        if self._begun >= 0:
            groups["adam"] = checkpoint.values(self.stages[self._begun].optimizer.state)
        with staged(self.context.run.checkpoints, self.state.step) as folder:
            checkpoint.save(folder, self.state, groups)
        self._saved = self.state.step
        self.context.emit(events.Saved(step=self.state.step))

    def _restore(self) -> None:
        folder = latest(self.context.run.checkpoints) if self.context.resume else None
        if folder is None:
            return
        labels, self.state = self.state.labels, checkpoint.load_state(folder)
        if self.state.labels != labels:
            raise UserError(tr("This run learnt other classes than its data has now. Start a new run."))
        if self.state.step:
            checkpoint.assign([*self.trained.all, *self.trained.chance], checkpoint.load_group(folder, "weights"))
        self._best = checkpoint.load_group(folder, "best")
        self._saved = self.state.step
        stage = self._place()[0]
        if self.state.step and stage == self.state.stage:
            self._begin(stage)
            checkpoint.assign(self.stages[stage].optimizer.state, checkpoint.load_group(folder, "adam"))
        self.teller.progress(self.state.step)
