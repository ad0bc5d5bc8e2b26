"""Several data sets mixed into one, so that small ones are not drowned by large ones.

Examples-proportional mixing with a maximum (Raffel et al. 2020, arXiv 1910.10683, section 3.5.2), with the limits of
FLAN (Wei et al. 2022, arXiv 2109.01652, section 2.4). There a data set is sampled for ever; here the rows are drawn
once, without replacement, so a set that is used up leaves its share to the others.
"""

import random
from collections.abc import Callable, Iterator, Sequence

import msgspec

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.rewrite import free_name
from workbench.core.datasets.splits import PARTS, SplitRule
from workbench.core.datasets.writer import Writer
from workbench.core.errors import UserError
from workbench.core.i18n import tr

KINDS = ("instruction", "chat")
"""Kinds of data sets that can be mixed."""

CAP = 30_000
RATE_MAXIMUM = 3_000
"""Training rows of a data set that are used at most, and that count for its share at most (FLAN, section 2.4)."""

TOGETHER = 2048
"""Rows that are held at once."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How a mix is put together.

    Attributes:
        cap: Training rows that one data set can give at most.
        rate_maximum: Training rows of a data set beyond this do not make its share larger.
        size: Training rows of the mix; None for as many as keep all shares exact without using any set up.
        seed: The same seed draws the same rows.
    """

    cap: int = CAP
    rate_maximum: int = RATE_MAXIMUM
    size: int | None = None
    seed: int = 0


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """What one data set gives to a mix.

    Attributes:
        rate: Its share as the sizes demand it, from 0 to 1.
        rows: The rows that it has, by part.
        drawn: The rows that it gives, by part.
    """

    name: str
    rate: float
    rows: dict[str, int]
    drawn: dict[str, int]


def shares(datasets: Sequence[Dataset], limits: Limits) -> list[Share]:
    """Return what each data set would give.

    Training rows are shared out; of the other parts each set gives the same portion as of its training rows.

    Raises:
        UserError: They cannot be mixed, or a limit is below 1.
    """
    _check(datasets, limits)
    rows = [dataset.info.splits for dataset in datasets]
    there = [min(parts.get("train", 0), limits.cap) for parts in rows]
    weights = [min(count, limits.rate_maximum) for count in there]
    total = sum(weights)
    if not total:
        raise UserError(tr("None of these data sets has rows for training."))
    drawn = allot(weights, there, total if limits.size is None else limits.size)
    return [
        Share(name=dataset.name, rate=weight / total, rows=dict(parts), drawn=_in_proportion(parts, count))
        for dataset, weight, parts, count in zip(datasets, weights, rows, drawn, strict=True)
    ]


def allot(weights: Sequence[int], most: Sequence[int], size: int) -> list[int]:
    """Share a number out by weights, each share at most so large; what some cannot take goes to the others.

    Fractions go to the largest remainders, the first ones where they are equal.

    Args:
        weights: One a share; 0 gets nothing.
        most: The largest that each share can be.
        size: What is shared out; less is, if all shares are at their largest.
    """
    given = [0] * len(weights)
    open_ = [index for index, weight in enumerate(weights) if weight and most[index]]
    left = size
    while open_:
        total = sum(weights[index] for index in open_)
        full = [index for index in open_ if left * weights[index] >= most[index] * total]
        if not full:
            break
        for index in full:
            given[index] = most[index]
            left -= most[index]
        open_ = [index for index in open_ if index not in full]
    if not open_ or left <= 0:
        return given
    total = sum(weights[index] for index in open_)
    for index in open_:
        given[index] = left * weights[index] // total
    rest = left - sum(given[index] for index in open_)
    for index in sorted(open_, key=lambda index: -(left * weights[index] % total))[:rest]:
        given[index] += 1
    return given


def _in_proportion(parts: dict[str, int], train: int) -> dict[str, int]:
    """Return how many rows of each part are drawn when so many are of the training rows; at least one of each."""
    of = parts.get("train", 0)
    rest = {part: max(1, round(count * train / of)) if train else 0 for part, count in parts.items() if count}
    return {part: train if part == "train" else rest.get(part, 0) for part in parts}


def mix(
    datasets: Sequence[Dataset],
    limits: Limits | None = None,
    name: str = "",
    progress: Callable[[float], None] = lambda share: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Write a mix of data sets beside them; each row stays in the part that it is in.

    Args:
        datasets: All of one of `KINDS`, in one project; they stay as they are.
        limits: How much of each is used.
        name: Of the new data set; else "mix".
        progress: Told the share that is done.
        cancelled: Asked now and then whether to leave it.

    Raises:
        UserError: They cannot be mixed, the name is taken, or it was cancelled.
    """
    limits = limits or Limits()
    planned = shares(datasets, limits)
    data = datasets[0].path.parent
    name = name or free_name(data, "mix")
    drawn = _draw(datasets, planned, limits.seed)
    with Writer(data / name, datasets[0].info.kind) as writer:
        for start in range(0, len(drawn), TOGETHER):
            progress(start / len(drawn))
            if cancelled():
                raise UserError(tr("Cancelled: nothing was made."))
            for row in _rows(datasets, drawn[start : start + TOGETHER]):
                writer.add(row, row.pop("split"))
        progress(1.0)
        words = ", ".join(
            tr("{count} rows of “{name}”", count=f"{sum(share.drawn.values()):,}", name=share.name)
            for share in planned
            if any(share.drawn.values())
        )
        return writer.finish(name, SplitRule(share=0.0, seed=limits.seed), source=tr("A mix: {parts}", parts=words))


def _check(datasets: Sequence[Dataset], limits: Limits) -> None:
    if len({dataset.path for dataset in datasets}) < 2:
        raise UserError(tr("Choose at least two data sets to mix."))
    if len({dataset.path for dataset in datasets}) < len(datasets):
        raise UserError(tr("Name each data set only once."))
    kinds = {dataset.info.kind for dataset in datasets}
    if len(kinds) > 1 or not kinds <= set(KINDS):
        raise UserError(tr("Only data sets of one kind can be mixed: all instructions, or all conversations."))
    if min(limits.cap, limits.rate_maximum, 1 if limits.size is None else limits.size) < 1:
        raise UserError(tr("The limits of a mix are numbers of rows, at least 1."))


def _draw(datasets: Sequence[Dataset], planned: Sequence[Share], seed: int) -> list[tuple[int, int]]:
    """Return the number of the data set and of the row of each row that is drawn, in a mixed order.

    What is drawn from a set depends on its content, not on what it is mixed with or in which order.
    """
    import numpy

    drawn: list[tuple[int, int]] = []
    for number, (dataset, share) in enumerate(zip(datasets, planned, strict=True)):
        chance = numpy.random.default_rng([seed, int(dataset.info.hash[:15] or "0", 16)])
        parts = dataset.table()["split"].to_numpy()
        for part in PARTS:
            rows = numpy.flatnonzero(parts == part)
            chosen = chance.permutation(rows)[: share.drawn.get(part, 0)]
            drawn.extend((number, row) for row in chosen.tolist())
    random.Random(seed).shuffle(drawn)
    return drawn


def _rows(datasets: Sequence[Dataset], drawn: Sequence[tuple[int, int]]) -> Iterator[dict[str, str]]:
    """Yield rows as they are stored, with their part."""
    found = {}
    for number in {number for number, _ in drawn}:
        wanted = [row for other, row in drawn if other == number]
        values = datasets[number].table().take(wanted).to_pylist()
        found.update({(number, row): value for row, value in zip(wanted, values, strict=True)})
    for key in drawn:
        yield {name: value for name, value in found[key].items() if value is not None}
