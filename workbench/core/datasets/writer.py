"""Writing a data set so that it is there whole or not at all."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec
import psutil

from workbench.core import jsonl
from workbench.core.clock import now
from workbench.core.datasets import fingerprints, kinds, notes, splits
from workbench.core.datasets.dataset import ROWS, SPLITS, Dataset, DatasetInfo, Rejected, readable
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.readers import How
from workbench.core.datasets.splits import SplitRule
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from numpy import uint8, uint64
    from numpy.typing import NDArray

BATCH = 4 << 20
"""Characters of rows that are written together."""


class Writer:
    """Writes a data set beside its final folder; `finish` puts it there whole, leaving early leaves nothing.

    Args:
        folder: The final folder, which must not exist yet.
        kind: Name of its kind.

    Attributes:
        inside: The folder that becomes the data set; files that belong to its rows can be put there.

    Raises:
        UserError: The folder exists.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        import pyarrow

        if folder.exists():
            raise UserError(tr("There is already a data set “{name}”. Choose another name.", name=folder.name))
        self.kind = kinds.kind(kind)
        self.reasons: Counter[str] = Counter()
        self.count = 0
        self._folder = folder
        self._schema = schema(self.kind)
        self._waiting: list[Row] = []
        self._waiting_parts: list[int] = []
        self._waiting_groups: list[str] = []
        self._waiting_size = 0
        self._notes = notes.Notes(self.kind)
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clean(folder.parent)
        # one level deeper than a data set, so that no listing ever takes the unfinished one for one
        self._staging = Path(tempfile.mkdtemp(prefix=f".staging-{os.getpid()}-", dir=folder.parent))
        self.inside = self._staging / "data"
        self.inside.mkdir()
        self._sink = pyarrow.OSFile(str(self.inside / ROWS), "wb")
        self._arrow = pyarrow.ipc.new_file(self._sink, self._schema)
        self._rejected = (self.inside / "rejected.jsonl").open("wb")

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        unfinished = [] if self._sink.closed else [self._arrow, self._sink]
        for file in (self._rejected, *unfinished):
            with suppress(OSError):  # on a full disk not even the end can be written; all of it goes anyway
                file.close()
        shutil.rmtree(self._staging, ignore_errors=True)

    def add(self, row: Row, part: str = "", group: str = "") -> None:
        """Add a canonical row.

        Args:
            row: Values by role.
            part: "train", "validation" or "test" if that is settled; "" leaves it to the split.
            group: Rows with the same one are not separated by the split; "" means the kind's own group.
        """
        self.count += 1
        self._waiting.append(row)
        self._waiting_parts.append(splits.code(part))
        self._waiting_groups.append(group)
        self._waiting_size += _size(row)
        if self._waiting_size >= BATCH:
            self._write_waiting()

    def add_batch(self, batch: Any, parts: "NDArray[uint8]", keys: "NDArray[uint64]") -> None:
        """Add canonical rows as a pyarrow record batch.

        Args:
            batch: Has the `schema` of the kind; its rows must be good ones.
            parts: The number of each row's part (see `splits.code`).
            keys: A hash of each row's group (see `keys_of`).
        """
        self._write_waiting()
        self.count += batch.num_rows
        self._write(batch, parts, keys)

    def reject(self, line: int, reason: str, raw: str, file: str = "") -> None:
        """Keep a row that is no good; of a very long one only the beginning."""
        self.reasons[reason] += 1
        kept = Rejected(line, reason, readable(raw), file)
        self._rejected.write(msgspec.json.encode(kept) + b"\n")

    def finish(
        self,
        name: str,
        rule: SplitRule,
        *,
        train_is_open: bool = False,
        source: str = "",
        licence: str = "",
        remarks: Sequence[str] = (),
        format: str = "",
        how: How | None = None,
        mapping: dict[str, str] | None = None,
    ) -> Dataset:
        """Decide the split, write the description and put the data set where it belongs.

        Args:
            name: What it is called.
            rule: How it is divided.
            train_is_open: If no row has been settled as validation, take that from those settled as training too.
            source: Name of the file that the rows came from.
            licence: Under which they may be used, if somebody says so.
            remarks: What of the source was passed over.
            format: Name of its format.
            how: How it was read.
            mapping: The column of each role.

        Raises:
            UserError: The folder exists by now.
        """
        self._write_waiting()
        for file in (self._arrow, self._sink, self._rejected):
            file.close()
        parts = self._notes.decide(rule, train_is_open=train_is_open)
        notes.write_parts(self.inside / SPLITS, parts)
        how = how or How()
        info = DatasetInfo(
            name=name,
            kind=self.kind.name,
            rows=self.count,
            rejected=self.reasons.total(),
            reasons=dict(self.reasons.most_common()),
            format=format,
            encoding=how.encoding,
            how=how,
            mapping=mapping or {},
            hash=self._notes.content.finish(parts),
            splits=notes.counted(parts),
            rule=rule,
            source=source,
            licence=licence,
            remarks=list(remarks),
            created=now(),
        )
        jsonl.write_atomically(self.inside / "info.json", info)
        return self._put_in_place()

    def _put_in_place(self) -> Dataset:
        try:
            self.inside.rename(self._folder)
        except OSError as error:
            raise UserError(
                tr("There is already a data set “{name}”. Choose another name.", name=self._folder.name),
                str(error),
            ) from error
        return Dataset(self._folder)

    def _write_waiting(self) -> None:
        import numpy
        import pyarrow

        if not self._waiting:
            return
        batch = pyarrow.RecordBatch.from_pylist(self._waiting, schema=self._schema)
        keys = keys_of(self.kind, batch, pyarrow.array(self._waiting_groups, pyarrow.string()))
        self._write(batch, numpy.array(self._waiting_parts, numpy.uint8), keys)
        self._waiting, self._waiting_parts, self._waiting_groups, self._waiting_size = [], [], [], 0

    def _write(self, batch: Any, parts: "NDArray[uint8]", keys: "NDArray[uint64]") -> None:
        self._arrow.write_batch(batch)
        self._notes.take(batch, parts, keys)


