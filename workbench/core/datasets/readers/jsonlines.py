"""JSON lines: a JSON object a line."""

import json
from collections.abc import Iterator
from typing import TextIO

from workbench.core.datasets.readers import json_document
from workbench.core.datasets.readers.json_rows import json_record, not_json, parses
from workbench.core.datasets.readers.source import Format, How, Record, Source
from workbench.core.datasets.readers.text import records, zeros
from workbench.core.i18n import mark, tr

HEAD = 1 << 20


def read(source: Source, how: How) -> Iterator[Record]:
    """Read the lines; a file with this ending that is one JSON document is read as that."""
    with source.text(how.encoding) as file:
        if not is_json_lines(file.read(HEAD), source.suffix):
            return json_document.read_list(source, how)
    return records(source, how, _lines)


def is_json_lines(head: str, suffix: str) -> bool:
    """Return whether a file that begins like this has a JSON object a line, whatever its ending says."""
    first, newline, rest = head.lstrip("\ufeff \r\n\t").partition("\n")
    if suffix != ".json":
        return not first.startswith("[") or parses(first)
    return first.startswith("{") and bool(newline and rest.strip()) and parses(first)


def _lines(file: TextIO) -> Iterator[Record]:
    for number, line in enumerate(file, 1):
        raw = line.strip("\ufeff \r\n\t")
        if not raw:
            continue
        if "\0" in raw:
            yield Record(number, raw, None, zeros())
            continue
        try:
            value = json.loads(raw)
        except (ValueError, RecursionError):
            cut_off = not line.endswith(("\n", "\r", "}"))
            yield Record(number, raw, None, tr("The file ends in the middle of the row.") if cut_off else not_json())
            continue
        yield json_record(number, raw, value)


FORMAT = Format(name="jsonl", label=mark("JSON lines"), suffixes=(".jsonl", ".ndjson", ".json"), read=read)
