"""What a writer notes of each row, and the parts that are decided by it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.core.datasets import fingerprints, kinds, several, splits
from workbench.core.datasets.splits import SplitRule

if TYPE_CHECKING:
    from numpy import uint8, uint64
    from numpy.typing import NDArray


class Notes:
    """What is remembered of each row until the split is decided: a dozen bytes.

    Attributes:
        content: Runs over all rows.

    Args:
        kind: Of the data set.
    """

    def __init__(self, kind: kinds.Kind) -> None:
        self.content = fingerprints.ContentHash(kind.name)
        self._hashed = [role.name for role in kind.stored if role.hashed]
        self._stratum, self._several = kind.stratum, kind.several
        self._keys: list[NDArray[uint64]] = []
        self._parts: list[NDArray[uint8]] = []
        self._strata: list[Any] = []
        self._count = 0
        self._numbers: dict[str, int] = {}

    def take(self, batch: Any, parts: "NDArray[uint8]", keys: "NDArray[uint64]") -> None:
        """Note rows as they are written: the number of the part and a hash of the group of each."""
        import numpy

        self.content.update(batch.select(self._hashed))
        self._keys.append(keys)
        self._parts.append(parts)
        self._count += len(parts)
        if self._count > splits.EXACT:
            self._strata = []  # in a large set each stratum gives its share by chance
        elif self._stratum:
            labels = batch.column(self._stratum).dictionary_encode()
            numbers = [self._numbers.setdefault(label, len(self._numbers)) for label in labels.dictionary.to_pylist()]
            self._strata.append(numpy.array(numbers, numpy.int32)[labels.indices.to_numpy(zero_copy_only=False)])

    def decide(self, rule: SplitRule, *, train_is_open: bool) -> "NDArray[uint8]":
        """Return the number of each row's part (see `splits.decide`); the notes are gone then."""
        import numpy

        parts = numpy.concatenate([numpy.empty(0, numpy.uint8), *self._parts])
        if not rule.own:
            parts[:] = splits.FREE
        keys = numpy.concatenate([numpy.empty(0, numpy.uint64), *self._keys])
        stratified = rule.stratified and self._strata
        strata = numpy.concatenate(self._strata) if stratified else None
        if strata is not None and self._several:
            strata = several.strata(list(self._numbers), strata)
        self._keys, self._parts, self._strata = [], [], []
        return splits.decide(keys, strata, parts, rule.share, rule.seed, train_is_open=train_is_open)


def write_parts(path: Path, parts: "NDArray[uint8]") -> None:
    """Write the parts beside the rows, so that these need not be written again when the split is known."""
    import pyarrow

    names = pyarrow.array(splits.PARTS, pyarrow.string())
    column = pyarrow.DictionaryArray.from_arrays((parts - 1).astype("int8"), names)
    batch = pyarrow.RecordBatch.from_arrays([column], names=["split"])
    with pyarrow.OSFile(str(path), "wb") as sink, pyarrow.ipc.new_file(sink, batch.schema) as out:
        out.write_batch(batch)


def counted(parts: "NDArray[uint8]") -> dict[str, int]:
    """Return how many rows are in each part; the test part only where there is one."""
    counts = {name: int((parts == splits.code(name)).sum()) for name in splits.PARTS}
    return counts if counts["test"] else {name: counts[name] for name in ("train", "validation")}
