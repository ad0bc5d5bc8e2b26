"""An imported data set: a folder with its rows, its rejected rows and what is known about it.

The rows are an Arrow file, mapped into memory, so that a page costs the same in a million rows as in ten.
"""

import itertools
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec

from workbench.core.datasets import tables
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.readers.source import How
from workbench.core.datasets.splits import SplitRule
from workbench.core.errors import UserError
from workbench.core.i18n import tr

VERSION = 2
ROWS = "rows.arrow"
SPLITS = "splits.arrow"
"""The part of each row, a column of its own beside the rows; sets of version 1 have it among the rows."""

MOST_RAW = 1 << 16
"""Characters of a rejected row that are kept."""

Split = Literal["all", "train", "validation", "test"]
"""What tasks ask for; "test" is only there where the file had such a part."""


class DatasetInfo(msgspec.Struct, frozen=True, kw_only=True):
    """``info.json`` of a data set.

    Attributes:
        rows: Good rows.
        rejected: Rows that were no good; they are in ``rejected.jsonl``.
        reasons: How many rows were rejected for which reason.
        format: Name of the format of the file.
        how: How the file was read.
        mapping: The column of the source by role.
        hash: SHA-256 of the rows and their split, the same whatever the file's format or encoding was.
        splits: Rows by split: ``train``, ``validation`` and, where the file had one, ``test``.
        rule: How it was divided into them.
        source: Name of the file that was imported, or of the data set of the Hugging Face Hub with its commit.
        licence: As the Hub names it.
        remarks: What of the file or folder was passed over, in sentences.
    """

    version: int = VERSION
    name: str
    kind: str
    rows: int
    rejected: int = 0
    reasons: dict[str, int] = {}
    format: str = ""
    encoding: str = ""
    how: How = How()
    mapping: dict[str, str] = {}
    hash: str
    splits: dict[str, int]
    rule: SplitRule = SplitRule()
    source: str = ""
    licence: str = ""
    remarks: list[str] = []
    created: str = ""


class Rejected(msgspec.Struct, frozen=True):
    """A row that could not be used: its line (from 1), why, its text, and the file in an archive or folder."""

    line: int
    reason: str
    raw: str
    file: str = ""


class Dataset:
    """An imported data set.

    Args:
        path: Its folder.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name

    @cached_property
    def info(self) -> DatasetInfo:
        """What is known about it.

        Raises:
            UserError: The description is damaged, or a newer version of the program wrote it.
        """
        try:
            info = msgspec.json.decode((self.path / "info.json").read_bytes(), type=DatasetInfo)
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(
                tr("The data set “{name}” is damaged. Import its file again.", name=self.name), str(error)
            ) from error
        if info.version > VERSION:
            raise UserError(tr("A newer version of the program made the data set “{name}”.", name=self.name))
        return info

    def rows(self, split: Split = "all") -> list[Row]:
        """Return the rows of a split as tasks read them; missing optional values are left out.

        Raises:
            UserError: The file of the rows is damaged.
        """
        import pyarrow.compute as compute

        table = self.table()
        if split != "all":
            table = table.filter(compute.equal(table["split"], split))
        merge = kind(self.info.kind).merge
        return [merge(row) for row in _rows(table.drop_columns(["split"]))]

    def page(self, start: int, count: int) -> list[Row]:
        """Return some rows as they are stored, for a table; each has its ``split`` as well."""
        return _rows(self.table().slice(start, count))

    def rejected(self, start: int = 0, count: int = 1000) -> list[Rejected]:
        """Return some of the rejected rows, in the order of the file."""
        return list(itertools.islice(self._rejected(), start, start + count))

    def export_rejected(self, path: Path) -> int:
        """Write all rejected rows into a file: a table for spreadsheets if its name ends in .csv, else JSON lines.

        Cells that a spreadsheet would take for formulas get an apostrophe in front.

        Returns:
            How many there are.

        Raises:
            UserError: The file cannot be written.
        """
        tables.write(path, Rejected.__struct_fields__, self._rejected())
        return self.info.rejected

    def _rejected(self) -> Iterator[Rejected]:
        decoder = msgspec.json.Decoder(Rejected)
        path = self.path / "rejected.jsonl"
        if path.exists():
            with path.open("rb") as file:
                yield from map(decoder.decode, file)

    def table(self) -> Any:
        """Return the stored rows as a pyarrow table that is mapped into memory, with a column ``split``.

        Raises:
            UserError: The file of the rows is damaged.
        """
        return self._table

    @cached_property
    def _table(self) -> Any:
        import pyarrow

        try:
            table = _mapped(self.path / ROWS)
            if (self.path / SPLITS).exists():
                table = table.append_column("split", _mapped(self.path / SPLITS)["split"])
        except (OSError, pyarrow.ArrowInvalid) as error:
            raise UserError(
                tr("The rows of the data set “{name}” cannot be read. Import its file again.", name=self.name),
                str(error),
            ) from error
        return table


def _mapped(path: Path) -> Any:
    import pyarrow

    with pyarrow.memory_map(str(path)) as source:
        return pyarrow.ipc.open_file(source).read_all()


def _rows(table: Any) -> list[Row]:
    return [{key: value for key, value in row.items() if value is not None} for row in table.to_pylist()]


def readable(raw: str) -> str:
    """Return the text of a rejected row as it is kept: bytes that could not be decoded have become question marks."""
    return raw[:MOST_RAW].encode("utf-8", "replace").decode()
