"""From a file to its rows. One module a format: each that has a ``FORMAT`` is found by looking into this folder."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from workbench.core.datasets.readers.source import Batch, Block, Format, How, Piece, Record, Source, flat
from workbench.core.errors import UserError
from workbench.core.i18n import tr

__all__ = [
    "Batch",
    "Block",
    "Format",
    "How",
    "Piece",
    "Record",
    "Source",
    "check",
    "flat",
    "format_at",
    "format_of",
    "formats",
    "pieces",
    "read",
]


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


def pieces(path: Path, how: How | None = None, watch: Callable[[], None] | None = None) -> Iterator[Piece]:
    """Read a file in records, in batches of rows or in blocks that are to be parsed, whatever its reader gives.

    Args:
        path: The file or folder.
        how: How it is to be read.
        watch: Called each time some of the file is read; may raise.

    Raises:
        UserError: The file is missing, empty as a whole, of another format, or holds no list of rows.
    """
    check(path)
    source = Source.of(path)
    return format_at(path).read(source.watched(watch) if watch else source, how or How())


def read(path: Path, how: How | None = None, watch: Callable[[], None] | None = None) -> Iterator[Record]:
    """Read the rows of a file one at a time.

    Raises:
        UserError: As for `pieces`.
    """
    return flat(pieces(path, how, watch))
