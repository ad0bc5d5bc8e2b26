"""How far a labelling is, and what is known of its proposals."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from workbench.core.labelling import reliability
from workbench.core.labelling.setup import Setup
from workbench.core.labelling.store import Decision, Labelling, Measured, Proposals


@dataclass(frozen=True)
class Standing:
    """All that is on disk of a labelling, read once.

    Attributes:
        decisions: The last decision about each row that was looked at.
        measured: What the labeller said to rows whose labels are known, if it was asked.
    """

    setup: Setup
    proposals: Proposals
    decisions: dict[int, Decision]
    measured: Measured | None

    @classmethod
    def read(cls, labelling: Labelling) -> "Standing":
        """Read a labelling."""
        return cls(labelling.setup, labelling.proposals(), labelling.decisions(), labelling.measured())

    def known(self) -> tuple[list[float], list[bool]]:
        """Return how sure the labeller was, and whether it was right, for all rows of which that is known.

        Those are the rows with known labels that it was measured on, and those that the person has decided.
        """
        confidence = list(self.measured.confidence) if self.measured else []
        right = list(self.measured.right) if self.measured else []
        for row, decision in self.decisions.items():
            if decision.label and self.proposals.label[row] >= 0:
                confidence.append(float(self.proposals.confidence[row]))
                right.append(self.proposed(row) == decision.label)
        return confidence, right

    def proposed(self, row: int) -> str:
        """Return the likeliest label of a row that has a proposal."""
        return self.setup.labels[int(self.proposals.label[row])]

    @cached_property
    def sorted(self) -> NDArray[np.float64]:
        """How sure the labeller was of the rows that it has labelled, in ascending order."""
        return np.sort(self.proposals.confidence[self.proposals.label >= 0])

    def above(self, threshold: float) -> int:
        """Return how many rows the model would label: sure enough, and not looked at by the person."""
        sure = len(self.sorted) - int(np.searchsorted(self.sorted, threshold))
        label, confidence = self.proposals.label, self.proposals.confidence
        return sure - sum(bool(label[row] >= 0 and confidence[row] >= threshold) for row in self.decisions)

    def to_review(self, *, mixed: bool = False) -> list[int]:
        """Return the rows that wait for the person, the least certain first.

        Args:
            mixed: Rows of all confidences in turn instead, which is how one finds out what confidence is worth.
        """
        open_rows = self.proposals.label >= 0
        open_rows[list(self.decisions)] = False
        rows = np.flatnonzero(open_rows).astype(np.int64)
        rows = rows[np.argsort(self.proposals.confidence[rows], kind="stable")]
        if mixed:
            rows = np.concatenate(_dealt(rows))
        return list(rows.tolist())

    def report(self, threshold: float | None) -> dict[str, Any]:
        """Return what a script wants to know; with a threshold also what it would let through."""
        confidence, right = self.known()
        bins = reliability.curve(confidence, right)
        count = self.proposals.count
        found: dict[str, Any] = {
            "data": self.setup.data,
            "labeller": self.setup.labeller,
            "labels": self.setup.labels,
            "rows": len(self.proposals.label),
            "labelled": count,
            "left": len(self.proposals.label) - count,
            "decided": len(self.decisions),
            "measured_on": self.measured.data if self.measured else "",
            "measured": len(confidence),
            "calibration_error": round(reliability.calibration_error(bins), 4),
            "bins": bins,
            "threshold": threshold,
        }
        if threshold is not None:
            trust = reliability.trust(confidence, right, threshold)
            found |= {
                "above": self.above(threshold),
                "expected_accuracy": round(trust.accuracy, 4) if trust.count else None,
                "expected_at_least": round(trust.lowest, 4) if trust.count else None,
            }
        return found


def _dealt(rows: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Deal sorted rows into heaps of which each goes through the whole range."""
    heaps = max(1, len(rows) // reliability.BINS)
    return [rows[start::heaps] for start in range(heaps)]
