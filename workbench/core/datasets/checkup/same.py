"""Rows that are there more than once, within a part, over the parts, or with another label.

Every text becomes a number of 64 bits, so that ten million rows need no more memory than their numbers.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from workbench.core.datasets.checkup.report import Alike, Group, Sameness, Scope
from workbench.core.datasets.checkup.texts import chunks, content_roles, joined, normal, quoted, rows_at
from workbench.core.datasets.kinds import Kind

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Hashes = NDArray[numpy.uint64]
    Flags = NDArray[numpy.bool_]
    Places = NDArray[numpy.intp]

LIMIT = 5_000_000
"""So many rows are compared; of more, a part that is chosen by their text, so that equal ones stay together."""

GROUPS = 20
ROWS = 10


def sameness(table: Any, kind: Kind, step: Callable[[float], None]) -> Sameness:
    """Look for rows that are alike.

    Args:
        table: The stored rows with their ``split``.
        kind: Their kind.
        step: Told the share that is done; may raise to give up.
    """
    import numpy

    rows, exact, text = _hashes(table, kind, step)
    parts = table["split"].combine_chunks().dictionary_encode()
    names = parts.dictionary.to_pylist()
    training = parts.indices.to_numpy()[rows] == (names.index("train") if "train" in names else -1)
    labels = _labels(table, kind)[rows]
    whole = _pair(text, labels)
    exact = _pair(exact, labels)
    tell = _Teller(table, kind, rows)
    repeats, near = _later(exact), _later(whole)
    in_training = numpy.isin(whole, whole[training])
    text_in_training = numpy.isin(text, text[training])
    contradicting = _several(text, labels)
    return Sameness(
        scope=Scope(rows=len(rows), of=table.num_rows),
        duplicates=tell(repeats, exact),
        near_duplicates=tell(near & ~repeats, whole),
        leaks=tell(~training & in_training, whole),
        leaks_other_label=tell(~training & text_in_training & ~in_training, text),
        contradictions=tell(contradicting, text),
    )


def _hashes(table: Any, kind: Kind, step: Callable[[float], None]) -> "tuple[Places, Hashes, Hashes]":
    """Return which rows are compared, and their texts as numbers: as they stand, and normalised."""
    import numpy

    roles = content_roles(kind)
    every = -(-table.num_rows // LIMIT)
    kept, exact, text = [], [], []
    for start, columns in chunks(table, roles):
        step(start / max(table.num_rows, 1))
        words = joined(columns)
        folded = _numbers(normal(words))
        here = numpy.flatnonzero(folded % every == 0)
        kept.append(here + start)
        exact.append(_numbers(words)[here])
        text.append(folded[here])
    if not kept:
        return numpy.empty(0, numpy.intp), numpy.empty(0, numpy.uint64), numpy.empty(0, numpy.uint64)
    return numpy.concatenate(kept), numpy.concatenate(exact), numpy.concatenate(text)


def _numbers(words: Any) -> "Hashes":
    import numpy
    import pyarrow
    from xxhash import xxh3_64_intdigest

    return numpy.fromiter(map(xxh3_64_intdigest, words.cast(pyarrow.binary()).to_pylist()), numpy.uint64, len(words))


def _labels(table: Any, kind: Kind) -> "Hashes":
    """Return the label of every row as a number; zeros where the kind has none."""
    import numpy

    if kind.stratum and kind.stratum in table.column_names:
        coded = table[kind.stratum].combine_chunks().dictionary_encode()
        found: Hashes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(numpy.uint64)
        return found
    return numpy.zeros(table.num_rows, numpy.uint64)


def _pair(text: "Hashes", labels: "Hashes") -> "Hashes":
    """Return a number for each text with its label."""
    import numpy

    with numpy.errstate(over="ignore"):
        return text ^ (labels * numpy.uint64(0x9E3779B97F4A7C15))


def _later(keys: "Hashes") -> "Flags":
    """Return which rows have a key that an earlier one has."""
    import numpy

    first = numpy.unique(keys, return_index=True)[1]
    later = numpy.ones(len(keys), bool)
    later[first] = False
    return later


def _several(keys: "Hashes", labels: "Hashes") -> "Flags":
    """Return which rows have a key that stands there with more than one label."""
    import numpy

    _, inverse = numpy.unique(keys, return_inverse=True)
    _, pairs = numpy.unique(_pair(keys, labels), return_index=True)
    labels_of_key = numpy.bincount(inverse[pairs], minlength=int(inverse.max(initial=-1)) + 1)
    return labels_of_key[inverse] > 1


class _Teller:
    """Turns flags into the first groups with their texts."""

    def __init__(self, table: Any, kind: Kind, rows: "Places") -> None:
        self._table, self._kind, self._rows = table, kind, rows

    def __call__(self, flagged: "Flags", keys: "Hashes") -> Alike:
        import numpy

        wanted = list(dict.fromkeys(keys[numpy.flatnonzero(flagged)[: GROUPS * ROWS]].tolist()))[:GROUPS]
        members: dict[int, list[int]] = {key: [] for key in wanted}
        for place in numpy.flatnonzero(numpy.isin(keys, numpy.array(wanted, numpy.uint64))).tolist():
            if len(members[int(keys[place])]) < ROWS:
                members[int(keys[place])].append(int(self._rows[place]))
        return Alike(count=int(flagged.sum()), groups=[self._group(places) for places in members.values()])

    def _group(self, places: list[int]) -> Group:
        import numpy

        shown = rows_at(self._table, numpy.array(places))
        _, columns = next(chunks(shown.slice(0, 1), content_roles(self._kind)))
        labels = shown[self._kind.stratum].to_pylist() if self._kind.stratum in shown.column_names else []
        return Group(
            rows=[place + 1 for place in places],
            text=quoted(joined(columns)[0].as_py()),
            labels=list(dict.fromkeys(label for label in labels if label is not None)),
        )
