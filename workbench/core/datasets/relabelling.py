"""A copy of a data set with some labels set right."""

from collections.abc import Callable, Mapping

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.rewrite import free_name, rewrite
from workbench.core.errors import UserError
from workbench.core.i18n import tr


def relabel(
    dataset: Dataset,
    labels: Mapping[int, str],
    name: str = "",
    progress: Callable[[float], None] = lambda share: None,
) -> Dataset:
    """Write a copy in which some rows have another label, given by a person.

    Args:
        dataset: What is copied; it stays as it is.
        labels: The right label by the number of the row, from 1.
        name: Of the copy; else that of the data set with ``-corrected`` after it.
        progress: Told the share that is done.

    Raises:
        UserError: It has no labels, there is no such row, its rows cannot be read, or the name is taken.
    """
    info = dataset.info
    if kind(info.kind).stratum != "label":
        raise UserError(tr("“{name}” has no labels.", name=dataset.name))
    for row in labels:
        if not 1 <= row <= info.rows:
            raise UserError(tr("There is no row {row}; the data set has {count}.", row=row, count=info.rows))

    def change(number: int, row: Row) -> Row:
        if number not in labels:
            return row
        kept = {role: value for role, value in row.items() if role not in ("labelled_by", "confidence")}
        return {**kept, "label": labels[number]}

    return rewrite(dataset, name or free_name(dataset.path.parent, f"{dataset.name}-corrected"), change, progress)
