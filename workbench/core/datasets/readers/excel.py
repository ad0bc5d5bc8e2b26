"""Excel workbooks (.xlsx), sheet by sheet, without holding them whole."""

import datetime
import itertools
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any
from xml.etree.ElementTree import ParseError

import msgspec

from workbench.core import archives
from workbench.core.datasets.readers import headers
from workbench.core.datasets.readers.columns import damaged
from workbench.core.datasets.readers.seeking import seekable
from workbench.core.datasets.readers.source import Format, How, Record, Source
from workbench.core.datasets.splits import part_of
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

MOST_SHARED = 200_000_000
"""Bytes of the texts that cells share, which are held as a whole."""

MOST_ROWS = 1_048_576
"""Rows that a sheet can have; a file that says it has more is not to be believed."""

DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ParseError),
    *(LookupError, ValueError, TypeError, AttributeError),
)
"""What a workbook that is damaged makes its library raise."""

Row = tuple[tuple[Any, ...], float]
Cells = tuple[int, list[Any], float]
"""The number of a row, what is in it, and the share of the workbook that has been read."""


def read(source: Source, how: How) -> Iterator[Record]:
    """Read the rows of the first sheet that has some, and of those with the same columns.

    Raises:
        UserError: It is no workbook, or one that is not safe to open.
    """
    first: list[str] = []
    for name, rows in _sheets(source):
        columns, rows = _columns(rows, how.header)
        if not columns:
            continue
        if first and columns != first:
            reason = tr("The sheet “{name}” has other columns than the first one; it was passed over.", name=name)
            yield Record(1, name, None, reason, file=name)
            continue
        first = columns
        for number, cells, done in rows:
            yield _record(number, cells, columns, name, done)


def settle(source: Source, how: How) -> How:
    """Find out whether the first row names the columns, unless a person has said so."""
    if how.header is not None:
        return how
    for _, rows in _sheets(source):
        head = _head(rows)
        if head:
            return msgspec.structs.replace(how, header=headers.has_header(head))
    return how


def _sheets(source: Source) -> Iterator[tuple[str, Iterator[Cells]]]:
    """Give the sheets with their rows that are not empty."""
    from workbench.core.datasets import workbook

    with seekable(source) as file:
        with closing(archives.open_zip(file, source.name)) as packed:
            if any("sharedStrings" in entry.filename and entry.file_size > MOST_SHARED for entry in packed.infolist()):
                raise UserError(tr("{file} is too large for a workbook; save it as CSV first.", file=source.name))
        file.seek(0)
        try:
            for name, rows in workbook.sheets(file):
                yield name, _rows(source, rows)
        except DAMAGED as error:
            raise UserError(damaged(source), str(error)) from error


def _rows(source: Source, rows: Iterator[Row]) -> Iterator[Cells]:
    for number, (values, done) in enumerate(_safely(source, rows), 1):
        cells = [_plain(value) for value in values]
        while cells and cells[-1] in (None, ""):
            cells.pop()
        if cells:
            yield number, cells, done


def _safely(source: Source, rows: Iterator[Row]) -> Iterator[Row]:
    try:
        yield from itertools.islice(rows, MOST_ROWS)
    except DAMAGED as error:
        raise UserError(damaged(source), str(error)) from error


def _columns(rows: Iterator[Cells], header: bool | None) -> tuple[list[str], Iterator[Cells]]:
    """Return the names of the columns, and the rows without the one that names them."""
    head = list(itertools.islice(rows, headers.LOOKED_AT))
    if not head:
        return [], rows
    cells = [row for _, row, _ in head]
    if header if header is not None else headers.has_header(cells):
        return headers.named(cells[0]), itertools.chain(head[1:], rows)
    return headers.invented(cells), itertools.chain(head, rows)


def _head(rows: Iterator[Cells]) -> list[list[Any]]:
    return [cells for _, cells, _ in itertools.islice(rows, headers.LOOKED_AT)]


def _record(number: int, cells: Sequence[Any], columns: Sequence[str], sheet: str, done: float) -> Record:
    raw = "\t".join("" if cell is None else str(cell) for cell in cells)
    if len(cells) > len(columns):
        reason = tr("The row has more cells than there are columns.")
        return Record(number, raw, None, reason, done, file=sheet)
    values = {name: cell for name, cell in zip(columns, cells, strict=False) if cell is not None}
    return Record(number, raw, values, "", done, part_of(sheet), sheet)


def _plain(value: Any) -> Any:
    """Return a cell as a text, number or truth value; dates as ISO 8601 has them."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat(" ")
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float) else str(value)


FORMAT = Format(
    name="excel",
    label=mark("Excel"),
    suffixes=(".xlsx", ".xlsm"),
    read=read,
    is_text=False,
    settle=settle,
)
