"""From a file to records, one at a time; what cannot be read is a record too, with a reason and no values."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import msgspec

from workbench.core.datasets import json_array
from workbench.core.datasets.encodings import detect, open_text
from workbench.core.errors import UserError
from workbench.core.i18n import tr

CELL_LIMIT = 1_000_000
"""Characters in one cell of a table; more is a quotation mark that is never closed."""

HEAD = 1 << 20
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".tab", ".txt", ".md")


class Record(msgspec.Struct, frozen=True):
    """A row of a file as it stands there.

    Attributes:
        line: Where it begins, from 1.
        raw: Its text.
        values: By column; None if it could not be read, and then there is a reason.
        done: Share of the file that has been read, from 0 to 1.
    """

    line: int
    raw: str
    values: dict[str, Any] | None = None
    reason: str = ""
    done: float = 0.0


def read(path: Path, encoding: str = "") -> Iterator[Record]:
    """Read the records of a JSONL, JSON, CSV, TSV or TXT file.

    Args:
        path: The file; its ending tells the format, and JSON lines are recognised whatever it says.
        encoding: How the text is encoded; found out if it is not given.

    Raises:
        UserError: The file is missing, empty as a whole, of another format, or holds no list of rows.
    """
    check(path)
    size = max(1, path.stat().st_size)
    with open_text(path, encoding or detect(path)) as file:
        for record in _reader(path, file):
            yield msgspec.structs.replace(record, done=min(1.0, file.buffer.tell() / size))


def check(path: Path) -> None:
    """Check that a file is there and of a format that can be read.

    Raises:
        UserError: It is not.
    """
    if not path.is_file():
        raise UserError(tr("There is no file {path}.", path=path))
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(
            tr(
                "{file} is of a format that cannot be read; these can: {known}.",
                file=path.name,
                known=", ".join(SUFFIXES),
            )
        )
    if path.stat().st_size == 0:
        raise UserError(tr("{file} is empty.", file=path.name))


def _reader(path: Path, file: TextIO) -> Iterator[Record]:
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv", ".tab"):
        return _table(file, path.name, tabs=suffix != ".csv")
    if suffix in (".txt", ".md"):
        return _text(file)
    head = file.read(HEAD)
    file.seek(0)
    return _json_lines(file) if _is_json_lines(head, suffix) else _json(file, path.name)


def _text(file: TextIO) -> Iterator[Record]:
    for number, line in enumerate(file, 1):
        raw = line.rstrip("\r\n")
        if "\0" in raw:
            yield Record(number, raw, None, _zeros())
        elif raw.strip():
            yield Record(number, raw, {"text": raw})


def _zeros() -> str:
    return tr("The row holds zero bytes: the file is damaged there, or it is not a text file.")


def _is_json_lines(head: str, suffix: str) -> bool:
    first, newline, rest = head.lstrip("\ufeff \r\n\t").partition("\n")
    if suffix != ".json":
        return not first.startswith("[") or _parses(first)
    return first.startswith("{") and bool(newline and rest.strip()) and _parses(first)


def _parses(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _json_lines(file: TextIO) -> Iterator[Record]:
    for number, line in enumerate(file, 1):
        raw = line.strip("\ufeff \r\n\t")
        if not raw:
            continue
        if "\0" in raw:
            yield Record(number, raw, None, _zeros())
            continue
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            cut_off = not line.endswith(("\n", "\r", "}"))
            yield Record(number, raw, None, tr("The file ends in the middle of the row.") if cut_off else _not_json())
            continue
        yield _json_record(number, raw, value)


def _not_json() -> str:
    return tr("The row is not valid JSON.")


def _json_record(line: int, raw: str, value: Any) -> Record:
    if isinstance(value, str):  # a list of prompts or texts
        value = {"text": value}
    if not isinstance(value, dict):
        return Record(line, raw, None, tr("The row is not a JSON object with named values."))
    return Record(line, raw, value)


def _json(file: TextIO, name: str) -> Iterator[Record]:
    found = False
    for piece in json_array.pieces(file):
        found = True
        if piece.damage == "cut":
            yield Record(piece.line, piece.raw, None, tr("The file ends in the middle of the row."))
        elif piece.damage:
            yield Record(piece.line, piece.raw, None, _zeros() if "\0" in piece.raw else _not_json())
        else:
            yield _json_record(piece.line, piece.raw, piece.value)
    if not found:
        raise UserError(tr("{file} holds no list of rows. JSON files need one: [{{…}}, {{…}}].", file=name))


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
            yield Record(number, raw, None, _zeros())
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
