"""Append-only files of JSON lines: written line by line, followed without reading anything twice."""

import os
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


def append(path: Path, item: object) -> None:
    """Append one item as a line; a single write, so that readers never see half of two lines mixed.

    A line that a full disk or a power cut left unfinished is closed first, so that only that one is lost.
    """
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
        broken = file.read(1) not in (b"", b"\n")
        file.write(b"\n" * broken + msgspec.json.encode(item) + b"\n")


def write_atomically(path: Path, item: object) -> None:
    """Write one JSON document so that after a power cut either the old or the new one is there.

    Several processes may do so at once: the last one wins.
    """
    staging = path.with_name(f"{path.name}.{os.getpid()}.new")
    with staging.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(item), indent=2))
        file.flush()
        os.fsync(file.fileno())
    staging.replace(path)


class Follower(Generic[T]):
    """Reads what has been appended to a file since the last call.

    Args:
        path: The file; it need not exist yet.
        type: The msgspec type of a line.
    """

    def __init__(self, path: Path, type: type[T] | object) -> None:
        self._path = path
        self._decoder: msgspec.json.Decoder[T] = msgspec.json.Decoder(type)
        self._offset = 0

    def read(self) -> list[T]:
        """Return the new whole lines; an unfinished last line waits for its end, a damaged one is passed over."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole, newline, _ = data.rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        items: list[T] = []
        for line in whole.splitlines():
            try:
                items.append(self._decoder.decode(line))
            except msgspec.DecodeError:  # the line that a power cut or SIGKILL left half-written
                continue
        return items
