"""A JSON document that holds a list of rows."""

from collections.abc import Iterator
from typing import TextIO

from workbench.core.datasets.readers import json_array
from workbench.core.datasets.readers.json_rows import json_record, not_json
from workbench.core.datasets.readers.source import How, Record, Source
from workbench.core.datasets.readers.text import cut_off, records, too_long, zeros
from workbench.core.errors import UserError
from workbench.core.i18n import tr


def read_list(source: Source, how: How) -> Iterator[Record]:
    """Read the items of the document's list."""
    return records(source, how, lambda file: _items(file, source.name))


def _items(file: TextIO, name: str) -> Iterator[Record]:
    found = False
    for piece in json_array.pieces(file):
        found = True
        if piece.damage == "cut":
            yield Record(piece.line, piece.raw, None, cut_off())
        elif piece.damage == "long":
            yield Record(piece.line, piece.raw, None, too_long())
        elif piece.damage:
            yield Record(piece.line, piece.raw, None, zeros() if "\0" in piece.raw else not_json())
        else:
            yield json_record(piece.line, piece.raw, piece.value)
    if not found:
        raise UserError(tr("{file} holds no list of rows. JSON files need one: [{{…}}, {{…}}].", file=name))
