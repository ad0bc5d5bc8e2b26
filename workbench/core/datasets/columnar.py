"""From a batch of a file's rows to canonical rows, column by column, with the same outcome as row by row.

What a column-wise conversion cannot decide for sure, it leaves to the row-wise one.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workbench.core.datasets import columnar_chat, splits
from workbench.core.datasets.conversion import convert, group_of
from workbench.core.datasets.dataset import Rejected
from workbench.core.datasets.fingerprints import content, offsets
from workbench.core.datasets.kinds import Kind, Role
from workbench.core.datasets.readers import Batch, Record
from workbench.core.datasets.rows import BadValue, is_missing, value_of
from workbench.core.datasets.writer import keys_of, schema

if TYPE_CHECKING:
    from numpy import bool_, uint8, uint64
    from numpy.typing import NDArray

_EXACT = 2**53
"""Up to here every whole number is a floating-point number of its own."""

_SPACES = (*range(0x09, 0x0E), *range(0x1C, 0x21))
_SPACE_LEADS = (0xC2, 0xE1, 0xE2, 0xE3)
"""First bytes of the white space in Unicode that is not ASCII."""


class Unfit(Exception):
    """A batch has a column that only the row-wise conversion knows."""


@dataclass(frozen=True)
class Recipe:
    """How records become rows: of which kind, and the column of each role."""

    kind: Kind
    columns: Mapping[str, str]

    def is_columnar(self) -> bool:
        """Return whether batches of rows can be converted column by column."""
        given = [role for role in self.kind.roles if role.given and (role.stored or role.name in self.columns)]
        simple = all(role.type in _CONVERTERS and role.stored for role in given)
        return simple and (self.kind.check is Kind.check or self.kind.name in _CHECKED)


@dataclass(frozen=True)
class Portion:
    """Canonical rows ready to be written, and the rows in between that were no good.

    Attributes:
        batch: A pyarrow record batch of the kind's schema.
        parts: The number of each row's part.
        keys: A hash of each row's group.
        done: Share of the file that has been read after it.
    """

    batch: Any
    parts: "NDArray[uint8]"
    keys: "NDArray[uint64]"
    rejected: list[Rejected]
    done: float


def from_records(records: Sequence[Record], recipe: Recipe) -> Portion:
    """Convert records row by row."""
    rows, parts, groups, rejected = [], [], [], []
    for record in records:
        became = convert(recipe.kind, record, recipe.columns)
        if became.row is None:
            rejected.append(Rejected(record.line, became.reason, record.raw, record.file))
        else:
            rows.append(became.row)
            parts.append(splits.code(became.part))
            groups.append(became.group)
    done = records[-1].done if records else 0.0
    return _portion(recipe.kind, _row_batch(recipe.kind, rows), parts, _texts(groups), rejected, done)


def from_batch(batch: Batch, recipe: Recipe) -> Portion:
    """Convert a batch column by column; rows that are odd in some way one by one.

    Raises:
        Unfit: The batch has a column of a type that cannot be converted so.
    """
    import numpy
    import pyarrow

    kind = recipe.kind
    columns, odd = _columns(batch, recipe)
    parts, unknown = _parts(batch, recipe)
    odd |= unknown
    groups = _groups(batch, recipe)
    whole = pyarrow.RecordBatch.from_arrays(columns, schema=schema(kind))
    if not odd.any():
        return _portion(kind, whole, parts, groups, [], batch.done)
    good, others = numpy.flatnonzero(~odd), numpy.flatnonzero(odd)
    rows, places, own_groups, rejected = [], [], [], []
    for number in others.tolist():
        record = batch.at(number)
        became = convert(kind, record, recipe.columns)
        if became.row is None:
            rejected.append(Rejected(record.line, became.reason, record.raw, record.file))
        else:
            rows.append(became.row)
            places.append(number)
            own_groups.append(became.group)
            parts[number] = splits.code(became.part)
    kept = numpy.concatenate([good, numpy.array(places, good.dtype)])
    order = numpy.argsort(kept)
    joined = pyarrow.concat_batches([whole.take(good), _row_batch(kind, rows)]).take(order)
    if groups is not None:
        groups = pyarrow.concat_arrays([groups.take(good), _texts(own_groups)]).take(order)
    return _portion(kind, joined, parts[kept[order]], groups, rejected, batch.done)


def _portion(kind: Kind, batch: Any, parts: Any, groups: Any, rejected: list[Rejected], done: float) -> Portion:
    import numpy

    return Portion(batch, numpy.asarray(parts, numpy.uint8), keys_of(kind, batch, groups), rejected, done)


def _columns(batch: Batch, recipe: Recipe) -> tuple[list[Any], "NDArray[bool_]"]:
    """Return the canonical columns, and which rows are to be looked at one by one."""
    import numpy
    import pyarrow

    odd = numpy.zeros(batch.table.num_rows, numpy.bool_)
    columns = []
    for role in recipe.kind.stored:
        given = _given(batch, recipe, role.name)
        if given is None:
            column = pyarrow.nulls(len(odd), schema(recipe.kind).field(role.name).type)
        else:
            column, bad = _CONVERTERS[role.type](role, given)
            odd |= bad
        if role.required:
            odd |= column.is_null().to_numpy(zero_copy_only=False)
        columns.append(column)
    return columns, odd


def _given(batch: Batch, recipe: Recipe, role: str) -> Any:
    """Return the column of a role as one array of a plain type, or None if there is none."""
    import pyarrow

    name = recipe.columns.get(role)
    if name not in batch.table.column_names:
        return None
    array = batch.table.column(name).combine_chunks()
    if isinstance(array, pyarrow.ChunkedArray):  # more text than one array can hold
        raise Unfit
    if pyarrow.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pyarrow.types.is_null(array.type) or array.type in (pyarrow.large_string(), pyarrow.string_view()):
        array = array.cast(pyarrow.string())
    return array


def _text(role: Role, array: Any) -> tuple[Any, Any]:
    import pyarrow
    import pyarrow.compute as compute

    if pyarrow.types.is_integer(array.type):
        return array.cast(pyarrow.string()), False
    if not pyarrow.types.is_string(array.type):
        raise Unfit
    blank = _blank(array)
    nothing = pyarrow.scalar(None, pyarrow.string())
    return (compute.if_else(pyarrow.array(blank), nothing, array) if blank.any() else array), False


def _label(role: Role, array: Any) -> tuple[Any, Any]:
    """Convert each different value once, as the row-wise conversion does it."""
    import numpy
    import pyarrow

    types = pyarrow.types
    known = (types.is_string, types.is_integer, types.is_boolean, types.is_float64)
    if not any(is_type(array.type) for is_type in known):
        raise Unfit
    encoded = array.dictionary_encode()
    labels, is_bad = [], []
    for value in encoded.dictionary.to_pylist():
        label, bad = None, isinstance(value, float) and not abs(value) < _EXACT
        if not is_missing(value) and not bad:
            try:
                label = value_of(role, value)
            except BadValue:
                bad = True
        labels.append(label)
        is_bad.append(bad)
    column = _texts(labels).take(encoded.indices)
    if not any(is_bad):
        return column, False
    where = encoded.indices.fill_null(0).to_numpy(zero_copy_only=False)
    return column, numpy.array(is_bad)[where]


def _messages(role: Role, array: Any) -> tuple[Any, Any]:
    found = columnar_chat.messages(role, array, _blank)
    if found is None:
        raise Unfit
    return found


_CONVERTERS: dict[str, Callable[[Role, Any], tuple[Any, Any]]] = {
    "text": _text,
    "label": _label,
    "messages": _messages,
}
_CHECKED = ("chat",)
"""Kinds whose own check the conversion of a column does, so that what it lets through is good."""


def _parts(batch: Batch, recipe: Recipe) -> tuple["NDArray[uint8]", Any]:
    """Return the number of each row's part, and which rows name one that is not known."""
    import numpy
    import pyarrow

    parts = numpy.full(batch.table.num_rows, splits.code(batch.part), numpy.uint8)
    named = _given(batch, recipe, "split")
    if named is None:
        return parts, False
    if not (pyarrow.types.is_string(named.type) or pyarrow.types.is_integer(named.type)):
        raise Unfit
    encoded = named.dictionary_encode()
    values = encoded.dictionary.to_pylist()
    codes = [splits.FREE if is_missing(value) else splits.code(splits.part_of(value)) for value in values]
    missing = [is_missing(value) for value in values]
    where = encoded.indices.fill_null(len(values)).to_numpy(zero_copy_only=False)
    is_named = ~numpy.array([*missing, True])[where]
    parts[is_named] = numpy.array([*codes, splits.FREE], numpy.uint8)[where][is_named]
    return parts, is_named & (parts == splits.FREE)


