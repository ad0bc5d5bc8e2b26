"""Taking files out of archives that somebody else has made."""

import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path
from typing import IO

from workbench.core.errors import UserError
from workbench.core.i18n import tr

MAX_FILES = 200_000
MAX_BYTES = 20_000_000_000
MAX_RATIO = 200
"""Unpacked bytes for each packed one: about 10 for text, 1000 in an archive meant to fill the disk."""


def unpack(archive: Path, wanted: Sequence[str], target: Path) -> list[Path]:
    """Write the regular files of a zip, wheel or tar archive that match a pattern below ``target``.

    Args:
        archive: The archive; what it is shows from its content.
        wanted: Patterns (``*/data/*.yml``) of the names to take.
        target: Folder to write into; sub-folders are kept as in the archive.

    Returns:
        The files written, by name.

    Raises:
        UserError: It is no archive, a pattern matches nothing, a file would land outside the folder, or there
            is unreasonably much in it.
    """
    limit = min(MAX_BYTES, archive.stat().st_size * MAX_RATIO)
    root = target.resolve()
    written: list[Path] = []
    found: set[str] = set()
    try:
        for name, size, stream in _regular_files(archive):
            matches = {pattern for pattern in wanted if fnmatchcase(name, pattern)}
            if not matches:
                continue
            found |= matches
            path = (root / name).resolve()
            limit -= size
            if not path.is_relative_to(root) or limit < 0 or len(written) >= MAX_FILES:
                raise UserError(tr("The archive {file} is not safe to unpack; it is refused.", file=archive.name), name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with closing(stream()) as source, path.open("wb") as copy:
                shutil.copyfileobj(source, copy, 1 << 20)
            written.append(path)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, OSError) as error:
        raise UserError(
            tr("The archive {file} is damaged or cannot be unpacked.", file=archive.name), str(error)
        ) from error
    missing = [pattern for pattern in wanted if pattern not in found]
    if missing:
        raise UserError(
            tr("The archive {file} lacks something that belongs in it.", file=archive.name),
            ", ".join(missing),
        )
    return sorted(written)


class _Opener:
    """Opens one file of an archive when it is wanted; links, devices and folders never come this far."""

    def __init__(self, archive: zipfile.ZipFile | tarfile.TarFile, member: zipfile.ZipInfo | tarfile.TarInfo) -> None:
        self._archive = archive
        self._member = member

    def __call__(self) -> IO[bytes]:
        if isinstance(self._archive, zipfile.ZipFile):
            assert isinstance(self._member, zipfile.ZipInfo)
            return self._archive.open(self._member)
        assert isinstance(self._member, tarfile.TarInfo)
        stream = self._archive.extractfile(self._member)
        assert stream is not None
        return stream


def _regular_files(archive: Path) -> Iterator[tuple[str, int, _Opener]]:
    """Give name, unpacked size and opener of each regular file."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as packed:
            for entry in packed.infolist():
                kind = entry.external_attr >> 28  # file type bits of the Unix mode, 0 when made elsewhere
                if not entry.is_dir() and kind in (0, 0o10):
                    yield entry.filename, entry.file_size, _Opener(packed, entry)
        return
    with tarfile.open(archive) as tape:
        for member in tape:
            if member.isreg():
                yield member.name, member.size, _Opener(tape, member)
