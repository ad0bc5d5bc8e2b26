"""From a record to a canonical row with its part and its group."""

from collections.abc import Mapping
from typing import Any

import msgspec

from workbench.core.datasets.kinds import Kind, Row
from workbench.core.datasets.readers import Record
from workbench.core.datasets.rows import is_missing, to_row
from workbench.core.datasets.splits import part_of
from workbench.core.i18n import tr


class Converted(msgspec.Struct, frozen=True):
    """What a record became: a canonical row with its part and group, if it has such, or the reason why none."""

    row: Row | None
    reason: str = ""
    part: str = ""
    group: str = ""


def convert(kind: Kind, record: Record, columns: Mapping[str, str]) -> Converted:
    """Make a canonical row of a record."""
    if record.values is None:
        return Converted(None, record.reason)
    row, reason = to_row(kind, record.values, columns)
    part = record.part
    if "split" in columns and not is_missing(named := record.values.get(columns["split"])):
        part = part_of(named)
        reason = reason or ("" if part else _unknown_part(named))
    group = record.values.get(columns["group"]) if "group" in columns else None
    return Converted(None, reason) if reason else Converted(row, "", part, group_of(group))


def group_of(value: Any) -> str:
    """Return the name of a group, "" for none."""
    return "" if is_missing(value) else str(value)


def _unknown_part(value: object) -> str:
    return tr("“{value}” is no part of a data set; there are train, validation and test.", value=str(value)[:80])
