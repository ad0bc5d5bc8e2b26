"""Checkpoints that are whole or not there: staged, flushed to disk, manifest last, one rename.

What is inside is the engine's business; this module only promises that a listed checkpoint is complete.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from workbench.core import jsonl

KEEP = 2


class Manifest(msgspec.Struct, frozen=True):
    """The files of a checkpoint with their sizes in bytes, and the step it was made at."""

    step: int
    files: dict[str, int]


@contextmanager
def staged(checkpoints: Path, step: int) -> Iterator[Path]:
    """Give a folder to write a checkpoint into; on leaving without an error it becomes a listed one.

    Older checkpoints beyond the last `KEEP` are removed afterwards. On an error nothing is left behind.
    """
    checkpoints.mkdir(parents=True, exist_ok=True)
    clean(checkpoints)
    staging = checkpoints / f".staging-{step}"
    staging.mkdir()
    try:
        yield staging
        files = {str(p.relative_to(staging)): p.stat().st_size for p in sorted(staging.rglob("*")) if p.is_file()}
        for name in files:
            _flush(staging / name)
        jsonl.write_atomically(staging / "manifest.json", Manifest(step, files))
        final = checkpoints / f"step-{step:08d}"
        if final.exists():
            shutil.rmtree(final)
        staging.rename(final)
        _flush(checkpoints)
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        raise
    for old in listed(checkpoints)[:-KEEP]:
        shutil.rmtree(old)


def _flush(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open folders
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def clean(checkpoints: Path) -> None:
    """Remove what an interrupted save has left."""
    for leftover in checkpoints.glob(".staging-*"):
        shutil.rmtree(leftover, ignore_errors=True)


def listed(checkpoints: Path) -> list[Path]:
    """Return the whole checkpoints, oldest first: manifest there, every file there with its size."""
    return [folder for folder in sorted(checkpoints.glob("step-*")) if _whole(folder)]


def latest(checkpoints: Path) -> Path | None:
    """Return the newest whole checkpoint, if there is one."""
    found = listed(checkpoints)
    return found[-1] if found else None


def _whole(folder: Path) -> bool:
    try:
        manifest = msgspec.json.decode((folder / "manifest.json").read_bytes(), type=Manifest)
        return all((folder / name).stat().st_size == size for name, size in manifest.files.items())
    except (OSError, msgspec.DecodeError):
        return False
