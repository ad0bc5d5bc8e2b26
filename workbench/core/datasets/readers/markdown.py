"""Markdown: a row a paragraph."""

from collections.abc import Iterator

import msgspec

from workbench.core.datasets.readers.plain import read_texts
from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source
from workbench.core.i18n import mark


def read(source: Source, how: How) -> Iterator[Record | Batch]:
    """Read paragraphs (the usual), lines or the whole file as ``text``."""
    return read_texts(source, how, "paragraph")


def settle(source: Source, how: How) -> How:
    """Say what the usual row is."""
    return msgspec.structs.replace(how, unit=how.unit or "paragraph")


FORMAT = Format(
    name="markdown",
    label=mark("Markdown"),
    suffixes=(".md", ".markdown"),
    read=read,
    units=("paragraph", "line", "file"),
    settle=settle,
)
