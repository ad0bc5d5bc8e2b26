"""Rows written as JSON: what of it is a row, and why it is none."""

import json
from typing import Any

from workbench.core.datasets.readers.source import Record
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


def json_record(line: int, raw: str, value: Any) -> Record:
    """Make a record of a parsed row."""
    if isinstance(value, str):  # a list of prompts or texts
        value = {"text": value}
    if not isinstance(value, dict):
        return Record(line, raw, None, tr("The row is not a JSON object with named values."))
    return Record(line, raw, value)
