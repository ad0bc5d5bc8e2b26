"""How values of data rows read in a table."""

import html
from collections.abc import Mapping
from typing import Any

from workbench.core.datasets.kinds import Kind, Role, Row
from workbench.core.i18n import tr

TOOLTIP_LENGTH = 1500
ORIGINAL = "file"
"""Role with the name that an image once had; it is shown in the place of the image's own (see `cell_of`)."""


def columns_of(kind: Kind, mapping: Mapping[str, str]) -> list[Role]:
    """Return the roles to show: all that a row must have, and the others if the file had a column for them."""
    return [role for role in kind.stored if role.required or mapping.get(role.name)]


def filled_roles(kind: Kind, table: Any) -> list[Role]:
    """Return the roles to show of stored rows: all that a row must have, and the others if some row has a value.

    Args:
        kind: Kind of the data set.
        table: Its rows, as `Dataset.table` gives them.
    """
    filled = {name for name in table.column_names if table[name].null_count < table.num_rows}
    return [role for role in kind.stored if role.required or (role.name in filled and role.name != ORIGINAL)]


def text_of(value: Any) -> str:
    """Return a value of a canonical row as text: a conversation speaker by speaker, a list item by item."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(text_of(item) for item in value)
    if isinstance(value, dict):
        return f"{speaker(value.get('role', ''))}: {value.get('content', '')}"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def cell_of(row: Row, role: Role) -> str:
    """Return what a stored row has for a role, as text: for an image what its file was called."""
    return text_of(row.get(ORIGINAL) if role.type == "image" and ORIGINAL in row else row.get(role.name))


def speaker(role: str) -> str:
    """Return who speaks in a conversation, translated."""
    names = {"user": tr("User"), "assistant": tr("Assistant"), "system": tr("System")}
    return names.get(role, role)


def split_name(split: str) -> str:
    """Return what a split is called."""
    names = {"train": tr("For training"), "validation": tr("Held out"), "test": tr("For a last test")}
    return names.get(split, split)


def splits_sentence(splits: Mapping[str, int]) -> str:
    """Return how many rows each split has."""
    training, held_out = splits.get("train", 0), splits.get("validation", 0)
    said = tr("{train} for training, {held_out} held out", train=f"{training:,}", held_out=f"{held_out:,}")
    if "test" not in splits:
        return said
    return tr("{others}, {test} for a last test", others=said, test=f"{splits['test']:,}")


def one_line(text: str) -> str:
    """Return a text on one line, its line breaks shown as a sign."""
    return " ↵ ".join(part.strip() for part in text.splitlines() if part.strip())


def tooltip(text: str) -> str:
    """Return a text as a wrapped tooltip; Qt must not read tags in the data as its own."""
    shown = text if len(text) <= TOOLTIP_LENGTH else text[:TOOLTIP_LENGTH] + " …"
    return f"<p style='white-space: pre-wrap'>{html.escape(shown)}</p>" if shown else ""
