"""What a classifier is taught by: one class a row, or several that are each there or not.

Letters: B rows at once, C classes. What is true of a row is a tuple of numbers of classes.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from workbench.core.reports import LIKELY

Truth = tuple[int, ...]


def likely(logits: torch.Tensor, *, several: bool) -> torch.Tensor:
    """Return how likely each class is (B, C): all classes together 1, or each for itself where rows have several."""
    return logits.double().sigmoid() if several else logits.double().softmax(-1)


class Lesson(Protocol):
    """How right logits are, and how much each row counts."""

    def weight(self, truth: Sequence[Truth]) -> float:
        """Return what rows weigh in the mean of a step."""

    def loss(self, logits: torch.Tensor, truth: Sequence[Truth]) -> torch.Tensor:
        """Return the summed loss of B rows, a scalar with gradient."""

    def right(self, logits: torch.Tensor, truth: Sequence[Truth]) -> float:
        """Return how many of B rows get just the classes that they have."""


class OneClass:
    """Cross-entropy on the one class of each row (BERT, arXiv 1810.04805, section 3.2).

    Args:
        truth: Of all rows to learn from.
        classes: C.
        balanced: Weigh rows so that every class counts the same in all.
        device: Where it computes.
    """

    def __init__(self, truth: Sequence[Truth], classes: int, *, balanced: bool, device: str) -> None:
        counts = Counter(number for (number,) in truth)
        weights = [len(truth) / max(len(counts) * counts[number], 1) for number in range(classes)]
        self._weights = torch.tensor(weights if balanced else [1.0] * classes, device=device)

    def weight(self, truth: Sequence[Truth]) -> float:
        """Return the summed weights of the classes of rows."""
        return float(self._weights[self._numbers(truth)].sum())

    def loss(self, logits: torch.Tensor, truth: Sequence[Truth]) -> torch.Tensor:
        """Return the summed, weighted cross-entropy of B rows."""
        return cross_entropy(logits, self._numbers(truth), weight=self._weights, reduction="sum")

    def right(self, logits: torch.Tensor, truth: Sequence[Truth]) -> float:
        """Return of how many rows the right class is the likeliest."""
        return float((logits.argmax(-1) == self._numbers(truth)).sum())

    def _numbers(self, truth: Sequence[Truth]) -> torch.Tensor:
        return torch.tensor([number for (number,) in truth], dtype=torch.long, device=self._weights.device)


class SeveralClasses:
    """Binary cross-entropy on every class, the mean over the classes of a row (Nam et al., arXiv 1312.5419).

    Args:
        truth: Of all rows to learn from; a row may have no class.
        classes: C.
        balanced: Weigh what is there against what is not, for each class, so that both count the same in all.
        device: Where it computes.
    """

    def __init__(self, truth: Sequence[Truth], classes: int, *, balanced: bool, device: str) -> None:
        counts = Counter(number for numbers in truth for number in numbers)
        weights = [(len(truth) - counts[number]) / max(counts[number], 1) or 1.0 for number in range(classes)]
        self._there = torch.tensor(weights if balanced else [1.0] * classes, device=device)

    def weight(self, truth: Sequence[Truth]) -> float:
        """Return the number of rows."""
        return float(len(truth))

    def loss(self, logits: torch.Tensor, truth: Sequence[Truth]) -> torch.Tensor:
        """Return the binary cross-entropy, meant over classes and summed over B rows."""
        marks = self._marks(truth, logits.shape[1])
        summed = binary_cross_entropy_with_logits(logits, marks, pos_weight=self._there, reduction="sum")
        return summed / logits.shape[1]

    def right(self, logits: torch.Tensor, truth: Sequence[Truth]) -> float:
        """Return of how many rows all classes are right."""
        said = likely(logits, several=True) >= LIKELY
        return float((said == self._marks(truth, logits.shape[1]).bool()).all(1).sum())

    def _marks(self, truth: Sequence[Truth], classes: int) -> torch.Tensor:
        """Return 1 for each class that a row has, else 0 (B, C)."""
        marks = torch.zeros(len(truth), classes)
        for row, numbers in enumerate(truth):
            marks[row, list(numbers)] = 1.0
        return marks.to(self._there.device)
