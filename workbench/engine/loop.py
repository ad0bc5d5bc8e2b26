"""The training loop of every supervised task.

1. One step takes ``batch_size`` examples, in micro-batches that fit into memory; their losses are divided by the
   weight of the whole step, so that a batch of 8 equals 8 accumulated batches of 1.
2. Gradients are clipped, the learning rate warms up and falls in a line (a pure function of the step). An adapter with
   a schedule of its own adds its penalty before and has its say after.
3. Now and then: evaluation, samples, a checkpoint. A stop that is asked for finishes the step and saves.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import torch

from workbench.core import events, registry
from workbench.core.checkpoints import latest, staged
from workbench.core.context import RunContext, Stop
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import parse
from workbench.core.trial import PEAK, SECONDS
from workbench.engine import batching
from workbench.engine.best import Best
from workbench.engine.device import Device, autocast, memory_mb, peak
from workbench.engine.models import trainable
from workbench.engine.state import load_training_state, save_training_state

EPSILON = 1e-8
"""Keeps AdamW from dividing by nothing (Kingma and Ba, arXiv 1412.6980, algorithm 1)."""


class Settings(Protocol):
    """What the loop needs of a task's Options."""

    @property
    def epochs(self) -> float: ...  # noqa: D102
    @property
    def max_steps(self) -> int: ...  # noqa: D102
    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def micro_batch(self) -> int: ...  # noqa: D102
    @property
    def learning_rate(self) -> float: ...  # noqa: D102
    @property
    def warmup_ratio(self) -> float: ...  # noqa: D102
    @property
    def weight_decay(self) -> float: ...  # noqa: D102
    @property
    def max_grad_norm(self) -> float: ...  # noqa: D102
    @property
    def eval_every(self) -> int: ...  # noqa: D102
    @property
    def save_every(self) -> int: ...  # noqa: D102
    @property
    def seed(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Part:
    """What some examples of a step give.

    Attributes:
        loss: Their summed loss, a scalar with gradient.
        tokens: How many tokens were computed.
        right: Of how many predictions (answer tokens, pairs) the right one was likeliest.
        judged: Of how many in all.
    """

    loss: torch.Tensor
    tokens: int
    right: float
    judged: int


class Objective(Protocol):
    """What a task teaches: its examples, their loss, and how well it goes."""

    lengths: list[int]

    def weight(self, indices: list[int]) -> float:
        """Return the weight of some examples in a step's mean (tokens of the answers, say)."""

    def loss(self, indices: list[int]) -> Part:
        """Compute the loss of some examples."""

    def evaluate(self) -> dict[str, float]:
        """Return metrics (``eval/loss`` ...) on the held-out part; empty when there is none."""

    def samples(self) -> list[tuple[str, str]]:
        """Return prompts and what the model answers now."""


@dataclass
class _Clock:
    """Seconds and tokens of the steps since the last report; evaluations and checkpoints are left out of the speed."""

    seconds: float = 0.0
    tokens: int = 0
    per_step: float = 0.0

    def add(self, seconds: float, tokens: int) -> None:
        self.seconds += seconds
        self.tokens += tokens
        self.per_step = seconds if not self.per_step else 0.9 * self.per_step + 0.1 * seconds


def learning_rate_at(step: int, total: int, peak: float, warmup_ratio: float) -> float:
    """Return the learning rate of a step (from 0): a linear rise over the warm-up, then a linear fall to 0."""
    warmup = int(total * warmup_ratio)
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (total - step) / max(1, total - warmup)


def total_steps(examples: int, settings: Settings) -> int:
    """Return the number of steps of a run: ``max_steps`` if given, else the epochs."""
    per_epoch = -(-examples // settings.batch_size)
    return settings.max_steps or max(1, round(per_epoch * settings.epochs))


class Loop:
    """A supervised run.

    Args:
        context: The run.
        model: The model with its trainable parameters.
        head: A module beside the model that is trained too (a reward head).
        objective: What is taught.
        settings: The task's Options.
        device: Where it computes.
        keep: Writes ``result/``; called at the end and at a stop.
        best: Which metrics decide what is kept (see `workbench.engine.best.Best`); nothing keeps the last weights.
    """

    def __init__(
        self,
        context: RunContext,
        model: torch.nn.Module,
        objective: Objective,
        settings: Settings,
        device: Device,
        keep: Callable[[], None],
        head: torch.nn.Module | None = None,
        best: Mapping[str, int] | None = None,
    ) -> None:
        self.context, self.model, self.objective, self.settings, self.device = (
            context,
            model,
            objective,
            settings,
            device,
        )
        self.keep = keep
        self.total = total_steps(len(objective.lengths), settings)
        adapter = registry.adapter(context.spec.adapter)
        self.schedule = adapter.schedule(model, parse(adapter.options, context.spec.adapter_options), self.total)
        self.parameters = trainable(model)
        if head is not None:
            self.parameters |= {f"head.{name}": parameter for name, parameter in head.named_parameters()}
        self.best = Best(best or {}, self.parameters)
        self.optimizer = torch.optim.AdamW(
            list(self.parameters.values()),
            lr=settings.learning_rate,
            eps=EPSILON,
            weight_decay=settings.weight_decay,
            fused=device.name == "cpu",  # one pass over the weights: a quarter of the time when all are trained
        )
        self.per_epoch = -(-len(objective.lengths) // settings.batch_size)
        self.clock = _Clock()
        self.every = settings.eval_every or self.per_epoch
        self.saved_step = self.looked_step = -1

    def train(self) -> None:
        """Train to the end.

        Raises:
            Stop: It was asked to stop and has saved.
            UserError: The loss is no longer a number.
        """
        if self.context.trial:
            self._try()
            return
        step = self._restore()
        if step % self.every == 0 and step != self.looked_step:  # the first, or one that a stop came before
            self._look(step)
        while step < self.total:
            self._step(step, self._batch(step))
            step += 1
            self._housekeeping(step)
        self._keep(step)

    def _keep(self, step: int) -> None:
        if self.best.step not in (0, step):
            text = tr("The model of step {step} is kept: it did best on the held-out rows.", step=self.best.step)
            self.context.emit(events.Note(text=text))
            self.best.put_back()
        self.schedule.settle()
        self.keep()

    def _restore(self) -> int:
        checkpoint = latest(self.context.run.checkpoints) if self.context.resume else None
        if checkpoint is None:
            return 0
        extra = load_training_state(checkpoint, parameters=self.parameters, optimizer=self.optimizer)
        self.looked_step = extra["looked"]
        self.best.load(checkpoint, extra.get("best", {}))
        self.schedule.load(checkpoint)
        self.context.emit(events.Progress(step=extra["step"], total=self.total))
        return int(extra["step"])

    def _batch(self, step: int) -> list[int]:
        epoch, at = divmod(step, self.per_epoch)
        if at == 0 or not hasattr(self, "_epoch_batches"):
            self._epoch_batches: Any = batching.length_sorted(
                self.objective.lengths, self.settings.batch_size, seed=self.settings.seed, epoch=epoch
            )
        batch: list[int] = self._epoch_batches[at]
        return batch

    def _try(self) -> None:
        """Take the step with the longest examples twice: the optimiser has its moments before the second one only."""
        longest = batching.in_order(self.objective.lengths, self.settings.batch_size)[0]
        for step in range(2):
            began = time.perf_counter()
            self._step(step, longest)
            seconds = time.perf_counter() - began
        self.context.metrics(2, {SECONDS: seconds, PEAK: peak(self.device)})

    def _step(self, step: int, indices: list[int]) -> None:
        began = time.perf_counter()
        self.model.train()
        weight = self.objective.weight(indices)
        size = self.settings.micro_batch or len(indices)
        loss, tokens, right, judged = 0.0, 0, 0.0, 0
        for at in range(0, len(indices), size):
            with autocast(self.device):
                part = self.objective.loss(indices[at : at + size])
            (part.loss / weight).backward()  # type: ignore[no-untyped-call]
            loss += float(part.loss.detach()) / weight
            tokens, right, judged = tokens + part.tokens, right + part.right, judged + part.judged
        if (penalty := self.schedule.penalty()) is not None:
            penalty.backward()
        norm = float(torch.nn.utils.clip_grad_norm_(self.parameters.values(), self.settings.max_grad_norm or torch.inf))
        rate = learning_rate_at(step, self.total, self.settings.learning_rate, self.settings.warmup_ratio)
        self._check(step, loss, norm)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.schedule.after_step(step + 1)
        self.optimizer.zero_grad(set_to_none=True)
        self.clock.add(time.perf_counter() - began, tokens)
        values = {"train/loss": loss, "learning_rate": rate, "gradient_norm": norm}
        self._report(step + 1, values | ({"train/accuracy": right / judged} if judged else {}))

    def _check(self, step: int, loss: float, norm: float) -> None:
        """Report a diverged step before it can spoil the weights; `RunContext.metrics` raises on it."""
        if not (torch.isfinite(torch.tensor([loss, norm])).all()):
            self.context.metrics(step + 1, {"train/loss": loss, "gradient_norm": norm})

    def _report(self, step: int, values: dict[str, float]) -> None:
        values |= {
            "tokens_per_second": self.clock.tokens / max(self.clock.seconds, 1e-9),
            "memory_mb": memory_mb(self.device),
        }
        self.context.metrics(step, values, epoch=step / self.per_epoch)
        left = (self.total - step) * self.clock.per_step
        self.context.emit(events.Progress(step=step, total=self.total, seconds_left=left))

    def _housekeeping(self, step: int) -> None:
        last = step == self.total
        if self.context.asked("stop") and not last:
            self._save(step)
            self._keep(step)
            raise Stop(step)
        if step % self.every == 0 or last:
            self._look(step)
        elif self.context.asked("sample"):
            self._sample(step)
        if self.context.asked("save") or last or (self.settings.save_every and step % self.settings.save_every == 0):
            self._save(step)

    @torch.no_grad()
    def _look(self, step: int) -> None:
        """Evaluate on the held-out part and write samples."""
        self.context.phase(tr("Evaluating"))
        self.model.eval()
        with autocast(self.device):
            values = self.objective.evaluate()
        self.context.metrics(step, values, epoch=step / self.per_epoch)
        self.best.look(step, values)
        self._sample(step)
        self.looked_step = step
        self.context.phase(tr("Training"))

    @torch.no_grad()
    def _sample(self, step: int) -> None:
        self.model.eval()
        with autocast(self.device):
            samples = self.objective.samples()
        for prompt, response in samples:
            self.context.emit(events.Sample(step=step, prompt=prompt, response=response))

    def _save(self, step: int) -> None:
        if step == self.saved_step:
            return
        with staged(self.context.run.checkpoints, step) as folder:
            extra = {"step": step, "looked": self.looked_step, "best": self.best.save(folder)}
            save_training_state(folder, parameters=self.parameters, optimizer=self.optimizer, extra=extra)
            self.schedule.save(folder)
        self.saved_step = step
        self.context.emit(events.Saved(step=step))


def check_enough(examples: int, what: str) -> None:
    """Refuse to train on nothing.

    Raises:
        UserError: There is no example.
    """
    if examples == 0:
        raise UserError(tr("No row of “{data}” can be used for training.", data=what))
