"""How long rows are, in tokens of a model or in characters, and how many would be cut."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.core.datasets.checkup.report import Lengths, Scope
from workbench.core.datasets.checkup.texts import chunks, joined, rows_at, sample, text_roles
from workbench.core.datasets.checkup.written import Ruler
from workbench.core.datasets.kinds import Kind

ROWS = 20_000
BYTES = 20_000_000
"""Tokens are counted in so many rows at most, or rows of so many bytes."""

TOGETHER = 512
BINS = 40


def measure(
    table: Any, kind: Kind, tokenizer: Path | None, max_length: int, step: Callable[[float], None]
) -> Lengths | None:
    """Measure rows.

    Args:
        table: The stored rows.
        kind: Their kind.
        tokenizer: Folder of the model whose tokens are counted; characters without one.
        max_length: Longer rows would be cut.
        step: Told the share that is done; may raise to give up.
    """
    roles = text_roles(kind)
    if not roles or not table.num_rows:
        return None
    if tokenizer is None:
        places, lengths = _characters(table, kind, step)
    else:
        places, lengths = _tokens(table, Ruler(tokenizer, kind), kind, step)
    return _described(table, places, lengths, max_length if tokenizer else 0)


def _tokens(table: Any, ruler: Ruler, kind: Kind, step: Callable[[float], None]) -> tuple[Any, Any]:
    import numpy

    mean = max(table.nbytes / table.num_rows, 1)
    places = sample(table.num_rows, min(ROWS, max(int(BYTES / mean), 100)))
    columns = table.select([role.name for role in kind.stored if role.name in table.column_names])
    looked = rows_at(columns, places)
    lengths: list[int] = []
    for start in range(0, len(places), TOGETHER):
        step(start / len(places))
        rows = looked.slice(start, TOGETHER).to_pylist()
        present = [{name: value for name, value in row.items() if value is not None} for row in rows]
        lengths += ruler.lengths([kind.merge(row) for row in present])
    return places, numpy.array(lengths)


def _characters(table: Any, kind: Kind, step: Callable[[float], None]) -> tuple[Any, Any]:
    import numpy
    import pyarrow.compute as compute

    found = []
    for start, columns in chunks(table, text_roles(kind)):
        step(start / table.num_rows)
        found.append(compute.utf8_length(joined(columns)).to_numpy() - (len(columns) - 1))
    return numpy.arange(table.num_rows), numpy.concatenate(found)


def _described(table: Any, places: Any, lengths: Any, max_length: int) -> Lengths:
    import numpy

    longest = int(lengths.max())
    top = min(longest, int(1.5 * numpy.percentile(lengths, 99)))
    width = max(-(-(top + 1) // BINS), 1)
    edges = [width * number for number in range(top // width + 2)]
    counts = numpy.histogram(numpy.minimum(lengths, edges[-1] - 1), bins=edges)[0]
    return Lengths(
        unit="tokens" if max_length else "characters",
        scope=Scope(rows=len(places), of=table.num_rows),
        edges=edges,
        counts=counts.tolist(),
        mean=float(lengths.mean()),
        median=float(numpy.median(lengths)),
        longest=longest,
        longest_row=int(places[lengths.argmax()]) + 1,
        cut=float((lengths > max_length).mean()) if max_length else None,
    )
