"""Single files of the package index, downloaded by pip: exactly the pinned one, checked by its hash."""

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.paths import cache

Progress = Callable[[str, float | None], None]
"""Told what is being done, as one translated phrase, and which share (0 to 1) of it, when that is known."""


def download(package: str, version: str, sha256: str, size: int, progress: Progress) -> Path:
    """Return the checked file in the cache, downloading it unless an earlier call has.

    Args:
        package: Name in the package index.
        version: Exact version.
        sha256: Hash of the one file of that version that is wanted; it tells wheel and source archive apart.
        size: Its bytes.
        progress: Told how far it is.

    Raises:
        UserError: No network, or the index gave another file.
    """
    kept = cache() / "downloads" / f"{package}-{version}"
    if kept.exists() and _sha256(kept) == sha256:
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as scratch:
        target = Path(scratch) / "files"
        log = _pip(
            f"{package}=={version} --hash=sha256:{sha256}",
            target,
            lambda done: progress(
                tr("Downloading {name} ({size:.0f} MB)", name=package, size=size / 1e6), min(done / size, 1.0)
            ),
        )
        files = [path for path in target.glob("*") if _sha256(path) == sha256]
        if not files:
            raise _problem(package, log)
        files[0].replace(kept)
    return kept


def _pip(requirement: str, target: Path, progress: Callable[[int], None]) -> str:
    """Let pip download one requirement into a folder, telling the bytes so far; return what pip said."""
    temporary, listed, log = (target.with_name(name) for name in ("temporary", "requirement.txt", "pip.log"))
    temporary.mkdir()
    listed.write_text(requirement + "\n", "utf-8")
    # pip checks the hash before it looks into the file. A source archive is then asked for its name by its
    # own setup.py; without build isolation that needs no further download, and torch brings setuptools along.
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--no-deps",
        "--no-build-isolation",
        "--require-hashes",
    ]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--dest", str(target), "--requirement", str(listed)]
    environment = {**os.environ, "TMPDIR": str(temporary), "TEMP": str(temporary)}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment)
        try:
            while process.poll() is None:
                try:
                    process.wait(0.3)
                except subprocess.TimeoutExpired:
                    progress(_bytes_below(target.parent))
        except BaseException:
            process.kill()
            process.wait()
            raise
    return log.read_text("utf-8", errors="replace")


def _bytes_below(folder: Path) -> int:
    total = 0
    for path, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(path) / name).lstat().st_size
            except FileNotFoundError:  # pip has moved it in between
                continue
    return total


def _problem(package: str, log: str) -> UserError:
    if "DO NOT MATCH THE HASHES" in log:
        return UserError(
            tr(
                "The package index gave another file of “{package}” than the expected one; it is refused.",
                package=package,
            ),
            log,
        )
    if "No space left on device" in log:
        return UserError(tr("The disk is full: “{package}” could not be downloaded.", package=package), log)
    return UserError(tr("“{package}” could not be downloaded. Check the network and try again.", package=package), log)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
