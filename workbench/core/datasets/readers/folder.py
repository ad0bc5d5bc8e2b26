"""A folder: of images, or of files with rows."""

from collections.abc import Iterator

from workbench.core.datasets.albums import is_image_archive
from workbench.core.datasets.readers import image_files, members
from workbench.core.datasets.readers.source import Format, How, Piece, Source
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

NAME = "folder"


def read(source: Source, how: How) -> Iterator[Piece]:
    """Read what a folder holds.

    Raises:
        UserError: It holds nothing that can be read.
    """
    folder = source.path
    assert folder is not None
    names = image_files.in_folder(folder)
    if is_image_archive(names):
        return image_files.read(names, lambda name: Source.of(folder / name), how)
    chosen = [name for name in members.choose(names)[0] if not (folder / name).is_symlink()]
    if not chosen:
        raise UserError(tr("{file} holds nothing that can be read.", file=source.name))
    return members.read(chosen, lambda name: Source.of(folder / name), how)


def remarks(source: Source) -> list[str]:
    """Say which files are passed over."""
    assert source.path is not None
    names = image_files.in_folder(source.path)
    return image_files.remarks(names) if is_image_archive(names) else members.passed_over(names)


FORMAT = Format(name=NAME, label=mark("Folder"), suffixes=(), read=read, is_text=False, remarks=remarks)
