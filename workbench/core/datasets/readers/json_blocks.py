"""JSON lines by the block: Arrow parses the wanted columns of a block; where it cannot, its rows are read singly.

A block is parsed by Arrow only if the outcome is the same as row by row: every line that is given to it begins with
``{`` and ends with ``}``, so that no value goes on in the next line, and there are as many values as lines.
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
_MESSAGE_KEYS = (("role", "content"), ("from", "value"))
_NEWLINE, _BEGIN, _END = b"\n{}"
_BEFORE, _AFTER = list(b" \t\xef"), list(b" \t\xbf")
"""What a line with spaces or a mark of the encoding around it begins or ends with."""


def types(rows: Sequence[Mapping[str, object]], columns: Sequence[str]) -> dict[str, str]:
    """Return the Arrow types of columns as far as the first rows tell; nothing if a column has none."""
    found: dict[str, str] = {}
    for column in columns:
        values = [row[column] for row in rows if row.get(column) is not None]
        if keys := _message_keys(values):
            found[column] = "messages:" + ",".join(keys)
            continue
        seen = {type(value) for value in values}
        seen = {float} if seen == {int, float} else seen or {str}
        if len(seen) > 1 or not seen <= _ARROW_TYPES.keys():
            return {}
        found[column] = _ARROW_TYPES[seen.pop()]
    return found


def _message_keys(values: Sequence[object]) -> tuple[str, str] | None:
    """Return what speaker and words are called if all values are conversations written in the same way."""
    if not values or not all(isinstance(value, list) and value for value in values):
        return None
    items = [item for value in values if isinstance(value, list) for item in value]
    for keys in _MESSAGE_KEYS:
        if all(isinstance(item, dict) and all(isinstance(item.get(key), str) for key in keys) for item in items):
            return keys
    return None


def _arrow_type(name: str) -> Any:
    import pyarrow

    kind, _, keys = name.partition(":")
    if kind != "messages":
        return getattr(pyarrow, kind)()
    return pyarrow.list_(pyarrow.struct([(key, pyarrow.string()) for key in keys.split(",")]))


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
    """Return the piece parsed by Arrow, or None if that stumbles over anything in it.

    Lines that cannot be rows, as far as can be seen without parsing them, are given to Arrow as empty objects.
    """
    import pyarrow
    from pyarrow import json

    there = _places(piece.content)
    content = _only_objects(piece.content, there)
    schema = pyarrow.schema([(name, _arrow_type(type)) for name, type in types.items()])
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
    if table.num_rows != len(there.starts):
        return None
    singly = _Singly(piece, there)
    return Batch(table=table, line=piece.line, raw=singly.raw, record=singly.record)


@dataclass(frozen=True)
class _Lines:
    """Where the lines of a piece are that are not empty: their numbers in it, and where they begin and end."""

    numbers: "NDArray[int64]"
    starts: "NDArray[int64]"
    ends: "NDArray[int64]"


def _places(content: bytes) -> _Lines:
    """Find the lines of a piece, without the spaces around them."""
    import numpy

    characters = numpy.frombuffer(content, numpy.uint8)
    ends = numpy.flatnonzero(characters == _NEWLINE)
    if not content.endswith(b"\n"):
        ends = numpy.append(ends, len(content))
    starts = numpy.concatenate([[0], ends[:-1] + 1])
    numbers = numpy.flatnonzero(ends > starts)
    starts, ends = starts[numbers], ends[numbers]
    padded = numpy.isin(characters[starts], _BEFORE) | numpy.isin(characters[ends - 1], _AFTER)
    for number in numpy.flatnonzero(padded).tolist():
        starts[number], ends[number] = _stripped(content, int(starts[number]), int(ends[number]))
    there = ends > starts
    return _Lines(numbers[there], starts[there], ends[there])


def _stripped(content: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where a line begins and ends without the spaces and marks around it."""
    line = content[start:end]
    length = 0
    while len(line) != length:
        length = len(line)
        line = line.rstrip(b" \t").removesuffix(codecs.BOM_UTF8)
    end = start + length
    length = -1
    while len(line) != length:
        length = len(line)
        line = line.lstrip(b" \t").removeprefix(codecs.BOM_UTF8)
    return end - length, end


def _only_objects(content: bytes, lines: _Lines) -> bytes:
    """Return a piece with ``{}`` for each line that does not look like an object."""
    import numpy

    starts, ends = lines.starts, lines.ends
    characters = numpy.frombuffer(content, numpy.uint8)
    odd = (characters[starts] != _BEGIN) | (characters[ends - 1] != _END) | (ends - starts > LONGEST)
    if b"\0" in content:
        odd |= numpy.add.reduceat(characters == 0, starts) > 0 if len(starts) else False
    if not odd.any():
        return content
    kept, at = [], 0
    for start, end in zip(starts[odd].tolist(), ends[odd].tolist(), strict=True):
        kept += [content[at:start], b"{}"]
        at = end
    return b"".join([*kept, content[at:]])


class _Singly:
    """Gives single rows of a piece, by their number among the lines that are not empty."""

    def __init__(self, piece: _Piece, there: _Lines) -> None:
        self._piece = piece
        self._there = there

    def raw(self, number: int) -> str:
        content = self._piece.content[self._there.starts[number] : self._there.ends[number]]
        return content.decode("utf-8", self._piece.errors)

    def record(self, number: int) -> Record:
        raw = self.raw(number)
        line = self._piece.line + int(self._there.numbers[number])
        is_ended = self._piece.content.find(b"\n", self._there.ends[number]) >= 0
        whole = Line(line, raw + "\n" * is_ended, True)
        record = json_line(whole if len(raw) <= LONGEST else Line(line, raw[:KEPT], False))
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