def _groups(batch: Batch, recipe: Recipe) -> Any:
    """Return the group of each row as a text array, or None if there are none."""
    import pyarrow

    groups = _given(batch, recipe, "group")
    if groups is None:
        return None
    if pyarrow.types.is_integer(groups.type):
        groups = groups.cast(pyarrow.string())
    if not pyarrow.types.is_string(groups.type):
        raise Unfit
    return _texts([group_of(group) for group in groups.to_pylist()])


def _blank(array: Any) -> "NDArray[bool_]":
    """Return which texts are missing, empty or only white space.

    Only those that begin like white space are looked at as a whole.
    """
    import numpy

    places = offsets(array)
    blank: NDArray[bool_] = numpy.diff(places) == 0
    texts = numpy.frombuffer(content(array), numpy.uint8)
    there = numpy.flatnonzero(~blank)
    starts = places[there] - places[0]
    first = texts[starts]
    begins = numpy.isin(numpy.arange(256), (*_SPACES, *_SPACE_LEADS))[first]
    kana = first == 0xE3  # most Japanese texts begin with this byte; the ideographic space is E3 80 80
    begins[kana] = (texts[starts[kana] + 1] == 0x80) & (texts[starts[kana] + 2] == 0x80)
    perhaps = there[begins]
    blank[perhaps] = [not text.strip() for text in array.take(perhaps).to_pylist()]
    return blank


def _texts(values: Sequence[str | None]) -> Any:
    import pyarrow

    return pyarrow.array(values, pyarrow.string())


def _row_batch(kind: Kind, rows: list[dict[str, Any]]) -> Any:
    import pyarrow

    return pyarrow.RecordBatch.from_pylist(rows, schema=schema(kind))
