"""Taking files out of archives that somebody else has made."""

import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import IO

from workbench.core.errors import UserError
from workbench.core.i18n import tr

MAX_FILES = 200_000
MAX_BYTES = 20_000_000_000
MAX_RATIO = 200
"""Unpacked bytes for each packed one: about 10 for text, 1000 in an archive meant to fill the disk."""


HARMLESS_BYTES = 32_000_000
"""Archives that unpack to no more than this may have any ratio."""

MAX_DIRECTORY = 100_000_000
"""Bytes of a zip's list of files, which is read as a whole."""


def open_zip(file: IO[bytes], name: str) -> zipfile.ZipFile:
    """Open a zip archive to read its files one by one, without unpacking it.

    Args:
        file: Its bytes; they must be seekable.
        name: As a person knows it.

    Raises:
        UserError: It is damaged, locked, unreasonably large when unpacked, or names files outside of itself.
    """
    try:
        if _directory_size(file) > MAX_DIRECTORY:
            raise UserError(_unsafe(name), "list of files")
        packed = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise UserError(tr("The archive {file} is damaged or cannot be unpacked.", file=name), str(error)) from error
    entries = packed.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise UserError(tr("The archive {file} is locked with a password; unpack it first.", file=name))
    unpacked = sum(entry.file_size for entry in entries)
    largest = min(MAX_BYTES, max(HARMLESS_BYTES, _size(file) * MAX_RATIO))
    if unpacked > largest or len(entries) > MAX_FILES:
        raise UserError(_unsafe(name), f"{len(entries)} files, {unpacked} bytes")
    for entry in entries:
        if leads_outside(entry.orig_filename):
            raise UserError(_unsafe(name), entry.orig_filename)
    return packed


def regular(entry: zipfile.ZipInfo) -> bool:
    """Return whether an entry is a file, and neither a folder nor a link nor a device."""
    kind = entry.external_attr >> 28  # file type bits of the Unix mode, 0 when made elsewhere
    return not entry.is_dir() and kind in (0, 0o10)


def leads_outside(name: str) -> bool:
    """Return whether the name of a file in an archive leads out of the folder that it is unpacked to."""
    plain = name.replace("\\", "/")
    return plain.startswith("/") or re.match(r"[A-Za-z]:", plain) is not None or ".." in PurePosixPath(plain).parts


def _unsafe(name: str) -> str:
    return tr("The archive {file} is not safe to unpack; it is refused.", file=name)


def _size(file: IO[bytes]) -> int:
    file.seek(0, os.SEEK_END)
    return file.tell()


def _directory_size(file: IO[bytes]) -> int:
    """Return how long the list of files at the end of a zip is; 0 if there is none."""
    file.seek(-min(_size(file), 1 << 17), os.SEEK_END)
    tail = file.read()
    file.seek(0)
    large, end = tail.rfind(b"PK\6\6"), tail.rfind(b"PK\5\6")
    if large >= 0:
        return int.from_bytes(tail[large + 40 : large + 48], "little")
    return int.from_bytes(tail[end + 12 : end + 16], "little") if end >= 0 else 0


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
                raise UserError(_unsafe(archive.name), name)
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
                if regular(entry):
                    yield entry.filename, entry.file_size, _Opener(packed, entry)
        return
    with tarfile.open(archive) as tape:
        for member in tape:
            if member.isreg():
                yield member.name, member.size, _Opener(tape, member)
