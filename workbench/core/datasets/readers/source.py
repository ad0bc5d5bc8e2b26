"""What readers are given and what they give: bytes with a name, and records or batches of them."""

import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Literal, TextIO, TypeVar, cast

import msgspec

from workbench.core.datasets import encodings
from workbench.core.errors import UserError
from workbench.core.i18n import tr

AT_ONCE = 1 << 20
"""Bytes that are read together."""

ROWS_AT_ONCE = 256
"""Rows of a batch that are made records together."""

Unit = Literal["", "line", "paragraph", "file"]

P = TypeVar("P", bound="Record | Batch | Block")


class How(msgspec.Struct, frozen=True, kw_only=True):
    """How a person wants a file to be read; what is left open is found out.

    Attributes:
        encoding: Of the text.
        header: Whether the first line of a table names its columns.
        unit: What of a text file is one row.
        columns: Only these columns are needed; none named means all. A reader may still give more. Readers give
            blocks only if they are told.
    """

    encoding: str = ""
    header: bool | None = None
    unit: Unit = ""
    columns: tuple[str, ...] = ()


class _Watched(io.RawIOBase):
    """A file that calls a function before it reads on."""

    def __init__(self, file: IO[bytes], watch: Callable[[], None]) -> None:
        self._file = cast(io.BufferedIOBase, file)
        self._watch = watch

    def readinto(self, buffer: Any) -> int:
        self._watch()
        return self._file.readinto(buffer)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        return self._file.tell()

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self._file.seekable()

    def close(self) -> None:
        self._file.close()
        super().close()


class Source:
    """Bytes with a name: a file, or a member of an archive.

    Args:
        name: As a person knows it; its ending tells the format.
        size: In bytes, at least 1.
        open: Opens the bytes; can be called again.
        path: Where they lie on the disk, if they do.

    Attributes:
        is_cut: This is only the head of something larger.
    """

    def __init__(self, name: str, size: int, open: Callable[[], IO[bytes]], path: Path | None = None) -> None:
        self.name = name
        self.size = max(1, size)
        self.open = open
        self.path = path
        self.is_cut = False

    @classmethod
    def of(cls, path: Path) -> "Source":
        """Return the source that a file is."""
        return cls(path.name, path.stat().st_size, lambda: path.open("rb"), path)

    def watched(self, watch: Callable[[], None]) -> "Source":
        """Return the same source; every time some of it is read a function is called, which may raise."""

        def opened() -> IO[bytes]:
            return io.BufferedReader(_Watched(self.open(), watch), AT_ONCE)

        return Source(self.name, self.size, opened, self.path)

    def head(self, size: int) -> "Source":
        """Return the beginning of the source.

        Raises:
            UserError: It cannot be read.
        """
        try:
            with self.open() as file:
                content = file.read(size)
        except OSError as error:
            raise UserError(tr("{file} cannot be read.", file=self.name), str(error)) from error
        head = Source(self.name, len(content), lambda: io.BytesIO(content), self.path)
        head.is_cut = len(content) < self.size
        return head

    @property
    def suffix(self) -> str:
        """The ending of the name, in lower case, with its dot."""
        return Path(self.name).suffix.lower()

    def text(self, encoding: str = "") -> TextIO:
        """Open as text; bytes that the encoding does not have become `encodings.DAMAGED` instead of an error.

        Raises:
            UserError: It cannot be read, or there is no such encoding.
        """
        known = encoding or self.encoding()
        try:
            return io.TextIOWrapper(
                cast(io.BufferedReader, self.open()), encoding=known, errors="workbench-damaged", newline=""
            )
        except LookupError as error:
            raise UserError(tr("There is no encoding called “{name}”.", name=known)) from error
        except OSError as error:
            raise UserError(tr("{file} cannot be read.", file=self.name), str(error)) from error

    def encoding(self) -> str:
        """Return the encoding that the text is most likely in.

        Raises:
            UserError: It cannot be read.
        """
        try:
            with self.open() as file:
                return encodings.detect(file)
        except OSError as error:
            raise UserError(tr("{file} cannot be read.", file=self.name), str(error)) from error


