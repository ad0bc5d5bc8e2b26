"""What readers of text have in common."""

from collections.abc import Callable, Iterator
from typing import TextIO

import msgspec

from workbench.core.datasets.readers.source import How, Record, Source
from workbench.core.i18n import tr


def records(source: Source, how: How, parse: Callable[[TextIO], Iterator[Record]]) -> Iterator[Record]:
    """Open a source as text, parse it and tell with each record how much of it has been read."""
    with source.text(how.encoding) as file:
        for record in parse(file):
            yield msgspec.structs.replace(record, done=min(1.0, file.buffer.tell() / source.size))


def zeros() -> str:
    """Return why a row with zero bytes is left out."""
    return tr("The row holds zero bytes: the file is damaged there, or it is not a text file.")
