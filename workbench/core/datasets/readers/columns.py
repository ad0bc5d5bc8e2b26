"""Plain columns in batches: from column files (Parquet, Arrow), and from the records of tables and texts."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from workbench.core.datasets.readers.source import Batch, How, Record, Source, placed
from workbench.core.errors import UserError
from workbench.core.i18n import tr

ROWS = 4096
"""Rows in a batch."""

MOST_CHARACTERS = 4 << 20
"""Characters of the records in one."""


def batches(source: Source, schema: Any, tables: Iterable[Any], count: int, how: How) -> Iterator[Record | Batch]:
    """Make batches of record batches.

    Args:
        source: Where they come from.
        schema: Its pyarrow schema; Hugging Face's metadata in it says what the labels are called.
        tables: The pyarrow record batches; they may have any number of rows.
        count: Rows in all, 0 if that is not known.
        how: Says which columns are wanted.

    Returns:
        The batches; a record with the reason where the file is damaged, and then no more.
    """
    import pyarrow

    start = 0
    try:
        make = partial(_batch, names=_label_names(schema), how=how)
        for whole in tables:
            for offset in range(0, whole.num_rows, ROWS):
                part = whole.slice(offset, ROWS)
                done = min(1.0, (start + part.num_rows) / count) if count else 0.0
                for piece in _sound(part, start + 1, make):
                    yield placed(piece, done=done)
                start += part.num_rows
    except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
        if not start:
            raise UserError(damaged(source), str(error)) from error
        yield Record(start + 1, "", None, tr("The file is damaged from here on; the rows that follow are missing."))


def _sound(part: Any, line: int, make: Callable[[Any, int], Batch]) -> Iterator[Record | Batch]:
    """Give a batch of rows; row by row if the texts of one are damaged, so that only that one is lost."""
    import pyarrow

    try:
        yield make(part, line)
    except pyarrow.ArrowInvalid:
        if part.num_rows == 1:
            yield Record(line, "", None, tr("The row holds characters that cannot be read."))
            return
        for number in range(part.num_rows):
            yield from _sound(part.slice(number, 1), line + number, make)


def _batch(part: Any, line: int, names: dict[str, list[str]], how: How) -> Batch:
    """Make a batch of a pyarrow record batch.

    Raises:
        ArrowInvalid: It has texts that are not UTF-8.
    """
    import pyarrow

    table = _plain(pyarrow.Table.from_batches([part]), names, how)
    table.validate(full=True)
    return Batch(table=table, line=line, raw=partial(_raw, table))


def batched(records: Iterator[Record], how: How) -> Iterator[Record | Batch]:
    """Put records of texts together to batches, if the wanted columns are named: those are converted much faster."""
    if not how.columns:
        yield from records
        return
    run: list[Record] = []
    characters = 0
    for record in records:
        run.append(record)
        characters += len(record.raw)
        if len(run) == ROWS or characters > MOST_CHARACTERS:
            yield _together(run, how.columns)
            run, characters = [], 0
    if run:
        yield _together(run, how.columns)


def _together(run: list[Record], names: Sequence[str]) -> Batch:
    """Return records as a batch; those that are damaged have no values in it, and so are looked at one by one."""
    import pyarrow

    def table(rows: list[dict[str, Any]]) -> Any:
        return pyarrow.table(
            [pyarrow.array([row.get(name) for row in rows], pyarrow.string()) for name in names], names
        )

    rows = [record.values or {} for record in run]
    try:
        content = table(rows)
    except UnicodeEncodeError:
        content = table([{} if any(map(_is_damaged, row.values())) else row for row in rows])
    return Batch(
        table=content, line=run[0].line, raw=lambda number: run[number].raw, record=run.__getitem__, done=run[-1].done
    )


def _is_damaged(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def damaged(source: Source) -> str:
    """Return why a file cannot be read at all."""
    return tr("{file} is damaged, or it is not what its ending says.", file=source.name)


def _plain(table: Any, names: dict[str, list[str]], how: How) -> Any:
    import pyarrow

    wanted = [name for name in table.column_names if name in how.columns] if how.columns else table.column_names
    columns = [_column(table[name], names.get(name)) for name in wanted]
    return pyarrow.table(columns, names=wanted)


def _column(column: Any, labels: list[str] | None) -> Any:
    """Return a column in one of the types that rows are made of: words for labels, texts for dates."""
    import pyarrow
    import pyarrow.compute as compute

    types, type = pyarrow.types, column.type
    if labels and (types.is_list(type) or types.is_large_list(type)):
        return pyarrow.chunked_array(
            [_named(chunk, labels) for chunk in column.chunks], pyarrow.list_(pyarrow.string())
        )
    if labels and types.is_integer(type):
        known = compute.and_(compute.greater_equal(column, 0), compute.less(column, len(labels)))
        places = compute.if_else(known, column, None).cast(pyarrow.int64())
        return compute.take(pyarrow.array(labels, pyarrow.string()), places)
    if types.is_dictionary(type):
        return _column(column.cast(type.value_type), None)
    if types.is_large_string(type) or types.is_temporal(type) or types.is_string_view(type):
        return column.cast(pyarrow.string())
    if types.is_decimal(type) or types.is_float16(type):
        return column.cast(pyarrow.float64())
    return column


def _named(lists: Any, labels: list[str]) -> Any:
    """Return lists of label numbers as lists of words; a number that is none is left out."""
    import pyarrow

    words = dict(enumerate(labels))
    rows = [row and [words[number] for number in row if number in words] for row in lists.to_pylist()]
    return pyarrow.array(rows, pyarrow.list_(pyarrow.string()))


def _label_names(schema: Any) -> dict[str, list[str]]:
    """Return the words for label numbers, by column, where Hugging Face's metadata has some."""
    try:
        features = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))["info"]["features"]
        inner = {name: _inside(feature) for name, feature in features.items()}
        return {
            name: list(map(str, feature["names"]))
            for name, feature in inner.items()
            if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
        }
    except (ValueError, KeyError, TypeError, AttributeError):  # made by another program, or an older version
        return {}


def _inside(feature: Any) -> Any:
    """Return what a list of Hugging Face's metadata is made of; what is no list as it is."""
    if isinstance(feature, list) and feature:
        return feature[0]
    return feature["feature"] if isinstance(feature, dict) and "feature" in feature else feature


def _raw(table: Any, number: int) -> str:
    return json.dumps(table.slice(number, 1).to_pylist()[0], ensure_ascii=False, default=_in_words)


def _in_words(value: Any) -> str:
    return f"<{len(value)} bytes>" if isinstance(value, bytes) else str(value)
