"""Plain text: a row a line, a paragraph or a file; lines with tabs are those of a table."""

from collections.abc import Callable, Iterator
from typing import TextIO

import msgspec

from workbench.core.datasets.readers import delimited
from workbench.core.datasets.readers.columns import batched
from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source, Unit
from workbench.core.datasets.readers.text import KEPT, LONGEST, lines, records, too_long, zeros
from workbench.core.i18n import mark

FENCES = ("```", "~~~")
"""Around code in Markdown, whose empty lines end no paragraph."""


def read(source: Source, how: How) -> Iterator[Record | Batch]:
    """Read lines (the usual), paragraphs or the whole file as ``text``; a table if lines are divided by tabs."""
    if how.unit in ("", "line") and _is_table(source, how):
        return delimited.read(source, how)
    return read_texts(source, how, "line")


def read_texts(source: Source, how: How, usual: Unit) -> Iterator[Record | Batch]:
    """Read what a person says that a row is, or the usual, as ``text``."""
    return batched(records(source, how, UNITS[how.unit or usual]), how)


def settle(source: Source, how: How) -> How:
    """Find out whether the file is a table, and then whether its first line names the columns."""
    if how.unit in ("", "line") and _is_table(source, how):
        how = delimited.settle(source, how)
    else:
        how = msgspec.structs.replace(how, header=None)
    return msgspec.structs.replace(how, unit=how.unit or "line")


def _is_table(source: Source, how: How) -> bool:
    with source.text(how.encoding) as file:
        return delimited.is_tabbed(file)


def _lines(file: TextIO) -> Iterator[Record]:
    for line in lines(file):
        raw = line.text.strip("\ufeff\r\n")
        if not line.is_whole:
            yield Record(line.number, raw, None, too_long())
        elif raw.strip():
            yield _record(line.number, raw)


def _paragraphs(file: TextIO) -> Iterator[Record]:
    taken: list[str] = []
    begin = length = 0
    fenced = damaged = False

    def paragraph() -> Record:
        raw = "\n".join(taken)
        return Record(begin, raw[:KEPT], None, too_long()) if damaged else _record(begin, raw)

    for line in lines(file):
        text = line.text.strip("\ufeff\r\n").rstrip()
        if text.lstrip().startswith(FENCES):
            fenced = not fenced
        if not text.strip() and not fenced:
            if taken:
                yield paragraph()
            taken, length, damaged = [], 0, False
            continue
        begin = begin if taken else line.number
        length += len(text)
        damaged = damaged or not line.is_whole or length > LONGEST
        if not damaged or not taken:
            taken.append(text)
    if taken:
        yield paragraph()


def _whole(file: TextIO) -> Iterator[Record]:
    raw = file.read(LONGEST).strip("\ufeff")
    if file.read(1):
        yield Record(1, raw[:KEPT], None, too_long())
    elif raw.strip():
        yield _record(1, raw.rstrip("\r\n"))


def _record(line: int, raw: str) -> Record:
    return Record(line, raw, None, zeros()) if "\0" in raw else Record(line, raw, {"text": raw})


UNITS: dict[Unit, Callable[[TextIO], Iterator[Record]]] = {"line": _lines, "paragraph": _paragraphs, "file": _whole}

FORMAT = Format(
    name="text",
    label=mark("Text"),
    suffixes=(".txt",),
    read=read,
    units=("line", "paragraph", "file"),
    settle=settle,
)
