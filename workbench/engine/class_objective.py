"""What every classifier learns by: the classes of each row; how well it goes, and what came of it.

Letters: B rows at once, C classes.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core import reports
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.i18n import tr
from workbench.core.registry import Medium
from workbench.core.reports import Judged
from workbench.engine import batching
from workbench.engine.class_losses import Lesson, OneClass, SeveralClasses, Truth, likely
from workbench.engine.device import Device, autocast
from workbench.engine.loop import Part

MORE = 4
"""Times as many rows as in a batch are judged at once: without gradients little of them stays in memory."""


class Settings(Protocol):
    """What is needed of a classifier's Options."""

    @property
    def batch_size(self) -> int: ...  # noqa: D102
    @property
    def micro_batch(self) -> int: ...  # noqa: D102
    @property
    def class_weights(self) -> str: ...  # noqa: D102
    @property
    def samples(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Example:
    """A row to learn from or to be measured on.

    Attributes:
        content: What the model takes.
        truth: Numbers of its classes, ascending; one, unless rows may have several.
        length: In tokens, or what comes close.
        what: The text, or the path of the image below the folder of its data set.
        pair: The second text, where rows are pairs.
        shown: What a sample is called, if not by ``what``.
    """

    content: Any
    truth: Truth
    length: int
    what: str
    pair: str = ""
    shown: str = ""


class ClassObjective(ABC):
    """Rows with their classes, loss and evaluation; an `workbench.engine.loop.Objective`.

    Args:
        model: A classifier.
        labels: Its classes, in the order of its logits.
        examples: What it learns from.
        held_out: What it is measured on.
        options: The task's.
        device: Where it computes.
        several: Whether a row may have several classes, or none.

    Attributes:
        before: How likely the untouched model took each class for each held-out row (rows, C), once it was asked.
    """

    medium: Medium = "text"

    def __init__(
        self,
        model: Any,
        labels: list[str],
        examples: list[Example],
        held_out: list[Example],
        options: Settings,
        device: Device,
        *,
        several: bool = False,
    ) -> None:
        self.model, self.labels, self.examples, self.held_out = model, labels, examples, held_out
        self.options, self.device, self.several = options, device, several
        self.lengths = [example.length for example in examples]
        self.before: NDArray[np.float64] | None = None
        truth, balanced = [example.truth for example in examples], options.class_weights == "balanced"
        lesson = SeveralClasses if several else OneClass
        self._lesson: Lesson = lesson(truth, len(labels), balanced=balanced, device=device.name)

    @abstractmethod
    def logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return the logits (B, C) of examples."""

    def weight(self, indices: list[int]) -> float:
        """Return what some examples weigh in the mean of a step."""
        return self._lesson.weight([self.examples[index].truth for index in indices])

    def loss(self, indices: list[int]) -> Part:
        """Return the summed, weighted loss of some examples."""
        examples = [self.examples[index] for index in indices]
        found, truth = self.logits(examples), [example.truth for example in examples]
        return Part(
            loss=self._lesson.loss(found, truth),
            tokens=sum(example.length for example in examples),
            right=self._lesson.right(found.detach(), truth),
            judged=len(indices),
        )

    def evaluate(self) -> dict[str, float]:
        """Return loss, accuracy and the mean F1 of the classes on held-out rows, all classes weighing what they are.

        The first time it is asked the model must be untouched: that is what a report compares with.
        """
        if not self.held_out:
            return {}
        found = self._judge_held_out()
        self.before = found if self.before is None else self.before
        scores = reports.measure([example.truth for example in self.held_out], found, several=self.several)
        return {"eval/loss": scores.loss, "eval/accuracy": scores.accuracy, "eval/macro_f1": scores.macro_f1}

    @torch.no_grad()
    def _judge_held_out(self) -> NDArray[np.float64]:
        """Return how likely the model, as it is now, takes each class for each held-out row (rows, C)."""
        self.model.eval()
        found = np.zeros((len(self.held_out), len(self.labels)))
        size = MORE * (self.options.micro_batch or self.options.batch_size)
        for indices in batching.in_order([example.length for example in self.held_out], size):
            with autocast(self.device):
                logits = self.logits([self.held_out[index] for index in indices])
            found[indices] = likely(logits, several=self.several).cpu().numpy()
        return found

    def save_report(self, context: RunContext, dataset: Dataset) -> None:
        """Write how the model judges the held-out rows now, and how it did at first, below the result of a run."""
        if not self.held_out:
            return
        before = [()] * len(self.held_out) if self.before is None else map(tuple, self.before.tolist())
        rows = [
            Judged(what=example.what, pair=example.pair, truth=example.truth, scores=tuple(now), before=then)
            for example, now, then in zip(self.held_out, self._judge_held_out().tolist(), before, strict=True)
        ]
        path = context.spec.data_path
        report = reports.build(dataset.info, path, self.medium, self.labels, rows, several=self.several)
        reports.save(context.run.result, report, rows)

    def samples(self) -> list[tuple[str, str]]:
        """Return the first held-out rows and what the model takes them for."""
        examples = self.held_out[: self.options.samples]
        if not examples:
            return []
        found = likely(self.logits(examples), several=self.several).tolist()
        return [
            (example.shown or example.what, self._verdict(example, tuple(scores)))
            for example, scores in zip(examples, found, strict=True)
        ]

    def _verdict(self, example: Example, scores: tuple[float, ...]) -> str:
        row = Judged(what=example.what, truth=example.truth, scores=scores)
        said = row.said(self.several)
        words = {"label": self._named(said), "share": round(100 * row.confidence(self.several))}
        if said == example.truth:
            return tr("{label}, {share} % sure: right", **words)
        return tr("{label}, {share} % sure: wrong, it is {truth}", **words, truth=self._named(example.truth))

    def _named(self, numbers: Truth) -> str:
        return ", ".join(self.labels[number] for number in numbers) or tr("no label")
