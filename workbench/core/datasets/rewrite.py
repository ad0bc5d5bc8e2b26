"""A new data set out of another one, row by row; each row stays in the part that it is in."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr

TOGETHER = 2048
"""Rows that are held at once."""

Change = Callable[[int, Row], Row]
"""Given the number of a row (from 1) and the row as it is stored; returns what takes its place."""


def free_name(data: Path, wanted: str) -> str:
    """Return a name that no data set in a folder has: the one wanted, or with a number after it."""
    numbered = (wanted if number == 1 else f"{wanted}-{number}" for number in itertools.count(1))
    return next(name for name in numbered if not (data / name).exists())


def rewrite(
    dataset: Dataset, name: str, change: Change, progress: Callable[[float], None] = lambda share: None
) -> Dataset:
    """Write a changed copy beside a data set.

    Args:
        dataset: What is copied; it stays as it is.
        name: Of the copy.
        change: What becomes of a row.
        progress: Told the share that is done.

    Raises:
        UserError: It holds images, its rows cannot be read, or the name is taken.
    """
    info = dataset.info
    if any(role.type == "image" for role in kind(info.kind).roles):
        raise UserError(tr("“{name}” holds images; this works on texts only.", name=dataset.name))
    rows = (change(number, row) for number, row in enumerate(_rows(dataset, progress), 1))
    parts = (str(part) for part in dataset.table()["split"].to_pylist())
    return write_dataset(dataset.path.parent / name, name, info.kind, rows, split=0.0, source=dataset.name, parts=parts)


def _rows(dataset: Dataset, progress: Callable[[float], None]) -> Iterator[Row]:
    count = dataset.info.rows
    for start in range(0, count, TOGETHER):
        progress(start / count)
        for row in dataset.page(start, TOGETHER):
            del row["split"]
            yield row
    progress(1.0)
