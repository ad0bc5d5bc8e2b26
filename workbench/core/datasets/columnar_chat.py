"""Conversations column by column: lists of messages as Arrow reads them, with the row-wise conversion's outcome."""

from typing import TYPE_CHECKING, Any

from workbench.core.datasets.kinds import Role
from workbench.core.datasets.values import SPEAKERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy import bool_
    from numpy.typing import NDArray

KEYS = (("role", "content"), ("from", "value"))
"""What the speaker and the words of a message are called."""

_CALLED = ("system", "user", "assistant")
_SYSTEM, _USER, _ASSISTANT, _NOBODY = range(4)


def messages(role: Role, array: Any, blank: "Callable[[Any], NDArray[bool_]]") -> tuple[Any, "NDArray[bool_]"] | None:
    """Return the conversations as they are stored, and which are to be looked at one by one.

    A conversation is odd if it would be rejected, or if that cannot be told for sure.

    Args:
        role: The role of the column.
        array: What the file gives.
        blank: Tells which texts are missing or only white space.

    Returns:
        None if these are no lists of messages.
    """
    import numpy
    import pyarrow
    import pyarrow.compute as compute

    keys = _keys(array)
    if keys is None:
        return None
    lengths = compute.list_value_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    said = array.flatten()
    fields = dict(zip((field.name for field in said.type), said.flatten(), strict=True))
    speaker, words = (fields[key] for key in keys)  # null where the message itself is
    codes = _codes(speaker)
    rows = numpy.repeat(numpy.arange(len(array)), lengths)
    starts = numpy.concatenate([[0], numpy.cumsum(lengths)])
    first = numpy.zeros(len(codes), numpy.bool_)
    first[starts[:-1][lengths > 0]] = True
    bad = (codes == _NOBODY) | blank(words) | ((codes == _SYSTEM) & ~first)
    answered = (codes[:-1] == _USER) & (codes[1:] == _ASSISTANT) & ~first[1:]
    odd = numpy.ones(len(array), numpy.bool_)
    odd[rows[:-1][answered]] = False
    odd[rows[bad]] = True
    named = pyarrow.array(_CALLED).take(pyarrow.array(numpy.minimum(codes, _ASSISTANT)))
    stored = pyarrow.StructArray.from_arrays([named, words], names=["role", "content"])
    return pyarrow.ListArray.from_arrays(pyarrow.array(starts, pyarrow.int32()), stored), odd


def _keys(array: Any) -> tuple[str, str] | None:
    """Return what the speaker and the words are called, None if this is no list of messages."""
    import pyarrow

    types = pyarrow.types
    if not types.is_list(array.type) or not types.is_struct(array.type.value_type):
        return None
    fields = {field.name: field.type for field in array.type.value_type}
    found = [keys for keys in KEYS if fields.keys() >= {*keys}]
    other = [key for keys in KEYS for key in keys if key in fields]
    if len(found) != 1 or len(other) != 2 or not all(types.is_string(fields[key]) for key in found[0]):
        return None
    return found[0]


def _codes(speakers: Any) -> "NDArray[Any]":
    """Return who speaks, as places in `_CALLED`; `_NOBODY` for whoever is not known."""
    import numpy

    encoded = speakers.dictionary_encode()
    known = [SPEAKERS.get(name.lower()) for name in encoded.dictionary.to_pylist()]
    codes = [_CALLED.index(name) if name else _NOBODY for name in known]
    places = encoded.indices.fill_null(len(codes)).to_numpy(zero_copy_only=False)
    found: NDArray[Any] = numpy.array([*codes, _NOBODY])[places]
    return found