def write_dataset(
    folder: Path,
    name: str,
    kind: str,
    rows: Iterable[Row],
    *,
    split: float,
    seed: int = 0,
    source: str = "",
    parts: Iterable[str] | None = None,
) -> Dataset:
    """Write canonical rows as a data set, whole or not at all.

    Args:
        folder: Its folder, which must not exist yet.
        name: What it is called; in a project the same as the folder.
        kind: Name of its kind; the rows must be good ones of that kind.
        split: Share of the rows (of the groups, where the kind has them) that is held out.
        seed: Of the shuffle that decides the split.
        source: Where the rows came from.
        parts: The part of each row that is settled already, "" for the others.

    Raises:
        UserError: The folder exists.
    """
    with Writer(folder, kind) as writer:
        if parts is None:
            for row in rows:
                writer.add(row)
        else:
            for row, part in zip(rows, parts, strict=True):
                writer.add(row, part)
        return writer.finish(name, SplitRule(share=split, seed=seed), source=source)


def schema(kind: kinds.Kind) -> Any:
    """Return the pyarrow schema of the stored rows of a kind."""
    import pyarrow

    return pyarrow.schema([(role.name, _arrow_type(role.type)) for role in kind.stored])


def keys_of(kind: kinds.Kind, batch: Any, groups: Any = None) -> "NDArray[uint64]":
    """Return a hash of the group of each canonical row.

    Args:
        kind: Its group counts for rows without one of their own.
        batch: The rows.
        groups: Text array with the group of each row, or None if no row has one of its own.
    """
    import numpy
    import pyarrow.compute as compute

    if groups is None:
        return fingerprints.row_keys(batch, kind.group)
    own = compute.fill_null(compute.not_equal(groups, ""), False).to_numpy(zero_copy_only=False)
    if own.all():
        return fingerprints.text_keys(groups)
    keys = fingerprints.row_keys(batch, kind.group)
    return numpy.where(own, fingerprints.text_keys(groups), keys) if own.any() else keys


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return sum(map(_size, value)) if isinstance(value, list) else 8


def _arrow_type(type: kinds.Type) -> Any:
    import pyarrow

    text = pyarrow.string()
    types = {
        "texts": pyarrow.list_(text),
        "number": pyarrow.float64(),
        "numbers": pyarrow.list_(pyarrow.int64()),
        "messages": pyarrow.list_(pyarrow.struct([("role", text), ("content", text)])),
    }
    return types.get(type, text)


def _clean(parent: Path) -> None:
    """Remove what imports that were killed have left."""
    for leftover in parent.glob(".staging-*"):
        if not psutil.pid_exists(int(leftover.name.split("-")[1])):
            shutil.rmtree(leftover, ignore_errors=True)
