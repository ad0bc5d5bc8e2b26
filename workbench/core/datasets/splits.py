"""Which rows are for training, for validation and for a last test: decided once, the same for the same seed."""

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from numpy import bool_, int32, uint8, uint64
    from numpy.typing import NDArray

PARTS = ("train", "validation", "test")

FREE, TRAIN, VALIDATION, TEST = range(4)
"""What `decide` makes of a row's part; a free one goes where the shuffle puts it."""

ENOUGH = 5
"""From so many different rows on, at least one is held out."""

EXACT = 1_000_000
"""Up to so many rows each stratum gives exactly its share; above that each group is drawn with that chance."""

_NAMES = {
    "train": ("train", "training", "trn", "学習", "学習用", "訓練", "訓練用"),
    "validation": ("validation", "valid", "val", "dev", "development", "eval", "evaluation", "検証", "検証用", "開発"),
    "test": ("test", "testing", "tst", "評価", "評価用", "テスト", "テスト用"),
}
_PART = {name: part for part, names in _NAMES.items() for name in names}


class SplitRule(msgspec.Struct, frozen=True, kw_only=True):
    """How a data set is divided.

    Attributes:
        share: How much of the groups of rows is held out for validation, from 0 to 0.9.
        seed: The same seed gives the same split.
        stratified: Each label gives its share.
        own: Parts that the file itself names are kept.
    """

    share: float = 0.1
    seed: int = 0
    stratified: bool = True
    own: bool = True


def part_of(name: object) -> str:
    """Return which of the `PARTS` a word means, in English or Japanese, or "" if it means none."""
    return _PART.get(str(name).strip().lower(), "")


def code(part: str) -> int:
    """Return the number of a part; `FREE` for ""."""
    return PARTS.index(part) + 1 if part else FREE


def decide(
    groups: "NDArray[uint64]",
    strata: "NDArray[int32] | None",
    parts: "NDArray[uint8]",
    share: float,
    seed: int,
    *,
    train_is_open: bool = False,
) -> "NDArray[uint8]":
    """Return the part of each row, where it is still free.

    Rows of one group are never separated by this, and follow those of their group that have a part already.
    Up to `EXACT` rows the share is met exactly, and in each stratum; in larger sets every group is held out
    with the chance that the share is, which needs no sorting and misses it by less than a tenth of a percent.

    Args:
        groups: A number for each row's group, spread evenly over all numbers.
        strata: A number for each row's stratum, each of which gives its share; the first row of a group decides.
        parts: `FREE`, or the part that a row has already.
        share: How much is held out for validation, from 0 (nothing) to below 1.
        seed: The same seed gives the same split.
        train_is_open: If no row has been settled as validation, its share is taken from the training rows too.
    """
    import numpy

    decided = parts.copy()
    if decided.any():
        _follow(groups, decided)
    if train_is_open and VALIDATION not in decided:
        decided[decided == TRAIN] = FREE
    free = decided == FREE
    if share <= 0 or not free.any():
        decided[free] = TRAIN
    elif len(groups) > EXACT:
        for start in range(0, len(groups), EXACT):  # so that what is needed in between stays small
            part = slice(start, start + EXACT)
            aside = mixed(groups[part], seed) < numpy.uint64(share * 2**64)
            decided[part][free[part]] = numpy.where(aside[free[part]], VALIDATION, TRAIN)
    else:
        aside = _exact(groups[free], None if strata is None else strata[free], share, seed)
        decided[free] = numpy.where(aside, VALIDATION, TRAIN)
    return decided


def _follow(groups: "NDArray[uint64]", parts: "NDArray[uint8]") -> None:
    """Give free rows the part of the first row of their group that has one."""
    import numpy

    fixed = parts != FREE
    known, first = numpy.unique(groups[fixed], return_index=True)
    at = numpy.minimum(numpy.searchsorted(known, groups), len(known) - 1)
    follows = ~fixed & (known[at] == groups)
    parts[follows] = parts[fixed][first[at[follows]]]


def _exact(groups: "NDArray[uint64]", strata: "NDArray[int32] | None", share: float, seed: int) -> "NDArray[bool_]":
    """Return for each row whether it is held out."""
    import numpy

    known, first, member = numpy.unique(groups, return_index=True, return_inverse=True)
    stratum = numpy.zeros(len(known), numpy.int32) if strata is None else strata[first]
    order = numpy.lexsort((mixed(known, seed), stratum))
    sizes = numpy.unique(stratum, return_counts=True)[1]
    chosen = numpy.zeros(len(known), numpy.bool_)
    owed = 0.0  # the fractions that small strata could not give are not lost
    start = 0
    for size in sizes.tolist():
        owed += share * size
        taken = min(round(owed), size - 1)
        owed -= taken
        chosen[order[start : start + taken]] = True
        start += size
    if not chosen.any() and len(known) >= ENOUGH:
        largest = int(sizes.argmax())
        chosen[order[int(sizes[:largest].sum())]] = True
    held_out: NDArray[bool_] = chosen[member]
    return held_out


def mixed(numbers: "NDArray[uint64]", seed: int) -> "NDArray[uint64]":
    """Shuffle numbers by a seed: the finaliser of SplitMix64 (Steele et al. 2014) over number and seed."""
    import numpy

    mixed = numbers ^ _finalised(numpy.array([seed % 2**64], numpy.uint64))
    return _finalised(mixed)


def _finalised(numbers: "NDArray[uint64]") -> "NDArray[uint64]":
    import numpy

    mixed = numbers + numpy.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> numpy.uint64(30))) * numpy.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> numpy.uint64(27))) * numpy.uint64(0x94D049BB133111EB)
    finalised: NDArray[uint64] = mixed ^ (mixed >> numpy.uint64(31))
    return finalised
