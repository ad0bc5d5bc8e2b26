"""Zip archives: of files with rows, or of images."""

from collections.abc import Callable, Iterator
from contextlib import closing
from zipfile import ZipFile

from workbench.core import archives
from workbench.core.datasets.albums import is_image_archive
from workbench.core.datasets.readers import image_files, members
from workbench.core.datasets.readers.seeking import seekable
from workbench.core.datasets.readers.source import Format, How, Piece, Source
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr


def read(source: Source, how: How) -> Iterator[Piece]:
    """Read the files of the archive where they are; text is never unpacked onto the disk.

    Raises:
        UserError: The archive is damaged, locked or not safe, or holds nothing that can be read.
    """
    with seekable(source) as file, closing(archives.open_zip(file, source.name)) as packed:
        names = _names(packed)
        chosen, _ = members.choose(names)
        open_one = _opener(packed)
        if is_image_archive(names):
            yield from image_files.read(names, open_one, how)
        elif chosen:
            yield from members.read(chosen, open_one, how)
        else:
            raise UserError(tr("{file} holds nothing that can be read.", file=source.name))


def remarks(source: Source) -> list[str]:
    """Say which files are passed over."""
    with seekable(source) as file, closing(archives.open_zip(file, source.name)) as packed:
        names = _names(packed)
        return image_files.remarks(names) if is_image_archive(names) else members.passed_over(names)


def _names(packed: ZipFile) -> list[str]:
    return list(dict.fromkeys(entry.filename for entry in packed.infolist() if archives.regular(entry)))


def _opener(packed: ZipFile) -> Callable[[str], Source]:
    return lambda name: Source(name, packed.getinfo(name).file_size, lambda: packed.open(name))


FORMAT = Format(name="zip", label=mark("Zip archive"), suffixes=(".zip",), read=read, is_text=False, remarks=remarks)
