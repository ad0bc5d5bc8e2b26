"""What a model's confidence is worth: how often it is right when it is so sure, and from where on it can be trusted."""

import math
from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import ArrayLike, NDArray

BINS = 10
SURE = 1.6449
"""Standard deviations of a bound that holds 95 times in 100."""


class Bin(msgspec.Struct, frozen=True, kw_only=True):
    """The rows whose confidence lies between two bounds.

    Attributes:
        confidence: Its mean.
        accuracy: Share of the rows that were right.
        lowest: What the true share is at least (Wilson's bound, 95 %).
        highest: What it is at most.
    """

    start: float
    end: float
    count: int
    confidence: float
    accuracy: float
    lowest: float
    highest: float


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the rows whose confidence is at least `threshold`.

    Attributes:
        count: Rows with known labels that the rest is measured on.
        accuracy: Share of them that were right; 0 when there are none.
        lowest: What the true share is at least (Wilson's bound, 95 %).
    """

    threshold: float
    count: int
    accuracy: float
    lowest: float


def wilson(right: ArrayLike, total: ArrayLike, deviations: float = SURE) -> NDArray[np.float64]:
    """Return Wilson's bound of a share (JASA 22, 1927): the lower one, or the upper one for negative ``deviations``."""
    count = np.maximum(np.asarray(total, float), 1)
    share = np.asarray(right, float) / count
    square = deviations**2
    spread = deviations * np.sqrt(share * (1 - share) / count + square / (4 * count**2))
    bound = (share + square / (2 * count) - spread) / (1 + square / count)
    return np.asarray(bound.clip(0.0, 1.0))


def curve(confidence: Sequence[float], right: Sequence[bool], bins: int = BINS) -> list[Bin]:
    """Return the bins of a reliability curve (Guo et al., arXiv 1706.04599, section 2); empty ones are left out."""
    values, hits = np.asarray(confidence, float), np.asarray(right, bool)
    places = np.minimum((values * bins).astype(int), bins - 1)
    found = []
    for place in sorted(set(places.tolist())):
        inside = places == place
        count, good = int(inside.sum()), int(hits[inside].sum())
        found.append(
            Bin(
                start=place / bins,
                end=(place + 1) / bins,
                count=count,
                confidence=float(values[inside].mean()),
                accuracy=good / count,
                lowest=float(wilson(good, count)),
                highest=float(wilson(good, count, -SURE)),
            )
        )
    return found


def calibration_error(bins: Sequence[Bin]) -> float:
    """Return by how much confidence and accuracy differ on average (ECE), each row counting the same."""
    total = sum(one.count for one in bins)
    return sum(one.count * abs(one.accuracy - one.confidence) for one in bins) / total if total else 0.0


def trust(confidence: Sequence[float], right: Sequence[bool], threshold: float) -> Trust:
    """Return how often the model was right where it was at least so sure."""
    above = np.asarray(confidence, float) >= threshold
    count, good = int(above.sum()), int(np.asarray(right, bool)[above].sum())
    lowest = float(wilson(good, count)) if count else 0.0
    return Trust(threshold=threshold, count=count, accuracy=good / max(count, 1), lowest=lowest)


def threshold_for(confidence: Sequence[float], right: Sequence[bool], wanted: float) -> float | None:
    """Return the smallest confidence from which on at least the ``wanted`` share is right, 95 times in 100.

    None when what has been measured does not show that there is one.
    """
    order = np.argsort(-np.asarray(confidence, float), kind="stable")
    values, hits = np.asarray(confidence, float)[order], np.asarray(right, bool)[order]
    bounds = wilson(np.cumsum(hits), np.arange(1, len(hits) + 1))
    is_last = np.append(values[1:] != values[:-1], True) if len(values) else np.zeros(0, bool)  # equal ones go together
    good = values[is_last & (bounds >= wanted)]
    return math.floor(float(good.min()) * 1e6) / 1e6 if len(good) else None
