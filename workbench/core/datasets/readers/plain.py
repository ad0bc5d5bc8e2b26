"""Plain text and Markdown: a row a line."""

from collections.abc import Iterator
from typing import TextIO

from workbench.core.datasets.readers.source import Format, How, Record, Source
from workbench.core.datasets.readers.text import records, zeros
from workbench.core.i18n import mark


def read(source: Source, how: How) -> Iterator[Record]:
    """Read the lines that are not empty as ``text``."""
    return records(source, how, _lines)


def _lines(file: TextIO) -> Iterator[Record]:
    for number, line in enumerate(file, 1):
        raw = line.rstrip("\r\n")
        if "\0" in raw:
            yield Record(number, raw, None, zeros())
        elif raw.strip():
            yield Record(number, raw, {"text": raw})


FORMAT = Format(name="text", label=mark("Text"), suffixes=(".txt", ".md"), read=read)
