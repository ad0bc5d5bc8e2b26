"""JSON lines by the block: Arrow parses the wanted columns of a block; where it cannot, its rows are read singly.

A block is parsed by Arrow only if the outcome is the same as row by row: every line that is not empty begins with
``{`` and ends with ``}``, so that no value goes on in the next line, and there are as many values as such lines.
"""

import codecs
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from workbench.core.datasets.readers.json_rows import json_line
from workbench.core.datasets.readers.source import Batch, Block, Record, Source
from workbench.core.datasets.readers.text import KEPT, LONGEST, Line, lines

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

SIZE = 8 << 20
"""Bytes of a block."""

SMALLEST = 1 << 16
"""Bytes of a piece that is read row by row, because Arrow cannot parse it."""

PIECES = 12
"""Into so many a block is cut that Arrow cannot parse, to find the rows that it stumbles over."""

_UTF8 = ("utf-8", "utf-8-sig")
_ARROW_TYPES = {str: "string", int: "int64", bool: "bool_", float: "float64"}
_NEWLINE, _BEGIN, _END = b"\n{}"


def types(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> dict[str, str]:
    """Return the Arrow types of columns as far as the first rows tell; nothing if a column has none."""
    found: dict[str, str] = {}
    for column in columns:
        seen = {type(row[column]) for row in rows if row.get(column) is not None}
        seen = {float} if seen == {int, float} else seen or {str}
        if len(seen) > 1 or not seen <= _ARROW_TYPES.keys():
            return {}
        found[column] = _ARROW_TYPES[seen.pop()]
    return found


def blocks(source: Source, encoding: str, types: Mapping[str, str]) -> Iterator[Record | Block]:
    """Give blocks of whole lines to be parsed, and records for lines that are too long.

    Args:
        source: The file.
        encoding: Of its text.
        types: The Arrow types of the wanted columns.
    """
    known = encoding or source.encoding()
    is_utf8 = codecs.lookup(known).name in _UTF8
    errors = "workbench-damaged" if is_utf8 else "surrogatepass"
    with closing(_Utf8(source) if is_utf8 else _Transcoded(source, known)) as file:
        number = 1
        for content, is_whole in _cut(file):
            done = file.done()
            if is_whole:
                yield Block(parse=partial(_parse, _Piece(number, content, errors), types), done=done)
                number += content.count(b"\n")
            else:
                beginning = content[: 4 * KEPT].decode("utf-8", errors)[:KEPT]
                if record := json_line(Line(number, beginning, False)):
                    yield msgspec.structs.replace(record, done=done)
                number += 1


class _Utf8:
    """The bytes of a file in UTF-8, with "\n" at the end of every line."""

    def __init__(self, source: Source) -> None:
        self._file = source.open()
        self._size = source.size
        if self._file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            self._file.seek(0)

    def read(self) -> bytes:
        content = self._file.read(SIZE)
        if content.endswith(b"\r"):  # perhaps half of a line's end
            content += self._file.read(1)
        return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in content else content

    def done(self) -> float:
        return min(1.0, self._file.tell() / self._size)

    def close(self) -> None:
        self._file.close()


class _Transcoded:
    """The same of a file in another encoding; damaged places become half characters, which UTF-8 does not have."""

    def __init__(self, source: Source, encoding: str) -> None:
        self._text = source.text(encoding)
        self._file = io.IncrementalNewlineDecoder(None, translate=True)
        self._size = source.size

    def read(self) -> bytes:
        text = self._text.read(SIZE // 2)
        return self._file.decode(text, final=not text).encode("utf-8", "surrogatepass")

    def done(self) -> float:
        return min(1.0, self._text.buffer.tell() / self._size)

    def close(self) -> None:
        self._text.close()


def _cut(file: _Utf8 | _Transcoded) -> Iterator[tuple[bytes, bool]]:
    """Give blocks of whole lines, and the beginning of each line that is too long."""
    begun = b""
    while content := file.read():
        end = content.rfind(b"\n") + 1
        if end:
            yield begun + content[:end], True
            begun = content[end:]
        else:
            begun += content
        if len(begun) > LONGEST and _characters(begun) > LONGEST:
            yield begun, False
            begun = _after_line(file)
    if begun:
        yield begun, True


def _characters(content: bytes) -> int:
    return len(content.decode("utf-8", "workbench-damaged"))


def _after_line(file: _Utf8 | _Transcoded) -> bytes:
    """Read on to the end of a line and return what follows of the next."""
    while content := file.read():
        _, newline, rest = content.partition(b"\n")
        if newline:
            return rest
    return b""


@dataclass(frozen=True)
class _Piece:
    """Whole lines: the number of the first, their bytes, and how damage in them is decoded."""

    line: int
    content: bytes
    errors: str


def _parse(piece: _Piece, types: Mapping[str, str]) -> list[Record | Batch]:
    batch = _as_batch(piece, types)
    if batch is not None:
        return [batch]
    parts = list(_parts(piece)) if len(piece.content) > SMALLEST else []
    if len(parts) < 2:
        return list(_records(piece))
    return [found for part in parts for found in _parse(part, types)]


def _as_batch(piece: _Piece, types: Mapping[str, str]) -> Batch | None:
    """Return the piece parsed by Arrow, or None if that stumbles over anything in it."""
    import pyarrow
    from pyarrow import json

    content = piece.content
    if b"\0" in content:
        return None
    starts, ends = _places(content)
    there = ends > starts
    if not _has_one_value_a_line(content, starts[there], ends[there]):
        return None
    schema = pyarrow.schema([(name, getattr(pyarrow, type)()) for name, type in types.items()])
    try:
        table = json.read_json(
            pyarrow.BufferReader(content),
            json.ReadOptions(use_threads=False, block_size=len(content) + 1),
            json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
        if not content.isascii():
            table.validate(full=True)
    except pyarrow.ArrowException:
        return None
    if table.num_rows != there.sum():
        return None
    singly = _Singly(piece, there, starts, ends)
    return Batch(table=table, line=piece.line, raw=singly.raw, record=singly.record)


def _places(content: bytes) -> "tuple[NDArray[int64], NDArray[int64]]":
    """Return where the lines of a piece begin and end."""
    import numpy

    ends = numpy.flatnonzero(numpy.frombuffer(content, numpy.uint8) == _NEWLINE)
    if not content.endswith(b"\n"):
        ends = numpy.append(ends, len(content))
    return numpy.concatenate([[0], ends[:-1] + 1]), ends


def _has_one_value_a_line(content: bytes, starts: "NDArray[int64]", ends: "NDArray[int64]") -> bool:
    import numpy

    characters = numpy.frombuffer(content, numpy.uint8)
    return bool(
        len(starts)
        and (characters[starts] == _BEGIN).all()
        and (characters[ends - 1] == _END).all()
        and (ends - starts).max() <= LONGEST
    )


class _Singly:
    """Gives single rows of a piece, by their number among the lines that are not empty."""

    def __init__(self, piece: _Piece, there: Any, starts: "NDArray[int64]", ends: "NDArray[int64]") -> None:
        self._piece = piece
        self._there = there
        self._starts = starts[there]
        self._ends = ends[there]

    def raw(self, number: int) -> str:
        content = self._piece.content[self._starts[number] : self._ends[number]]
        return content.decode("utf-8", self._piece.errors)

    def record(self, number: int) -> Record:
        line = self._piece.line + int(self._there.nonzero()[0][number])
        record = json_line(Line(line, self.raw(number), True))
        assert record is not None
        return record


def _records(piece: _Piece) -> Iterator[Record]:
    text = io.StringIO(piece.content.decode("utf-8", piece.errors), newline="\n")
    for line in lines(text):
        record = json_line(line._replace(number=line.number + piece.line - 1))
        if record is not None:
            yield record


def _parts(piece: _Piece) -> Iterator[_Piece]:
    """Cut a piece into several at ends of lines."""
    start, line = 0, piece.line
    step = max(SMALLEST, len(piece.content) // PIECES)
    while start < len(piece.content):
        end = piece.content.find(b"\n", start + step) + 1 or len(piece.content)
        yield _Piece(line, piece.content[start:end], piece.errors)
        line += piece.content.count(b"\n", start, end)
        start = end
