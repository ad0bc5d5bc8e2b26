"""What every classifier learns by: cross-entropy on the class of each row; how well it goes, and what came of it.

Letters: B rows at once, C classes.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from workbench.core.i18n import tr
from workbench.core.reports import Judged
from workbench.engine import batching
from workbench.engine.device import Device, autocast
from workbench.engine.loop import Part

BEST: dict[str, dict[str, int]] = {
    "accuracy": {"eval/accuracy": 1, "eval/loss": -1},
    "loss": {"eval/loss": -1},
    "last": {},
}
"""What decides which weights are kept: high accuracy, and among equals the lower loss; or the loss alone."""


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
        number: Number of its class.
        length: In tokens, or what comes close.
        what: The text, or the path of the image below the folder of its data set.
        pair: The second text, where rows are pairs.
        shown: What a sample is called, if not by ``what``.
    """

    content: Any
    number: int
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
    """

    def __init__(
        self,
        model: Any,
        labels: list[str],
        examples: list[Example],
        held_out: list[Example],
        options: Settings,
        device: Device,
    ) -> None:
        self.model, self.labels, self.examples, self.held_out = model, labels, examples, held_out
        self.options, self.device = options, device
        self.lengths = [example.length for example in examples]
        self._weights = self._class_weights().to(device.name)

    @abstractmethod
    def logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return the logits (B, C) of examples."""

    def _class_weights(self) -> torch.Tensor:
        """Return the weight of each class (C,): all 1, or such that every class counts the same in all."""
        counts = Counter(example.number for example in self.examples)
        if self.options.class_weights == "none":
            return torch.ones(len(self.labels))
        seen = len(counts)
        return torch.tensor([len(self.examples) / (seen * max(counts[k], 1)) for k in range(len(self.labels))])

    def weight(self, indices: list[int]) -> float:
        """Return the summed class weights of some examples."""
        return float(self._weights[[self.examples[index].number for index in indices]].sum())

    def loss(self, indices: list[int]) -> Part:
        """Return the summed, weighted cross-entropy of some examples."""
        examples = [self.examples[index] for index in indices]
        found, classes = self.logits(examples), self._numbers(examples)
        return Part(
            loss=cross_entropy(found, classes, weight=self._weights, reduction="sum"),
            tokens=sum(example.length for example in examples),
            right=float((found.detach().argmax(-1) == classes).sum()),
            judged=len(indices),
        )

    def _numbers(self, examples: Sequence[Example]) -> torch.Tensor:
        return torch.tensor([example.number for example in examples], device=self.device.name)

    def evaluate(self) -> dict[str, float]:
        """Return loss, accuracy and the mean F1 of the classes on held-out rows, all classes weighing what they are."""
        from sklearn.metrics import f1_score

        if not self.held_out:
            return {}
        found, truth = self._held_out_logits(), torch.tensor([example.number for example in self.held_out])
        said = found.argmax(-1)
        return {
            "eval/loss": float(cross_entropy(found, truth)),
            "eval/accuracy": float((said == truth).float().mean()),
            "eval/macro_f1": float(f1_score(truth.tolist(), said.tolist(), average="macro")),
        }

    def _held_out_logits(self) -> torch.Tensor:
        """Return the logits (rows, C) of the held-out rows."""
        found = torch.zeros(len(self.held_out), len(self.labels))
        size = self.options.micro_batch or self.options.batch_size
        for indices in batching.in_order([example.length for example in self.held_out], size):
            found[indices] = self.logits([self.held_out[index] for index in indices]).float().cpu()
        return found

    @torch.no_grad()
    def probabilities(self) -> NDArray[np.float64]:
        """Return how likely the model, as it is now, takes each class for each held-out row (rows, C)."""
        self.model.eval()
        with autocast(self.device):
            found: NDArray[np.float64] = self._held_out_logits().double().softmax(-1).numpy()
        return found

    def judged(self, before: NDArray[np.float64]) -> list[Judged]:
        """Return the held-out rows as the model judges them now, for a report.

        Args:
            before: What `probabilities` were of the untouched model.
        """
        return [
            Judged(what=example.what, pair=example.pair, truth=(example.number,), scores=tuple(now), before=tuple(then))
            for example, now, then in zip(self.held_out, self.probabilities().tolist(), before.tolist(), strict=True)
        ]

    def samples(self) -> list[tuple[str, str]]:
        """Return the first held-out rows and what the model takes them for."""
        examples = self.held_out[: self.options.samples]
        if not examples:
            return []
        sure, said = self.logits(examples).float().softmax(-1).max(-1)
        return [
            (example.shown or example.what, self._verdict(example.number, *verdict))
            for example, *verdict in zip(examples, said.tolist(), sure.tolist(), strict=True)
        ]

    def _verdict(self, truth: int, said: int, sure: float) -> str:
        words = {"label": self.labels[said], "share": round(100 * sure)}
        if said == truth:
            return tr("{label}, {share} % sure: right", **words)
        return tr("{label}, {share} % sure: wrong, it is {truth}", **words, truth=self.labels[truth])
