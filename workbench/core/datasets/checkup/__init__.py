"""The check-up of a data set: what a person should know before training on it.

Everything is bounded: up to a stated number of rows all are looked at, of more a seeded sample, and the report says
which. Nothing is changed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.core.datasets.checkup.labels import balance, suspicious
from workbench.core.datasets.checkup.lengths import measure
from workbench.core.datasets.checkup.people import personal_data
from workbench.core.datasets.checkup.report import Empty, Report
from workbench.core.datasets.checkup.same import sameness
from workbench.core.datasets.checkup.texts import chunks, text_roles
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Kind, kind
from workbench.core.errors import UserError
from workbench.core.i18n import tr

Progress = Callable[[str, float], None]
"""Told what is being looked at, translated, and the share of the whole check-up that is done."""

EXAMPLES = 20


def check(
    dataset: Dataset,
    *,
    tokenizer: Path | None = None,
    model: str = "",
    max_length: int = 512,
    progress: Progress = lambda text, share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Report:
    """Check a data set.

    Args:
        dataset: The data set.
        tokenizer: Folder of the model whose tokens are counted; characters without one.
        model: What that model is called, for the report.
        max_length: Tokens of a row that training would keep.
        progress: Told how far it is.
        cancelled: Asked now and then.

    Raises:
        UserError: The rows or the model's tokenizer cannot be read, or the check-up was cancelled.
    """
    table, found = dataset.table(), kind(dataset.info.kind)

    def stage(text: str, begin: float, end: float) -> Callable[[float], None]:
        def step(share: float) -> None:
            if cancelled():
                raise UserError(tr("The check-up was cancelled."))
            progress(text, begin + share * (end - begin))

        step(0.0)
        return step

    texts = bool(text_roles(found)) and table.num_rows > 0
    lengths = measure(table, found, tokenizer, max_length, stage(tr("Measuring lengths"), 0.0, 0.2)) if texts else None
    same = sameness(table, found, stage(tr("Looking for duplicates"), 0.2, 0.5)) if table.num_rows else None
    empty = _empty(table, found, stage(tr("Looking for empty fields"), 0.5, 0.55))
    personal = personal_data(table, found, stage(tr("Looking for personal data"), 0.55, 0.7)) if texts else None
    labels, label_count = balance(table, found) if found.stratum else ([], 0)
    wanted = texts and bool(found.stratum)
    suspects = suspicious(table, found, stage(tr("Looking for wrong labels"), 0.7, 1.0)) if wanted else None
    progress("", 1.0)
    return Report(
        data=dataset.name,
        kind=found.name,
        hash=dataset.info.hash,
        model=model,
        max_length=max_length,
        rows=table.num_rows,
        parts=dict(dataset.info.splits),
        labels=labels,
        label_count=label_count,
        lengths=lengths,
        same=same,
        empty=empty,
        suspects=suspects,
        personal=personal,
    )


def _empty(table: Any, kind: Kind, step: Callable[[float], None]) -> list[Empty]:
    """Return the fields that hold nothing, or a single character, in some rows; a missing optional one is fine."""
    import pyarrow.compute as compute

    roles = text_roles(kind)
    rows: list[list[int]] = [[] for _ in roles]
    counts = [0] * len(roles)
    for start, columns in chunks(table, roles) if roles else ():
        step(start / table.num_rows)
        for number, (role, column) in enumerate(zip(roles, columns, strict=True)):
            short = compute.less_equal(compute.utf8_length(compute.utf8_trim_whitespace(column)), 1)
            places = compute.indices_nonzero(compute.fill_null(short, role.required)).to_pylist()
            counts[number] += len(places)
            rows[number] += [start + place + 1 for place in places[: EXAMPLES - len(rows[number])]]
    return [
        Empty(field=role.name, count=count, rows=listed)
        for role, count, listed in zip(roles, counts, rows, strict=True)
        if count
    ]


__all__ = ["Report", "check"]
