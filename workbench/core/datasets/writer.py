"""Writing a data set so that it is there whole or not at all."""

import hashlib
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import psutil

from workbench.core import jsonl
from workbench.core.clock import now
from workbench.core.datasets import kinds
from workbench.core.datasets.dataset import Dataset, DatasetInfo, Rejected, readable
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.splits import held_out
from workbench.core.errors import UserError
from workbench.core.i18n import tr

BATCH = 1 << 20
"""Bytes of rows that are written together."""


class Writer:
    """Writes a data set beside its final folder; `finish` puts it there whole, leaving early leaves nothing.

    Args:
        folder: The final folder, which must not exist yet.
        kind: Name of its kind.

    Raises:
        UserError: The folder exists.
    """

    def __init__(self, folder: Path, kind: str) -> None:
        import pyarrow

        if folder.exists():
            raise UserError(tr("There is already a data set “{name}”. Choose another name.", name=folder.name))
        self.kind = kinds.kind(kind)
        self.reasons: Counter[str] = Counter()
        self._folder = folder
        self._schema = pyarrow.schema([(role.name, _arrow_type(role.type)) for role in self.kind.stored])
        self._waiting: list[Row] = []
        self._waiting_bytes = 0
        self._digests: list[bytes] = []
        self._groups: list[bytes] = []
        self._strata: list[str] = []
        folder.parent.mkdir(parents=True, exist_ok=True)
        _clean(folder.parent)
        # one level deeper than a data set, so that no listing ever takes the unfinished one for one
        self._staging = Path(tempfile.mkdtemp(prefix=f".staging-{os.getpid()}-", dir=folder.parent))
        self._inside = self._staging / "data"
        self._inside.mkdir()
        self._sink = pyarrow.OSFile(str(self._staging / "rows.arrow"), "wb")
        self._arrow = pyarrow.ipc.new_file(self._sink, self._schema)
        self._rejected = (self._inside / "rejected.jsonl").open("wb")

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rejected.close()
        if not self._sink.closed:
            self._arrow.close()
            self._sink.close()
        shutil.rmtree(self._staging, ignore_errors=True)

    @property
    def count(self) -> int:
        """Rows added so far."""
        return len(self._digests)

    def add(self, row: Row) -> None:
        """Add a canonical row."""
        encoded = msgspec.json.encode(row, order="sorted")
        digest = _digest(encoded)
        self._digests.append(digest)
        self._groups.append(_digest(row[self.kind.group].encode()) if self.kind.group else digest)
        self._strata.append(row[self.kind.stratum] if self.kind.stratum else "")
        self._waiting.append(row)
        self._waiting_bytes += len(encoded)
        if self._waiting_bytes >= BATCH:
            self._write()

    def reject(self, line: int, reason: str, raw: str) -> None:
        """Keep a row that is no good."""
        self.reasons[reason] += 1
        self._rejected.write(msgspec.json.encode(Rejected(line, reason, readable(raw))) + b"\n")

    def finish(
        self,
        name: str,
        *,
        split: float,
        seed: int = 0,
        format: str = "",
        encoding: str = "",
        mapping: dict[str, str] | None = None,
        source: str = "",
    ) -> Dataset:
        """Decide the split, write the description and put the data set where it belongs."""
        self._write()
        self._arrow.close()
        self._sink.close()
        self._rejected.close()
        aside = held_out(self._groups, self._strata, split, seed)
        self._add_splits(aside)
        content = hashlib.sha256(self.kind.name.encode())
        for digest, is_held_out in zip(self._digests, aside, strict=True):
            content.update(digest + (b"v" if is_held_out else b"t"))
        info = DatasetInfo(
            name=name,
            kind=self.kind.name,
            rows=self.count,
            rejected=self.reasons.total(),
            reasons=dict(self.reasons.most_common()),
            format=format,
            encoding=encoding,
            mapping=mapping or {},
            hash=content.hexdigest(),
            splits={"train": self.count - sum(aside), "validation": sum(aside)},
            source=source,
            created=now(),
        )
        jsonl.write_atomically(self._inside / "info.json", info)
        try:
            self._inside.rename(self._folder)
        except OSError as error:
            raise UserError(
                tr("There is already a data set “{name}”. Choose another name.", name=self._folder.name),
                str(error),
            ) from error
        return Dataset(self._folder)

    def _write(self) -> None:
        import pyarrow

        self._arrow.write_batch(pyarrow.RecordBatch.from_pylist(self._waiting, schema=self._schema))
        self._waiting = []
        self._waiting_bytes = 0

    def _add_splits(self, aside: list[bool]) -> None:
        import pyarrow

        schema = self._schema.append(pyarrow.field("split", pyarrow.string()))
        with (
            pyarrow.OSFile(str(self._staging / "rows.arrow"), "rb") as source,
            pyarrow.OSFile(str(self._inside / "rows.arrow"), "wb") as sink,
            pyarrow.ipc.new_file(sink, schema) as out,
        ):
            done = 0
            for batch in _batches(pyarrow.ipc.open_file(source)):
                names = ["validation" if flag else "train" for flag in aside[done : done + batch.num_rows]]
                done += batch.num_rows
                columns = [*batch.columns, pyarrow.array(names, pyarrow.string())]
                out.write_batch(pyarrow.RecordBatch.from_arrays(columns, schema=schema))


def write_dataset(
    folder: Path, name: str, kind: str, rows: Iterable[Row], *, split: float, seed: int = 0, source: str = ""
) -> Dataset:
    """Write canonical rows as a data set, whole or not at all.

    Args:
        folder: Its folder, which must not exist yet.
        name: What it is called; in a project the same as the folder.
        kind: Name of its kind; the rows must be good ones of that kind.
        split: Share of the rows (of the groups, where the kind has them) that is held out.
        seed: Of the shuffle that decides the split.
        source: Where the rows came from.

    Raises:
        UserError: The folder exists.
    """
    with Writer(folder, kind) as writer:
        for row in rows:
            writer.add(row)
        return writer.finish(name, split=split, seed=seed, source=source)


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()[:16]


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


def _batches(reader: Any) -> Iterator[Any]:
    for number in range(reader.num_record_batches):
        yield reader.get_batch(number)


def _clean(parent: Path) -> None:
    """Remove what imports that were killed have left."""
    for leftover in parent.glob(".staging-*"):
        if not psutil.pid_exists(int(leftover.name.split("-")[1])):
            shutil.rmtree(leftover, ignore_errors=True)
