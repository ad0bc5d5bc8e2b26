"""Whether the first row of a table names its columns, and what they are called if it does not."""

import re
from collections.abc import Sequence
from functools import cache
from statistics import median
from typing import Any

from workbench.core.datasets.kinds import COMMON, KINDS
from workbench.core.i18n import tr

LOOKED_AT = 50
"""Rows of a table that its header is judged by."""

SHORT_NAME = 40
MOST_LABELS = 30
_ENDS_A_SENTENCE = re.compile(r"[.!?。！？…]$")
_NUMBER = re.compile(r"[-+]?\d+([.,]\d+)*%?")


def has_header(rows: Sequence[Sequence[Any]], *, usual: bool = True) -> bool:
    """Return whether the first of some rows names the columns.

    Args:
        rows: The first rows of a table.
        usual: What is so where nothing speaks for or against it.
    """
    first = [_text(cell) for cell in rows[0]]
    below = [[_text(row[place]) for row in rows[1:] if place < len(row)] for place in range(len(first))]
    known = sum(name.lower() in _known_names() for name in first)
    if known > 1:
        return True
    if any(name and name in column for name, column in zip(first, below, strict=True)):
        return False  # a name does not come again in its own column, a label does
    if known:
        return True
    if any(_NUMBER.fullmatch(name) or _reads_like(name, column) for name, column in zip(first, below, strict=True)):
        return False
    if any(column and all(map(_NUMBER.fullmatch, filter(None, column))) for column in below):
        return True
    return usual


def named(cells: Sequence[Any]) -> list[str]:
    """Give every column a name of its own."""
    names: list[str] = []
    for number, cell in enumerate(cells, 1):
        name = _text(cell).strip("\ufeff \t") or tr("column {number}", number=number)
        names.append(name if name not in names else f"{name} {number}")
    return names


def invented(rows: Sequence[Sequence[Any]]) -> list[str]:
    """Return names for the columns of rows that have none: ``text`` and ``label`` where they look like those."""
    widths = [len(row) for row in rows]
    width = max(widths, key=widths.count)
    names = [tr("column {number}", number=number) for number in range(1, width + 1)]
    if width == 2:
        columns = [[_text(row[place]) for row in rows if len(row) == 2] for place in range(2)]
        shorter = min(range(2), key=lambda place: sum(map(len, columns[place])))
        if _is_label(columns[shorter], columns[1 - shorter]):
            names[shorter], names[1 - shorter] = "label", "text"
    return names


def _is_label(column: Sequence[str], other: Sequence[str]) -> bool:
    """Return whether a column holds the labels of the texts in another one."""
    different = len(set(column))
    many = len(column) >= 8
    few = different * 2 <= len(column) if many else max(map(len, column)) <= SHORT_NAME / 2
    longer = sum(map(len, other)) >= 2 * sum(map(len, column))
    return different <= MOST_LABELS and few and (longer or (many and len(set(other)) > 2 * different))


def _reads_like(name: str, column: Sequence[str]) -> bool:
    """Return whether what could be a name is a text like those below it."""
    texts = [text for text in column if text]
    if not texts:
        return False
    sentences = sum(bool(_ENDS_A_SENTENCE.search(text)) for text in texts)
    is_sentence = bool(_ENDS_A_SENTENCE.search(name)) and 2 * sentences >= len(texts)
    return is_sentence or (len(name) > SHORT_NAME and len(name) > 0.3 * median(map(len, texts)))


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


@cache
def _known_names() -> frozenset[str]:
    """Return what columns are usually called that can be used."""
    roles = [*COMMON, *(role for kind in KINDS.values() for role in kind.mapped)]
    return frozenset(name for role in roles for name in role.columns)
