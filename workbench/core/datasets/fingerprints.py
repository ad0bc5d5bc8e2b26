"""Hashes of canonical rows: one of all the content, and one a row that finds rows of a group.

Both are taken from Arrow columns and depend on nothing but the values: not on the file's format or encoding, nor on
how the rows were cut into batches.
"""

import hashlib
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from numpy import uint8, uint64
    from numpy.typing import NDArray

_ODD = 0x9E3779B97F4A7C15


class ContentHash:
    """SHA-256 of the rows of a data set, fed batch by batch.

    A hash runs for the bytes of each column and one for the lengths of its values, so that large batches are hashed
    in one go and without a copy.

    Args:
        kind: Name of the kind of data set.
    """

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._running: dict[str, Any] = {}
        self._used: set[str] = set()

    def update(self, batch: Any) -> None:
        """Add the rows of a pyarrow record batch."""
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            self._feed(name, column)
            if column.null_count < len(column):
                self._used.add(name)

    def finish(self, parts: "NDArray[uint8]") -> str:
        """Return the hash of all rows and the part of each; a column without any value does not count."""
        whole = hashlib.sha256(self._kind.encode())
        for name in sorted(self._running):
            if name.partition(".")[0] in self._used:
                whole.update(name.encode() + b"\0" + self._running[name].digest())
        whole.update(parts.tobytes())
        return whole.hexdigest()

    def _feed(self, name: str, array: Any) -> None:
        import numpy
        import pyarrow

        if pyarrow.types.is_string(array.type):
            self._lengths(name, array)
            self._add(f"{name}.bytes", content(array))
        elif pyarrow.types.is_list(array.type):
            self._lengths(name, array)
            self._feed(f"{name}.items", array.flatten())
        elif pyarrow.types.is_struct(array.type):
            for field, values in zip(array.type, array.flatten(), strict=True):
                self._feed(f"{name}.{field.name}", values)
        else:
            self._add(name, numpy.ascontiguousarray(array.is_valid().to_numpy(zero_copy_only=False)))
            self._add(f"{name}.values", array.fill_null(0).to_numpy(zero_copy_only=False))

    def _lengths(self, name: str, array: Any) -> None:
        import numpy

        lengths = numpy.diff(offsets(array))
        if array.null_count:
            lengths[~array.is_valid().to_numpy(zero_copy_only=False)] = -1
        self._add(name, lengths)

    def _add(self, name: str, values: Any) -> None:
        if name not in self._running:
            self._running[name] = hashlib.sha256()
        self._running[name].update(values)


def row_keys(batch: Any, column: str = "") -> "NDArray[uint64]":
    """Return a 64-bit hash of each row of a batch, or of its values in one column; equal rows have equal ones."""
    import numpy
    import pyarrow

    columns = [batch.column(column)] if column else batch.columns
    keys = numpy.zeros(batch.num_rows, numpy.uint64)
    for values in columns:
        hashed = text_keys(values) if pyarrow.types.is_string(values.type) else _nested_keys(values)
        keys = (keys ^ hashed) * numpy.uint64(_ODD)
        keys ^= keys >> numpy.uint64(32)
    return keys


def text_keys(array: Any) -> "NDArray[uint64]":
    """Return a 64-bit hash of each text of a pyarrow array; a missing one counts as empty."""
    import numpy
    from xxhash import xxh3_64_intdigest as hashed

    if array.null_count == len(array):
        return numpy.full(len(array), hashed(b""), numpy.uint64)
    texts = content(array)
    places = offsets(array)
    pairs = pairwise((places - places[0]).tolist())
    return numpy.fromiter((hashed(texts[start:end]) for start, end in pairs), numpy.uint64, len(array))


def _nested_keys(array: Any) -> "NDArray[uint64]":
    import numpy
    import pyarrow
    from xxhash import xxh3_64_intdigest as hashed

    if pyarrow.types.is_list(array.type) and not array.null_count:
        items = array.flatten()
        columns = items.flatten() if pyarrow.types.is_struct(items.type) else [items]
        if not items.null_count and all(pyarrow.types.is_string(column.type) for column in columns):
            return _list_keys(array, columns)
    encode = msgspec.json.Encoder(order="sorted").encode
    return numpy.fromiter((hashed(encode(value)) for value in array.to_pylist()), numpy.uint64, len(array))


def _list_keys(array: Any, columns: Sequence[Any]) -> "NDArray[uint64]":
    """Return a hash of each list: of the bytes of all its texts, and of where each begins."""
    import numpy
    from xxhash import xxh3_64_intdigest as hashed

    places = offsets(array)
    ends = (places - places[0]).tolist()
    keys = numpy.zeros(len(array), numpy.uint64)
    for column in columns:
        texts, starts = content(column), offsets(column)
        bounds = (starts - starts[0])[ends].tolist() if len(column) else [0] * len(ends)
        lengths = numpy.diff(starts).astype(numpy.int32).tobytes()
        for part, cuts in ((texts, bounds), (lengths, [4 * end for end in ends])):
            found = (hashed(part[start:end]) for start, end in pairwise(cuts))
            keys = (keys ^ numpy.fromiter(found, numpy.uint64, len(array))) * numpy.uint64(_ODD)
            keys ^= keys >> numpy.uint64(32)
    return keys


def offsets(array: Any) -> Any:
    """Return where the values of a text or list array begin and end; one more than there are values."""
    import numpy

    if not len(array):
        return numpy.zeros(1, numpy.int32)
    return numpy.frombuffer(array.buffers()[1], numpy.int32)[array.offset : array.offset + len(array) + 1]


def content(array: Any) -> memoryview:
    """Return the bytes of all texts of an array, one after the other."""
    places = offsets(array)
    texts = array.buffers()[2] if len(array) else None
    return memoryview(texts if texts is not None else b"")[places[0] : places[-1]]
