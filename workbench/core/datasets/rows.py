"""From the values that a file gives to a canonical row, or to the reason why there is none."""

from collections.abc import Mapping
from typing import Any

from workbench.core.datasets.kinds import Kind, Row
from workbench.core.datasets.shapes import gather
from workbench.core.datasets.values import BadValue, is_missing, value_of
from workbench.core.i18n import tr

__all__ = ["BadValue", "is_missing", "to_row", "value_of"]


def to_row(kind: Kind, values: Mapping[str, Any], mapping: Mapping[str, str]) -> tuple[Row | None, str]:
    """Make a canonical row of a kind.

    Args:
        kind: The kind wanted.
        values: What the file gives, by column.
        mapping: The column of each role.

    Returns:
        The row and "", or None and the reason why there is none.
    """
    row: Row = {}
    try:
        given = gather(kind, {role: values[column] for role, column in mapping.items() if column in values})
        for role in kind.stored:
            value = given.get(role.name)
            if not is_missing(value):
                row[role.name] = value_of(role, value)
            elif role.required:
                raise BadValue(tr("“{role}” is missing or empty.", role=tr(role.label)))
        if not _is_clean(row):
            raise BadValue(tr("The row holds characters that cannot be read."))
        reason = kind.check(row)
    except BadValue as bad:
        return None, str(bad)
    return (None, reason) if reason else (row, "")


def _is_clean(value: Any) -> bool:
    """Return whether no text holds half a character (from damaged bytes, or a lone JSON escape)."""
    if isinstance(value, str):
        return value.isascii() or _can_be_encoded(value)
    if isinstance(value, list):
        return all(_is_clean(item) for item in value)
    return all(_is_clean(item) for item in value.values()) if isinstance(value, dict) else True


def _can_be_encoded(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
