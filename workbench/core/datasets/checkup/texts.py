"""The texts of stored rows, columnwise."""

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.core.datasets.kinds import Kind, Role

SEPARATOR = "\x1f"
"""Between the fields of a row and the items of a list; no text has it."""

CHUNK = 16_384
"""Rows that are held as Python objects at once."""

TEXTS = ("text", "texts", "messages")
SHOWN = 160
"""Characters of a text that a report quotes."""


def text_roles(kind: Kind) -> list[Role]:
    """Return the roles of a kind that hold texts which a person wrote."""
    return [role for role in kind.stored if role.type in TEXTS and role.given and role.name != "annotator"]


def content_roles(kind: Kind) -> list[Role]:
    """Return the roles that make two rows the same: the texts, or the image, whose path tells what is in it."""
    return text_roles(kind) or [role for role in kind.stored if role.type == "image"]


def text_column(column: Any, role: Role) -> Any:
    """Return a column as one text a row: the items of a list, or the contents of messages, are put together."""
    import pyarrow
    import pyarrow.compute as compute

    if role.type in ("text", "image"):
        return column
    if isinstance(column, pyarrow.ChunkedArray):
        column = column.combine_chunks()
    items = compute.list_flatten(column)
    if role.type == "messages":
        items = compute.struct_field(items, "content")
    ends = compute.cumulative_sum(compute.fill_null(compute.list_value_length(column), 0)).to_pylist()
    lists = pyarrow.ListArray.from_arrays(pyarrow.array([0, *ends], pyarrow.int32()), items)
    return compute.binary_join(lists, SEPARATOR)


def chunks(table: Any, roles: Sequence[Role]) -> Iterator[tuple[int, list[Any]]]:
    """Give the number of the first row (from 0) and the columns of these roles as texts, some rows at a time."""
    start = 0
    for batch in table.select([role.name for role in roles]).to_batches(max_chunksize=CHUNK):
        yield start, [text_column(column, role) for column, role in zip(batch.columns, roles, strict=True)]
        start += batch.num_rows


def joined(columns: Sequence[Any]) -> Any:
    """Return several columns of texts as one."""
    import pyarrow.compute as compute

    if len(columns) == 1:
        return compute.fill_null(columns[0], "")
    return compute.binary_join_element_wise(*columns, SEPARATOR, null_handling="replace", null_replacement="")


def normal(column: Any) -> Any:
    """Return a column of texts without differences of case, blanks and width (NFKC)."""
    import pyarrow.compute as compute

    folded = compute.utf8_lower(compute.utf8_normalize(column, form="NFKC"))
    spaced = compute.replace_substring(folded, SEPARATOR, " ")
    return compute.binary_join(compute.utf8_split_whitespace(compute.utf8_trim_whitespace(spaced)), " ")


def quoted(text: str) -> str:
    """Return the beginning of a text on one line, for a report."""
    fields = filter(str.strip, text[: 4 * SHOWN].split(SEPARATOR))
    line = " ".join(" · ".join(fields).split())
    return line if len(line) <= SHOWN else line[: SHOWN - 1] + "…"


def sample(count: int, limit: int, seed: int = 0) -> Any:
    """Return the numbers (from 0) of the rows to look at, in order: all of them, or ``limit`` by a seeded shuffle."""
    import numpy

    if count <= limit:
        return numpy.arange(count)
    return numpy.sort(numpy.random.default_rng(seed).choice(count, limit, replace=False))


def rows_at(table: Any, places: Any) -> Any:
    """Return the rows with these numbers (from 0, in rising order); unlike ``take`` it never copies the whole table."""
    import numpy
    import pyarrow

    found, start = [], 0
    for batch in table.to_batches():
        first, last = numpy.searchsorted(places, (start, start + batch.num_rows))
        if last > first:
            found.append(batch.take(pyarrow.array(places[first:last] - start)))
        start += batch.num_rows
    return pyarrow.Table.from_batches(found, table.schema)
