"""A data set of instructions out of labelled texts or answered questions, each row in wordings drawn by a seed."""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.rewrite import free_name
from workbench.core.datasets.splits import SplitRule
from workbench.core.datasets.writer import Writer
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.templates.families import MOST_OPTIONS, Family
from workbench.core.templates.filling import Fill, Filler
from workbench.core.templates.rendering import Unfilled
from workbench.core.templates.wordings import Wording

TOGETHER = 2048
"""Rows that are held at once."""


class Draw(msgspec.Struct, frozen=True, kw_only=True):
    """How wordings are drawn.

    Attributes:
        per_row: Different wordings that each row is put into.
        turned: Share of the draws that take a wording that is turned round, where there are both sorts.
        seed: The same seed draws the same.
    """

    per_row: int = 1
    turned: float = 0.2
    seed: int = 0


def draws(wordings: Sequence[Wording], draw: Draw) -> Iterator[list[Wording]]:
    """Yield the wordings of one row after the other, without an end.

    Raises:
        UserError: A row needs more different wordings than there are.
    """
    if not 1 <= draw.per_row <= len(wordings):
        raise UserError(
            tr(
                "Each row can be put into 1 to {most} of the wordings that are on, not into {count}.",
                most=len(wordings),
                count=draw.per_row,
            )
        )
    if not 0 <= draw.turned <= 1:
        raise UserError(tr("The share of wordings that are turned round is from 0 to 1."))
    chance = random.Random(draw.seed)
    while True:
        sorts = [[wording for wording in wordings if wording.turned is turned] for turned in (False, True)]
        taken = []
        for _ in range(draw.per_row):
            sort = sorts[chance.random() < draw.turned] or sorts[0] or sorts[1]
            taken.append(sort.pop(chance.randrange(len(sort))))
        yield taken


def check(dataset: Dataset, family: Family, fill: Fill) -> None:
    """Check that a data set can be put into the wordings of a family.

    Raises:
        UserError: It lacks something, or has more labels than can be listed.
    """
    for slot in family.slots:
        if slot.required and not (fill.roles if slot.roles else fill.given).get(slot.name, "").strip():
            raise UserError(
                tr(
                    "“{name}” has nothing for “{slot}”, which “{family}” needs. Choose another family.",
                    name=dataset.name,
                    slot=tr(slot.label),
                    family=tr(family.label),
                )
            )
    if fill.options and len(fill.labels) > MOST_OPTIONS:
        raise UserError(
            tr(
                "“{name}” has more than {most} different labels: too many to list. Switch the options off.",
                name=dataset.name,
                most=MOST_OPTIONS,
            )
        )


def apply(
    dataset: Dataset,
    family: Family,
    wordings: Sequence[Wording],
    fill: Fill,
    draw: Draw | None = None,
    name: str = "",
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Write a data set of instructions beside a data set; each row stays in the part that it is in.

    Args:
        dataset: What is put into words; it stays as it is.
        family: What its rows are about.
        wordings: From which is drawn.
        fill: What stands for their slots.
        draw: How is drawn.
        name: Of the new data set; else that of the old one with ``-prompts`` after it.
        progress: Told the share that is done.
        cancelled: Asked now and then whether to leave it.

    Raises:
        UserError: It does not fit, a wording is wrong, the name is taken, or it was cancelled.
    """
    draw = draw or Draw()
    check(dataset, family, fill)
    filler = Filler(family, wordings, fill)
    data: Path = dataset.path.parent
    name = name or free_name(data, f"{dataset.name}-prompts")
    drawn = draws(wordings, draw)
    with Writer(data / name, "instruction") as writer:
        for number, row in enumerate(_rows(dataset, progress), 1):
            if number % TOGETHER == 0 and cancelled():
                raise UserError(tr("Cancelled: nothing was made."))
            for wording in next(drawn):
                try:
                    filled = filler.fill(wording, row)
                except Unfilled as error:
                    writer.reject(number, str(error), msgspec.json.encode(row).decode())
                    continue
                system = {"system": row["system"]} if row.get("system") else {}
                writer.add({"prompt": filled.prompt, "answer": filled.answer, **system}, str(row["split"]))
        if not writer.count:
            raise UserError(tr("No row of “{name}” could be put into words.", name=dataset.name), _most(writer))
        source = tr("“{name}” as prompts: {family}", name=dataset.name, family=tr(family.label))
        return writer.finish(name, SplitRule(share=0.0), source=source)


def _rows(dataset: Dataset, progress: Callable[[float], None]) -> Iterator[Row]:
    count = dataset.info.rows
    for start in range(0, count, TOGETHER):
        progress(start / count)
        yield from dataset.page(start, TOGETHER)
    progress(1.0)


def _most(writer: Writer) -> str:
    """Return why most of the rows were left out."""
    return "".join(reason for reason, _ in writer.reasons.most_common(1))
