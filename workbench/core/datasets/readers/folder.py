"""A folder: of images for now."""

from collections.abc import Iterator

from workbench.core.datasets.albums import is_image_archive
from workbench.core.datasets.readers import image_files
from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

NAME = "folder"


def read(source: Source, how: How) -> Iterator[Record | Batch]:
    """Read what a folder holds.

    Raises:
        UserError: It holds nothing that can be read.
    """
    folder = source.path
    assert folder is not None
    names = image_files.in_folder(folder)
    if not is_image_archive(names):
        raise UserError(tr("{file} holds nothing that can be read.", file=source.name))
    return image_files.read(names, lambda name: Source.of(folder / name), how)


FORMAT = Format(name=NAME, label=mark("Folder"), suffixes=(), read=read, is_text=False)
