"""Images in a folder or an archive: their classes are the folders that they lie in, or stand in a table beside them."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

import msgspec

from workbench.core.datasets.albums import OTHERS, Place, is_hidden, is_image, is_link, places
from workbench.core.datasets.images import SUFFIXES
from workbench.core.datasets.mapping import propose
from workbench.core.datasets.readers.source import Format, How, Record, Source, flat
from workbench.core.datasets.splits import part_of
from workbench.core.errors import UserError
from workbench.core.i18n import tr

KIND = "image-folder"
TRIED = 20
"""Rows of a table that are looked at to know whether it names images."""


def read(names: Sequence[str], open_table: Callable[[str], Source], how: How) -> Iterator[Record]:
    """Read what names and tables say of images; the images themselves are not opened.

    Args:
        names: Of all files in the folder or archive, with the folders in it.
        open_table: Gives one of them.
        how: How tables are to be read.

    Returns:
        Records with the columns ``image`` (a path) and ``label``, or those of the tables (see `Record.file`).
    """
    there = {name for name in names if is_image(name)}
    others = [name for name in sorted(names) if name not in there and not is_hidden(name)]
    tables = [name for name in others if _names_images(name, there, open_table, how)]
    return _from_tables(tables, open_table, how) if tables else _from_names(there, others)


def remarks(names: Sequence[str]) -> list[str]:
    """Say how many images there are, in how many classes if the folders tell, and which files are none."""
    found = places(name for name in names if is_image(name))
    count, classes = f"{len(found):,}", {place.label for place in found if place.label}
    said = [
        tr("{images} images in {classes} classes.", images=count, classes=f"{len(classes):,}")
        if classes
        else tr("{images} images.", images=count)
    ]
    endings = (*SUFFIXES, *OTHERS, "/")
    others = [name for name in names if not (is_hidden(name) or name.lower().endswith(endings) or _formats(name))]
    if others:
        few = ", ".join(sorted(others)[:5]) + ("…" if len(others) > 5 else "")
        said.append(tr("Passed over, because they are no images ({count}): {names}", count=len(others), names=few))
    return said


def in_folder(folder: Path) -> list[str]:
    """Return the names of all files below a folder; links to folders are named, with a slash, but not gone into."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        linked = [f"{name}/" for name in folders if (Path(place) / name).is_symlink()]
        below = "" if Path(place) == folder else f"{Path(place).relative_to(folder).as_posix()}/"
        found += [below + name for name in itertools.chain(files, linked)]
    return found


def _from_names(there: Iterable[str], others: Sequence[str]) -> Iterator[Record]:
    known = sorted(places(there), key=lambda place: not place.label)
    for number, place in enumerate(known, 1):
        yield _placed(number, place, number / len(known))
    for number, name in enumerate(others, len(known) + 1):
        if name.endswith("/"):
            yield Record(number, name, None, is_link(), 1.0)
        elif PurePosixPath(name).suffix.lower() in OTHERS:
            reason = tr("Images of this format cannot be read. Save them as PNG or JPEG.")
            yield Record(number, name, None, reason, 1.0)


def _placed(number: int, place: Place, done: float) -> Record:
    if place.label:
        values = {"image": place.name, "label": place.label}
        return Record(number, place.name, values, "", done, place.part)
    reason = tr(
        "Nothing says what class the image is of. Put the images of each class into a folder that is called like it, "
        "or bring a table with a path and a label for each."
    )
    return Record(number, place.name, None, reason, done, place.part)


def _formats(name: str) -> list[Format]:
    from workbench.core.datasets import readers

    suffix = PurePosixPath(name).suffix.lower()
    return [format for format in readers.formats().values() if suffix in format.suffixes and suffix != ".zip"]


def _names_images(name: str, there: set[str], open_table: Callable[[str], Source], how: How) -> bool:
    """Return whether a file is a table with the path of an image and a label in each row."""
    if not _formats(name):
        return False
    try:
        rows = [record.values for record in itertools.islice(_rows(name, open_table, how), TRIED) if record.values]
    except UserError:  # a text beside the images, not a table of them
        return False
    columns = propose(KIND, rows)
    folder = PurePosixPath(name).parent
    return (
        bool(rows)
        and "label" in columns
        and any(str(folder / str(row.get(columns.get("image", "")))) in there for row in rows)
    )


def _from_tables(tables: Sequence[str], open_table: Callable[[str], Source], how: How) -> Iterator[Record]:
    for number, name in enumerate(tables):
        steps = (*PurePosixPath(name).parts[:-1], PurePosixPath(name).stem)
        part = next(filter(None, map(part_of, steps)), "")
        for record in _rows(name, open_table, how):
            done = (number + record.done) / len(tables)
            yield msgspec.structs.replace(record, file=name, part=record.part or part, done=done)


def _rows(name: str, open_table: Callable[[str], Source], how: How) -> Iterator[Record]:
    return flat(_formats(name)[0].read(open_table(name), how))
