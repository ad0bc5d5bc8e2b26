"""Tables with a separator: CSV and TSV."""

import csv
import io
import itertools
from collections import Counter
from collections.abc import Iterator
from typing import TextIO

import msgspec

from workbench.core.datasets.readers import headers
from workbench.core.datasets.readers.columns import batched
from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source
from workbench.core.datasets.readers.text import Line, lines, records, too_long, zeros
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

CELL_LIMIT = 1_000_000
"""Characters in one cell of a table; more is a quotation mark that is never closed."""

HEAD = 1 << 16
"""Characters at the beginning of a file that separator and header are judged by."""

SEPARATORS = "\t,;|"
NO_SEPARATOR = "\x1f"


def read(source: Source, how: How) -> Iterator[Record | Batch]:
    """Read the rows; those below the first line if it names the columns.

    Raises:
        UserError: The first line should name the columns and does not.
    """
    return batched(records(source, how, lambda file: table(file, source.name, how.header)), how)


def settle(source: Source, how: How) -> How:
    """Find out whether the first line names the columns, unless a person has said so."""
    if how.header is not None:
        return how
    with source.text(how.encoding) as file:
        return msgspec.structs.replace(how, header=_has_header(_head(file), _usual(source.name)))


def is_tabbed(file: TextIO) -> bool:
    """Return whether an open text is a table: nearly all of its first lines have the same number of tabs."""
    tabs = Counter(line.count("\t") for line in _head(file).splitlines() if line.strip())
    (count, often), *_ = tabs.most_common(1) or [(0, 0)]
    return count > 0 and often >= 0.9 * tabs.total()


def table(file: TextIO, name: str, header: bool | None) -> Iterator[Record]:
    """Read a table from the beginning of an open text.

    Args:
        file: The text.
        name: Of its file.
        header: Whether the first line names the columns; found out if it is None.
    """
    csv.field_size_limit(CELL_LIMIT)
    head = _head(file)
    delimiter = _separator(head)
    supply = _Lines(file)
    rows = _cells(supply, delimiter)
    if header if header is not None else _has_header(head, _usual(name)):
        _, cells, _ = next(rows, (0, [], ""))
        if not cells:
            raise UserError(tr("The first line of {file} does not name the columns.", file=name))
        columns = headers.named(cells)
    else:
        columns = headers.invented(_sample(head, delimiter) or [[""]])
    for number, cells, reason in rows:
        raw = "".join(supply.taken).rstrip("\r\n")
        values, why = _values(columns, cells)
        if "\0" in raw:
            yield Record(number, raw, None, zeros())
        elif reason or why:
            yield Record(number, raw, None, reason or why)
        else:
            yield Record(number, raw, values)


def _values(columns: list[str], cells: list[str]) -> tuple[dict[str, str], str]:
    if len(cells) < len(columns):
        return {}, tr("The row has fewer cells than there are columns.")
    if any(cell.strip() for cell in cells[len(columns) :]):
        return {}, tr("The row has more cells than there are columns.")
    return dict(zip(columns, cells, strict=False)), ""


def _head(file: TextIO) -> str:
    """Return the whole lines at the beginning of a text, and go back there."""
    head = file.read(HEAD)
    file.seek(0)
    if len(head) == HEAD and "\n" in head:
        head = head[: head.rindex("\n") + 1]
    return head.lstrip("\ufeff")


def _sample(head: str, delimiter: str) -> list[list[str]]:
    """Return the cells of the first rows that are not empty."""
    found = (cells for _, cells, reason in _cells(_Lines.of(head), delimiter) if not reason)
    return list(itertools.islice(found, headers.LOOKED_AT))


def _separator(head: str) -> str:
    """Return what most evenly cuts the first rows into cells; if nothing does, the table has one column."""

    def evenness(delimiter: str) -> float:
        widths = Counter(map(len, _sample(head, delimiter)))
        width, often = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        return often / widths.total() if width > 1 else 0.0

    best = max(SEPARATORS, key=evenness)
    return best if evenness(best) > 0 else NO_SEPARATOR


def _has_header(head: str, usual: bool) -> bool:
    rows = _sample(head, _separator(head))
    return not rows or headers.has_header(rows, usual=usual)


def _usual(name: str) -> bool:
    """Return whether tables in files with such a name usually have a header."""
    return not name.lower().endswith(".txt")


class _Lines:
    """The lines of a file, numbered, which the csv reader takes and which can be given back."""

    def __init__(self, file: TextIO) -> None:
        self._supply: Iterator[Line] = lines(file)
        self._waiting: list[Line] = []
        self._taken: list[Line] = []

    @classmethod
    def of(cls, text: str) -> "_Lines":
        """Return the lines of a text."""
        return cls(io.StringIO(text, newline=""))

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._waiting.pop() if self._waiting else next(self._supply)
        self._taken.append(line)
        return line.text

    @property
    def taken(self) -> list[str]:
        """The lines of the record."""
        return [line.text for line in self._taken]

    @property
    def number(self) -> int:
        """The number of the record's first line."""
        return self._taken[0].number

    @property
    def too_long(self) -> bool:
        """Whether one of them was cut."""
        return not all(line.is_whole for line in self._taken)

    def begin(self) -> None:
        """Begin a new record."""
        self._taken = []

    def give_back_all_but_first(self) -> None:
        """Leave the record its first line only."""
        self._waiting.extend(reversed(self._taken[1:]))
        self._taken = self._taken[:1]


def _cells(supply: _Lines, delimiter: str) -> Iterator[tuple[int, list[str], str]]:
    """Yield line number, cells and, where the quotation marks are wrong, the reason; skip empty lines."""
    reader = csv.reader(supply, delimiter=delimiter, strict=True)
    while True:
        supply.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            cells = []
            supply.give_back_all_but_first()
            reader = csv.reader(supply, delimiter=delimiter, strict=True)
        first = supply.taken[0].rstrip("\r\n")
        if supply.too_long:
            yield supply.number, [], too_long()
        elif cells:
            if "".join(supply.taken).strip(" \r\n"):
                yield supply.number, cells, ""
        elif delimiter == "\t" and "\t" in first:  # tab-separated files often do not quote at all
            yield supply.number, first.split("\t"), ""
        elif first.strip():
            yield supply.number, [], tr("A quotation mark is out of place or never closed.")


FORMAT = Format(
    name="csv",
    label=mark("Table with a separator"),
    suffixes=(".csv", ".tsv", ".tab"),
    read=read,
    settle=settle,
)
