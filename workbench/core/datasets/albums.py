"""Where images come from: folders and archives that say by their names what an image is, and tables of paths."""

import re
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from workbench.core.datasets import images
from workbench.core.datasets.images import BadImage
from workbench.core.datasets.splits import part_of
from workbench.core.i18n import tr

OTHERS = (".heic", ".heif", ".avif", ".svg", ".psd", ".jp2", ".ico", ".raw", ".cr2", ".nef", ".dng", ".tga", ".pcx")
"""Endings of images that cannot be read; other files in a folder of images are none and are passed over."""


class Place(msgspec.Struct, frozen=True, gc=False):
    """What the place of an image says: its class ("" if nothing does) and its part ("" likewise)."""

    name: str
    label: str = ""
    part: str = ""


def is_image(name: str) -> bool:
    """Return whether a file is an image that can be read, by its name."""
    return name.lower().endswith(images.SUFFIXES) and not is_hidden(name)


def is_hidden(name: str) -> bool:
    """Return whether a system put a file there that no person looks at."""
    return name.startswith((".", "__MACOSX/")) or "/." in name or "/__MACOSX/" in name


def is_image_archive(names: Iterable[str]) -> bool:
    """Return whether most of the files in an archive or folder are images."""
    seen = [name.lower() for name in names if not is_hidden(name) and not name.endswith("/")]
    return 2 * sum(name.endswith(images.SUFFIXES + OTHERS) for name in seen) > len(seen)


def places(names: Iterable[str]) -> list[Place]:
    """Return what the places of images say, in the order of their names.

    Folders around everything say nothing. Then come the parts, if the folders are called ``train``, ``test`` and so
    on, and then the classes; what lies deeper in a class belongs to it.
    """
    paths = {name: tuple(name.split("/")) for name in sorted(names)}
    skipped = _around(list(paths.values()))
    folders = {path[skipped] for path in paths.values() if len(path) > skipped + 1}
    in_parts = bool(folders) and all(part_of(folder) for folder in folders)
    return [_place(name, path[skipped:-1], in_parts) for name, path in paths.items()]


def _around(paths: Sequence[tuple[str, ...]]) -> int:
    """Return how many folders are around everything, where each image is in a further folder."""
    shared = min((len(path) for path in paths), default=0)
    depth = 0
    while depth < shared - 2 and len({path[depth] for path in paths}) == 1 and not part_of(paths[0][depth]):
        depth += 1
    return depth


def _place(name: str, folders: tuple[str, ...], in_parts: bool) -> Place:
    part = part_of(folders[0]) if in_parts and folders else ""
    classes = folders[1:] if part else folders
    return Place(name, classes[0] if classes else "", part)


class Album:
    """Gives the content of the images that rows name. Nothing outside of the folder or archive is ever read.

    Args:
        path: A folder, a zip archive, or a table with images beside it.
    """

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path) if path.suffix.lower() == ".zip" and path.is_file() else None
        self._root = (path if path.is_dir() else path.parent).resolve()

    def close(self) -> None:
        """Close the archive."""
        if self._zip is not None:
            self._zip.close()

    def read(self, value: Any, table: str = "") -> bytes:
        """Return the content of an image.

        Args:
            value: Its path, or a mapping with its ``bytes`` or its ``path``, as Hugging Face data sets have it.
            table: The file in the folder or archive that names it; its path begins there.

        Raises:
            BadImage: It is not there, or not inside.
        """
        if isinstance(value, dict):
            if isinstance(content := value.get("bytes"), bytes):
                return content
            value = value.get("path")
        if not isinstance(value, str) or not value.strip():
            raise BadImage(tr("The row names no image."))
        name = _inside(value.strip(), table)
        return self._from_folder(name) if self._zip is None else _from_zip(self._zip, name)

    def _from_folder(self, name: PurePosixPath) -> bytes:
        path = self._root / name
        try:
            if path.resolve() != path:
                raise BadImage(is_link())
            if not path.is_file():
                raise BadImage(_not_there())
            if path.stat().st_size > images.MOST_BYTES:
                raise BadImage(images.too_large())
            return path.read_bytes()
        except (OSError, ValueError) as error:
            raise BadImage(tr("The image file cannot be read.")) from error


def _inside(value: str, table: str) -> PurePosixPath:
    """Return where a path leads from the top of the folder or archive.

    Raises:
        BadImage: It leads outside.
    """
    plain = value.replace("\\", "/")
    steps = PurePosixPath(table).parent / plain
    if plain.startswith(("/", "~")) or re.match(r"[A-Za-z]:|[a-z]+://", plain) or ".." in steps.parts:
        raise BadImage(tr("The path of the image leads out of the folder that its table is in."))
    return steps


def _from_zip(archive: zipfile.ZipFile, name: PurePosixPath) -> bytes:
    try:
        entry = archive.getinfo(str(name))
        if entry.external_attr >> 28 == 0o12:
            raise BadImage(is_link())
        with archive.open(entry) as file:  # what the archive says of the size may be a lie
            content = file.read(images.MOST_BYTES + 1)
    except KeyError as error:
        raise BadImage(_not_there()) from error
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, zlib.error) as error:
        raise BadImage(tr("The image cannot be taken out of the archive: it is damaged or locked there.")) from error
    if len(content) > images.MOST_BYTES:
        raise BadImage(images.too_large())
    return content


def is_link() -> str:
    """Return why a link to an image, or to a folder of them, is left out."""
    return tr("The image is a link; links are not followed.")


def _not_there() -> str:
    return tr("There is no image of this name.")
