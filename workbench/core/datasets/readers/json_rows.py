"""Rows written as JSON: what of it is a row, and why it is none."""

import json
from typing import Any

from workbench.core.datasets.readers.source import Record
from workbench.core.datasets.readers.text import Line, cut_off, too_long, zeros
from workbench.core.datasets.values import is_message
from workbench.core.i18n import tr


def parses(text: str) -> bool:
    """Return whether a text is valid JSON."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def not_json() -> str:
    """Return why a row that cannot be parsed is left out."""
    return tr("The row is not valid JSON.")


def json_line(line: Line) -> Record | None:
    """Make a record of a line; None of an empty one."""
    raw = line.text.strip("\ufeff \r\n\t")
    if not raw:
        return None
    if not line.is_whole:
        return Record(line.number, raw, None, too_long())
    if "\0" in raw:
        return Record(line.number, raw, None, zeros())
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError):
        is_cut = not line.text.endswith(("\n", "\r", "}"))
        return Record(line.number, raw, None, cut_off() if is_cut else not_json())
    return json_record(line.number, raw, value)


def json_record(line: int, raw: str, value: Any) -> Record:
    """Make a record of a parsed row."""
    if isinstance(value, str):  # a list of prompts or texts
        value = {"text": value}
    if isinstance(value, list) and value and is_message(value[0]):  # a conversation
        value = {"messages": value}
    if not isinstance(value, dict):
        return Record(line, raw, None, tr("The row is not a JSON object with named values."))
    return Record(line, raw, value)
