"""Tables with a separator: CSV and TSV."""

import csv
from collections.abc import Iterator
from typing import TextIO

from workbench.core.datasets.readers.source import Format, How, Record, Source
from workbench.core.datasets.readers.text import records, zeros
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

CELL_LIMIT = 1_000_000
"""Characters in one cell of a table; more is a quotation mark that is never closed."""


def read(source: Source, how: How) -> Iterator[Record]:
    """Read the rows below the line that names the columns."""
    return records(source, how, lambda file: _table(file, source.name, tabs=source.suffix != ".csv"))


class _Lines:
    """The lines of a file, numbered, which the csv reader takes and which can be given back."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._waiting: list[str] = []
        self.taken: list[str] = []
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else next(self._file)
        self.number += 1
        self.taken.append(line)
        return line

    def start(self) -> int:
        """Begin a new record; return the number of its first line."""
        self.taken = []
        return self.number + 1

    def give_back_all_but_first(self) -> None:
        self._waiting.extend(reversed(self.taken[1:]))
        self.number -= len(self.taken) - 1
        self.taken = self.taken[:1]


def _table(file: TextIO, name: str, *, tabs: bool) -> Iterator[Record]:
    csv.field_size_limit(CELL_LIMIT)
    first = file.readline()
    file.seek(0)
    delimiter = "\t" if tabs else max(",;\t", key=first.count)
    lines = _Lines(file)
    _, header, _ = next(_cells(lines, delimiter), (0, [], ""))
    if not header:
        raise UserError(tr("The first line of {file} does not name the columns.", file=name))
    columns = _named(header)
    for number, cells, reason in _cells(lines, delimiter):
        raw = "".join(lines.taken).rstrip("\r\n")
        if "\0" in raw:
            yield Record(number, raw, None, zeros())
        elif reason:
            yield Record(number, raw, None, reason)
        elif len(cells) < len(columns):
            yield Record(number, raw, None, tr("The row has fewer cells than there are columns."))
        elif any(cell.strip() for cell in cells[len(columns) :]):
            yield Record(number, raw, None, tr("The row has more cells than there are columns."))
        else:
            yield Record(number, raw, dict(zip(columns, cells, strict=False)))


def _cells(lines: _Lines, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield line number, cells and, where the quotation marks are wrong, the reason; skip empty lines."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        number = lines.start()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            lines.give_back_all_but_first()
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            plain = lines.taken[0].rstrip("\r\n").split(delimiter)
            if delimiter == "\t" and len(plain) > 1:  # tab-separated files often do not quote at all
                yield number, plain, ""
            else:
                yield number, [], tr("A quotation mark is out of place or never closed.")
            continue
        if "".join(lines.taken).strip(" \r\n"):
            yield number, cells, ""


def _named(columns: list[str]) -> list[str]:
    """Give every column a name of its own."""
    names: list[str] = []
    for number, column in enumerate(columns, 1):
        name = column.strip("\ufeff \t") or tr("column {number}", number=number)
        names.append(name if name not in names else f"{name} {number}")
    return names


FORMAT = Format(name="csv", label=mark("Table with a separator"), suffixes=(".csv", ".tsv", ".tab"), read=read)
