"""From a file to its rows. One module a format: each that has a ``FORMAT`` is found by looking into this folder."""

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source
from workbench.core.errors import UserError
from workbench.core.i18n import tr

__all__ = ["Batch", "Format", "How", "Record", "Source", "check", "format_at", "format_of", "formats", "pieces", "read"]


@cache
def formats() -> dict[str, Format]:
    """Return all formats by name."""
    modules = (importlib.import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__))
    found: list[Format] = [module.FORMAT for module in modules if hasattr(module, "FORMAT")]
    return {format.name: format for format in sorted(found, key=lambda format: format.name)}


def suffixes() -> tuple[str, ...]:
    """Return the endings of all files that can be read."""
    return tuple(sorted(suffix for format in formats().values() for suffix in format.suffixes))


def format_of(name: str) -> Format:
    """Return the format of a file by the ending of its name.

    Raises:
        UserError: Files with this ending cannot be read.
    """
    suffix = Path(name).suffix.lower()
    for format in formats().values():
        if suffix in format.suffixes:
            return format
    raise UserError(
        tr(
            "{file} is of a format that cannot be read; these can: {known}.",
            file=Path(name).name,
            known=", ".join(suffixes()),
        )
    )


def format_at(path: Path) -> Format:
    """Return the format of what is there: a folder, or a file by its ending.

    Raises:
        UserError: It cannot be read.
    """
    return formats()["folder"] if path.is_dir() else format_of(path.name)


def check(path: Path) -> None:
    """Check that a file or folder is there and of a format that can be read.

    Raises:
        UserError: It is not.
    """
    if not path.exists():
        raise UserError(tr("There is no file {path}.", path=path))
    if format_at(path).suffixes and path.stat().st_size == 0:
        raise UserError(tr("{file} is empty.", file=path.name))


def pieces(path: Path, how: How | None = None) -> Iterator[Record | Batch]:
    """Read a file in records or in batches of rows, whatever its reader gives.

    Raises:
        UserError: The file is missing, empty as a whole, of another format, or holds no list of rows.
    """
    check(path)
    return format_at(path).read(Source.of(path), how or How())


def read(path: Path, how: How | None = None) -> Iterator[Record]:
    """Read the rows of a file one at a time.

    Raises:
        UserError: As for `pieces`.
    """
    for piece in pieces(path, how):
        if isinstance(piece, Batch):
            yield from piece.records()
        else:
            yield piece
