"""What readers of text have in common."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TextIO

import msgspec

from workbench.core.datasets.readers.source import How, Record, Source
from workbench.core.i18n import tr

LONGEST = 16 << 20
"""Characters of the longest row that is read; of a longer one only the beginning is kept, aside."""

KEPT = 1 << 16
"""Characters that are kept of a row that is too long."""


class Line(NamedTuple):
    """A line of a file with its number, from 1; of one that is too long only the beginning."""

    number: int
    text: str
    is_whole: bool


def records(source: Source, how: How, parse: Callable[[TextIO], Iterator[Record]]) -> Iterator[Record]:
    """Open a source as text, parse it and tell with each record how much of it has been read."""
    with source.text(how.encoding) as file:
        for record in parse(file):
            yield msgspec.structs.replace(record, done=min(1.0, file.buffer.tell() / source.size))


def lines(file: TextIO) -> Iterator[Line]:
    """Give the lines of a file with their ends, never holding one that is too long."""
    number = 0
    while text := file.readline(LONGEST + 1):
        number += 1
        if len(text) <= LONGEST:
            yield Line(number, text, True)
        else:
            yield Line(number, text[:KEPT], False)
            while text and not text.endswith(("\n", "\r")):
                text = file.readline(LONGEST)


def zeros() -> str:
    """Return why a row with zero bytes is left out."""
    return tr("The row holds zero bytes: the file is damaged there, or it is not a text file.")


def too_long() -> str:
    """Return why a row that is too long is left out."""
    return tr("The row is longer than {limit} million characters.", limit=LONGEST // 1_000_000)


def cut_off() -> str:
    """Return why the last row of a file that has been cut off is left out."""
    return tr("The file ends in the middle of the row.")
