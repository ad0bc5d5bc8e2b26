"""JSON lines: a JSON object a line; where only some columns are wanted, in blocks that Arrow parses."""

import json
from collections.abc import Iterator
from typing import TextIO

from workbench.core.datasets.readers import json_blocks, json_document
from workbench.core.datasets.readers.json_rows import json_line, parses
from workbench.core.datasets.readers.source import Block, Format, How, Record, Source
from workbench.core.datasets.readers.text import lines, records
from workbench.core.i18n import mark

HEAD = 1 << 20
FIRST_LINES = 200


def read(source: Source, how: How) -> Iterator[Record | Block]:
    """Read the lines; a file with this ending that is one JSON document is read as that."""
    with source.text(how.encoding) as file:
        head = file.read(HEAD)
    if not is_json_lines(head, source.suffix):
        yield from json_document.read_list(source, how)
    elif types := json_blocks.types(_first_rows(head), how.columns):
        yield from json_blocks.blocks(source, how.encoding, types)
    else:
        yield from records(source, how, _lines)


def is_json_lines(head: str, suffix: str) -> bool:
    """Return whether a file that begins like this has a JSON object a line, whatever its ending says."""
    first, newline, rest = head.lstrip("\ufeff \r\n\t").partition("\n")
    if suffix != ".json":
        return not first.startswith("[") or parses(first)
    return first.startswith("{") and bool(newline and rest.strip()) and parses(first)


def _lines(file: TextIO) -> Iterator[Record]:
    for line in lines(file):
        record = json_line(line)
        if record is not None:
            yield record


def _first_rows(head: str) -> list[dict[str, object]]:
    rows = []
    for line in head.split("\n", FIRST_LINES)[:FIRST_LINES]:
        try:
            rows.append(json.loads(line))
        except (ValueError, RecursionError):
            continue
    return [row for row in rows if isinstance(row, dict)]


FORMAT = Format(name="jsonl", label=mark("JSON lines"), suffixes=(".jsonl", ".ndjson", ".json"), read=read)
