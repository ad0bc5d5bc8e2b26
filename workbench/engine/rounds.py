"""The story of learning from a reward, whatever the algorithm.

1. Load one frozen base with the adapters of all players.
2. Each round: write answers to the next prompts, let reward model and reference judge them, and let the learner move
   the policy. Every random choice follows from seed and round: a resumed run is the run that was not stopped.
3. Now and then: an evaluation on held-out prompts, a checkpoint. A stop that is asked for finishes the round and saves.
4. Keep the policy as the result, so that it can be used, exported, and improved again.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import torch

from workbench.core import events
from workbench.core.checkpoints import latest, staged
from workbench.core.context import RunContext, Stop
from workbench.core.datasets.dataset import Dataset
from workbench.core.i18n import tr
from workbench.core.trial import PEAK, SECONDS
from workbench.engine.actors import POLICY, Actors
from workbench.engine.device import Device, memory_mb, peak, probe, seed_everything
from workbench.engine.results import save_result
from workbench.engine.rl import KLController
from workbench.engine.rollouts import Prompts, Rollout, describe, evaluate, roll_out
from workbench.engine.state import load_training_state, save_training_state

if TYPE_CHECKING:
    from workbench.tasks.rounds import RoundOptions

SAMPLES = 2
"""Answers a round that are shown."""


class Learner(Protocol):
    """An algorithm: what it trains and how it learns from a round.

    Attributes:
        parameters: Everything that is trained, by name.
        optimizer: Has them in the same order.
    """

    parameters: dict[str, torch.nn.Parameter]
    optimizer: torch.optim.Optimizer

    def learn(self, rollout: Rollout, kl_coefficient: float, step: int) -> dict[str, float]:
        """Move the policy by one round and return metrics."""

    def keep(self) -> None:
        """Write what else belongs to the result, besides the policy."""


MakeLearner = Callable[[Actors], Learner]


def train(context: RunContext, options: "RoundOptions", *, with_value: bool, learner: MakeLearner) -> None:
    """Do a whole run with the learner that ``learner`` makes."""
    device = probe(options.precision)
    seed_everything(options.seed)
    context.phase(tr("Loading the model"))
    actors = Actors(context, device, with_value=with_value)
    prompts = Prompts(Dataset(context.data), actors.tokenizer, options.max_prompt_length, options.seed)
    if prompts.left_out:
        context.emit(events.Note(text=tr("{count} prompts are too long and are left out.", count=prompts.left_out)))
    Rounds(context, options, device, actors, prompts, learner(actors)).train()


class Rounds:
    """The rounds of a run; see the head of this file."""

    def __init__(
        self,
        context: RunContext,
        options: "RoundOptions",
        device: Device,
        actors: Actors,
        prompts: Prompts,
        learner: Learner,
    ) -> None:
        self.context, self.options, self.device = context, options, device
        self.actors, self.prompts, self.learner = actors, prompts, learner
        self.controller = KLController(options.kl_coefficient, options.kl_target or None)
        self.per_round = 0.0

    def train(self) -> None:
        """Go through the rounds to the end.

        Raises:
            Stop: It was asked to stop and has saved.
            UserError: A number is no longer one.
        """
        if self.context.trial:
            self._try()
            return
        step = self._restore()
        while step < self.options.max_steps:
            if step == 0 or (self.options.eval_every and step % self.options.eval_every == 0):
                self._evaluate(step)
            self._round(step)
            step += 1
            self._housekeeping(step)
        self._evaluate(step)
        self._save(step)
        self._keep()

    def _try(self) -> None:
        """Do a round with the longest prompts, in which no answer ends before it has its full length."""
        self.prompts.sort()
        self.actors.ends.clear()
        began = time.perf_counter()
        self._round(0)
        seconds = time.perf_counter() - began
        self.context.metrics(1, {SECONDS: seconds, PEAK: peak(self.device)})

    def _restore(self) -> int:
        checkpoint = latest(self.context.run.checkpoints) if self.context.resume else None
        if checkpoint is None:
            return 0
        extra = load_training_state(checkpoint, parameters=self.learner.parameters, optimizer=self.learner.optimizer)
        self.controller.coefficient = extra["kl_coefficient"]
        self.context.emit(events.Progress(step=extra["step"], total=self.options.max_steps))
        return int(extra["step"])

    def _round(self, step: int) -> None:
        began = time.perf_counter()
        options = self.options
        self.context.phase(tr("Writing answers"))
        chosen = self.prompts.of_round(step, options.batch_size)
        rollout = roll_out(
            self.actors, chosen, options, count=options.answers, seed=options.seed + 1_000_033 * (step + 1)
        )
        self.context.phase(tr("Learning from them"))
        values = describe(rollout) | {"kl/coefficient": self.controller.coefficient}
        values |= self.learner.learn(rollout, self.controller.coefficient, step)
        self.controller.update(values["kl/mean"])
        seconds = time.perf_counter() - began
        values["tokens_per_second"] = float(rollout.mask.sum()) / seconds
        values["memory_mb"] = memory_mb(self.device)
        self.context.metrics(step + 1, values)
        self._report(step + 1, rollout, seconds)

    def _report(self, step: int, rollout: Rollout, seconds: float) -> None:
        self.per_round = seconds if not self.per_round else 0.7 * self.per_round + 0.3 * seconds
        left = (self.options.max_steps - step) * self.per_round
        self.context.emit(events.Progress(step=step, total=self.options.max_steps, seconds_left=left))
        self._show(step, rollout)

    def _show(self, step: int, rollout: Rollout) -> None:
        kl = rollout.kl.sum(1)
        for row in range(min(SAMPLES, len(rollout.texts))):
            values = {"reward": float(rollout.rewards[row]), "kl": float(kl[row])}
            prompt, response = rollout.prompts[row].text, rollout.texts[row]
            self.context.emit(events.Sample(step=step, prompt=prompt, response=response, values=values))

    def _housekeeping(self, step: int) -> None:
        if step == self.options.max_steps:
            return
        if self.context.asked("stop"):
            self._save(step)
            self._keep()
            raise Stop(step)
        if self.context.asked("save") or (self.options.save_every and step % self.options.save_every == 0):
            self._save(step)

    def _evaluate(self, step: int) -> None:
        self.context.phase(tr("Evaluating"))
        values, rollout = evaluate(self.actors, self.prompts, self.options)
        self.context.metrics(step, values)
        if step == 0:
            self._show(0, rollout)

    def _save(self, step: int) -> None:
        extra = {
            "step": step,
            "kl_coefficient": self.controller.coefficient,
        }
        with staged(self.context.run.checkpoints, step) as folder:
            save_training_state(
                folder, parameters=self.learner.parameters, optimizer=self.learner.optimizer, extra=extra
            )
        self.context.emit(events.Saved(step=step))

    def _keep(self) -> None:
        self.context.run.result.mkdir(exist_ok=True)
        self.learner.keep()
        save_result(self.context, self.actors.model, self.actors.tokenizer, base=self.actors.base, adapter=POLICY)
