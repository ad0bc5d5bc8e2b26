"""Rows that have several labels: stored as one text with a separator between them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy import int32
    from numpy.typing import NDArray

SEPARATOR = ";"


def joined(labels: Iterable[str]) -> str:
    """Return labels as one text, each once; "" for none."""
    return f"{SEPARATOR} ".join(dict.fromkeys(labels))


def parted(text: str, separator: str = SEPARATOR) -> tuple[str, ...]:
    """Return the labels that a text stands for, each once, in its order; none for an empty text."""
    parts = (part.strip() for part in text.split(separator))
    return tuple(dict.fromkeys(part for part in parts if part))


def strata(texts: Sequence[str | None], numbers: "NDArray[int32]") -> "NDArray[int32]":
    """Return by what rows are shared out evenly where they have several labels: by the rarest one of each.

    Rows with just the same labels are too few to be shared out, and a frequent label is everywhere anyway.

    Args:
        texts: The different texts that stand for labels.
        numbers: Which of them each row has (N,).
    """
    import numpy

    labels = [parted(text or "") for text in texts]
    if all(len(some) < 2 for some in labels):
        return numbers
    counts: Counter[str] = Counter()
    for some, count in zip(labels, numpy.bincount(numbers, minlength=len(labels)).tolist(), strict=True):
        counts.update(dict.fromkeys(some, count))
    rarest = [min(some, key=lambda label: (counts[label], label), default="") for some in labels]
    places = {label: place for place, label in enumerate(dict.fromkeys(rarest))}
    found: NDArray[int32] = numpy.array([places[label] for label in rarest], numpy.int32)[numbers]
    return found