class Record(msgspec.Struct, frozen=True):
    """A row of a file as it stands there.

    Attributes:
        line: Where it begins, from 1; for formats without lines, the number of the row.
        raw: Its text.
        values: By column; None if it could not be read, and then there is a reason.
        done: Share of the file that has been read, from 0 to 1.
        part: "train", "validation" or "test" where the file says so itself (its folder or its name in an archive).
        file: Name of the archive's member, or the path inside the folder, that it comes from.
    """

    line: int
    raw: str
    values: dict[str, Any] | None = None
    reason: str = ""
    done: float = 0.0
    part: str = ""
    file: str = ""


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Many rows of a file at once, as columns.

    Attributes:
        table: A pyarrow table with the columns of the file.
        line: Where its first row begins; one row a line.
        raw: Gives the text of a row by its number in the table.
        done: Share of the file that has been read after it, from 0 to 1.
        part: As in `Record`.
        file: As in `Record`.
        record: Gives a row by its number where the table does not hold all of it as it stands in the file.
    """

    table: Any
    line: int
    raw: Callable[[int], str]
    done: float = 0.0
    part: str = ""
    file: str = ""
    record: Callable[[int], Record] | None = None

    def at(self, number: int) -> Record:
        """Give one row; columns without a value are left out."""
        if self.record is not None:
            return msgspec.structs.replace(self.record(number), done=self.done, part=self.part, file=self.file)
        return self._record(number, self.table.slice(number, 1).to_pylist()[0])

    def records(self) -> Iterator[Record]:
        """Give its rows one by one; columns without a value in a row are left out."""
        if self.record is not None:
            yield from map(self.at, range(self.table.num_rows))
            return
        for start in range(0, self.table.num_rows, ROWS_AT_ONCE):
            for number, values in enumerate(self.table.slice(start, ROWS_AT_ONCE).to_pylist(), start):
                yield self._record(number, values)

    def _record(self, number: int, values: dict[str, Any]) -> Record:
        there = {name: value for name, value in values.items() if value is not None}
        return Record(self.line + number, self.raw(number), there, "", self.done, self.part, self.file)


@dataclass(frozen=True, kw_only=True)
class Block:
    """A part of a file that is still to be parsed, which may be done in any thread.

    Attributes:
        parse: Parses it.
        done: Share of the file that has been read after it, from 0 to 1.
        part: As in `Record`.
        file: As in `Record`.
    """

    parse: Callable[[], list[Record | Batch]]
    done: float = 0.0
    part: str = ""
    file: str = ""

    def pieces(self) -> Iterator[Record | Batch]:
        """Parse it."""
        for piece in self.parse():
            yield placed(piece, done=self.done, part=self.part, file=self.file)


Piece = Record | Batch | Block


def placed(piece: P, **where: Any) -> P:
    """Return a record, batch or block with its ``part``, ``file`` or ``done`` set."""
    if isinstance(piece, Record):
        return msgspec.structs.replace(piece, **where)
    return replace(piece, **where)


def flat(pieces: Iterable[Piece]) -> Iterator[Record]:
    """Give the records that pieces hold."""
    for piece in pieces:
        if isinstance(piece, Record):
            yield piece
        elif isinstance(piece, Batch):
            yield from piece.records()
        else:
            yield from flat(piece.pieces())


@dataclass(frozen=True, kw_only=True)
class Format:
    """A format of files that can be read.

    Attributes:
        suffixes: Endings of its files, in lower case, with the dot.
        read: Gives the rows of a source; raises UserError if there is nothing that could be one.
        is_text: Whether its files have an encoding.
        units: What a row can be, the usual first (see `How.unit`).
        settle: Finds out what is left open in a `How` and can be changed.
        remarks: Says in sentences what of a source is passed over, beyond the rows that are rejected.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    read: Callable[[Source, How], Iterator[Piece] | Iterator[Record | Batch] | Iterator[Record]]
    is_text: bool = True
    units: tuple[Unit, ...] = ()
    settle: Callable[[Source, How], How] = lambda source, how: how
    remarks: Callable[[Source], list[str]] = lambda source: []
