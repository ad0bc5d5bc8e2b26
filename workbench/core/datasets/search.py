"""Finding a text in the rows of a data set."""

from collections.abc import Callable
from typing import Any

from workbench.core.datasets.dataset import Dataset

BLOCK = 50_000
"""Rows that are searched together; between two blocks the search can be ended."""


def find(dataset: Dataset, text: str, start: int = 0, *, cancelled: Callable[[], bool] | None = None) -> int | None:
    """Return the number of the first row, from ``start`` on and then from the beginning, that holds a text.

    Upper and lower case count as the same. None means that no row holds it, or that the search was ended.
    """
    table = dataset.table()
    rows = table.num_rows
    for first, last in ((start, rows), (0, min(start, rows))):
        for block in range(first, last, BLOCK):
            if cancelled and cancelled():
                return None
            found = _first(table.slice(block, min(BLOCK, last - block)), text)
            if found is not None:
                return block + found
    return None


def _first(table: Any, text: str) -> int | None:
    """Return the number of the first row of a table with the text in any column."""
    places = [place for name in table.column_names if name != "split" for place in _places(table[name], text)]
    return min(places, default=None)


def _places(column: Any, text: str) -> list[int]:
    """Return the first row whose value, or a value inside its value, holds the text; nothing if there is none."""
    import pyarrow
    import pyarrow.compute as compute

    kind = column.type
    if pyarrow.types.is_list(kind):
        column = column.combine_chunks()
        inner = _places(compute.list_flatten(column), text)
        return [compute.list_parent_indices(column)[place].as_py() for place in inner]
    if pyarrow.types.is_struct(kind):
        fields = (compute.struct_field(column, [number]) for number in range(kind.num_fields))
        return [place for field in fields for place in _places(field, text)]
    if not pyarrow.types.is_string(kind):
        return []
    place = compute.index(compute.match_substring(column, text, ignore_case=True), True).as_py()
    return [place] if place >= 0 else []
