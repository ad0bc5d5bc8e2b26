"""Weights in safetensors files, read by their headers: a few kilobytes of files of any size.

The format: eight bytes with the length of the header (little-endian), the header as JSON, then the data.
"""

import json
import math
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.model_refusals import INDEX, SINGLE

LONGEST_HEADER = 100_000_000
"""Bytes; what the library itself accepts at most."""

_POINTER = b"version https://git-lfs"


class Weights(msgspec.Struct, frozen=True):
    """What the headers tell.

    Attributes:
        shapes: Of every weight, by its name.
        bytes: That they take on disk, all together.
    """

    shapes: dict[str, tuple[int, ...]]
    bytes: int


def read(folder: Path) -> Weights:
    """Read what weights a model has, and check that each file is whole.

    Raises:
        UserError: A file is missing, damaged or cut off, or is not what the list of weights says; it is named.
    """
    weight_map = _weight_map(folder)
    headers = {name: _header(folder / name) for name in sorted(set(weight_map.values())) or _without_list(folder)}
    for weight, file in weight_map.items():
        if weight not in headers[file]:
            sentence = tr(
                "The list of weights {index} says that {file} holds “{weight}”, but it does not. "
                "Copy or download the model again.",
                index=INDEX,
                file=file,
                weight=weight,
            )
            raise UserError(sentence, str(folder))
    shapes = {name: tuple(entry["shape"]) for header in headers.values() for name, entry in header.items()}
    return Weights(shapes, sum(_end(header) for header in headers.values()))


def _without_list(folder: Path) -> list[str]:
    single = folder / SINGLE
    return [SINGLE] if single.exists() else sorted(path.name for path in folder.glob("*.safetensors"))


def _weight_map(folder: Path) -> dict[str, str]:
    """Return which file holds which weight; nothing if they are all in one.

    Raises:
        UserError: A file is missing, or the list is damaged.
    """
    index = folder / INDEX
    if not index.exists():
        return {}
    try:
        found = msgspec.convert(json.loads(index.read_text("utf-8"))["weight_map"], dict[str, str])
    except (ValueError, KeyError, TypeError, msgspec.ValidationError) as error:
        raise UserError(
            tr("The list of weights {file} is damaged. Copy or download it again.", file=index.name), str(error)
        ) from error
    missing = sorted(name for name in set(found.values()) if Path(name).name != name or not (folder / name).is_file())
    if missing:
        raise UserError(
            tr(
                "Part of the weights is missing in {folder}: {files}. Copy it again.",
                folder=folder,
                files=", ".join(missing),
            )
        )
    return found


def _header(path: Path) -> dict[str, Any]:
    """Read a header and check that the file is exactly as long as it says."""
    there = path.stat().st_size
    with path.open("rb") as file:
        start = file.read(8)
        length = int.from_bytes(start, "little")
        if _POINTER.startswith(start) and start:
            _refuse(path, tr("it is a pointer of Git LFS, without the weights; get them with: git lfs pull"))
        if length > LONGEST_HEADER:
            _refuse(path, tr("its header would be {bytes} bytes long", bytes=f"{length:,}"))
        if there < 8 + length or not length:
            _refuse(path, tr("it ends within its header, after {bytes} bytes", bytes=f"{there:,}"))
        header = _decoded(path, file.read(length))
    expected = 8 + length + _end(header)
    if there != expected:
        _refuse(
            path, tr("it should have {expected} bytes and has {there}", expected=f"{expected:,}", there=f"{there:,}")
        )
    return header


def _decoded(path: Path, header: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(header)
        found.pop("__metadata__", None)
        sound = all(_is_sound(entry) for entry in found.values())
    except (ValueError, KeyError, TypeError, AttributeError):
        sound = False
    if not sound:
        _refuse(path, tr("its header cannot be read"))
    return found


def _is_sound(entry: Any) -> bool:
    """Return whether a weight takes as many bytes as its shape and type need."""
    start, end = entry["data_offsets"]
    return bool(0 <= start <= end and (end - start) * 8 == math.prod(entry["shape"]) * bits(entry["dtype"]))


def bits(dtype: str) -> int:
    """Return the bits of a value by the name of its type: ``BF16`` has 16, ``F8_E4M3`` has 8."""
    return 8 if dtype == "BOOL" else int("".join(filter(str.isdigit, dtype.partition("_")[0])))


def _end(header: dict[str, Any]) -> int:
    return max((entry["data_offsets"][1] for entry in header.values()), default=0)


def _refuse(path: Path, why: str) -> NoReturn:
    sentence = tr(
        "The weights file {file} is damaged or cut off: {why}. Copy or download it again.", file=path.name, why=why
    )
    raise UserError(sentence, str(path))
