"""A part of the training rows: a smaller share is inside of a larger one, and each class gives its share.

So that what a classifier learns from 10, 25, 50 and 100 % of the rows can be compared: the rows differ only in number.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.several import strata
from workbench.core.datasets.splits import mixed


def chosen(classes: Sequence[str], share: float, seed: int) -> list[int]:
    """Return which rows a share of them is, in the order of the rows; at least one of each class.

    Within its class each row has a place that a hash of its number decides; place ``j`` of ``n`` is taken when
    ``j / n`` of all rows are. So the first rows are one of each class, and from then on each class gives its share.

    Args:
        classes: The class of each row (N,), its labels joined where it has several.
        share: How much of the rows, above 0 and up to 1.
        seed: The same seed gives the same order of taking, of which every share is a beginning.
    """
    stratum = _strata(classes)
    hashed = mixed(np.arange(len(classes), dtype=np.uint64), seed)
    by_class = np.lexsort((hashed, stratum))
    sizes = np.bincount(stratum)
    first = np.repeat(np.cumsum(sizes) - sizes, sizes)
    due = np.empty(len(classes))
    due[by_class] = (np.arange(len(classes)) - first) / np.repeat(sizes, sizes)
    count = max(round(share * len(classes)), len(sizes))
    return sorted(np.lexsort((hashed, due))[:count].tolist())


def _strata(classes: Sequence[str]) -> NDArray[np.int32]:
    """Return numbers from 0 on for what is shared out evenly, for each row (N,)."""
    different, number = np.unique(np.array(classes, dtype=str), return_inverse=True)
    return strata(different.tolist(), number.astype(np.int32))


def classes_of_rows(dataset: Dataset, rows: Sequence[Row]) -> list[str]:
    """Return by what the rows of a data set are shared out, "" for each where there is nothing."""
    by = kind(dataset.info.kind).stratum
    return [str(row.get(by, "")) for row in rows]


def training_rows(dataset: Dataset, share: float, seed: int) -> list[Row]:
    """Return a share of the rows to learn from; all of them for a share of 1."""
    rows = dataset.rows("train")
    if share >= 1:
        return rows
    return [rows[index] for index in chosen(classes_of_rows(dataset, rows), share, seed)]
