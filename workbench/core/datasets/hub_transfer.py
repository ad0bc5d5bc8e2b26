"""Downloading files of the Hugging Face Hub: exactly those that were described, taken up where they were left."""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Any

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr

CHUNK = 1 << 20
"""Bytes between two looks at whether the person has cancelled."""


class HubFile(msgspec.Struct, frozen=True):
    """A file of a data set.

    Attributes:
        path: Where it is on the Hub.
        target: Where it goes, below the folder of the download.
        size: In bytes.
        sha256: What its content must be; "" where the Hub does not tell.
        config: Name of its configuration.
        split: Name of its part, "" if nothing says so.
    """

    path: str
    target: str
    size: int
    sha256: str = ""
    config: str = ""
    split: str = ""


def transfer(
    name: str,
    revision: str,
    files: Sequence[HubFile],
    folder: Path,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Bring files here, one after the other; those that are here already are left alone.

    Raises:
        UserError: A file is not the one that was described, or the transfer was cancelled.
        Exception: Of huggingface_hub or httpx: the Hub did not give a file.
    """
    from huggingface_hub import constants, hf_hub_url

    total = max(1, sum(file.size for file in files))
    done = 0
    for file in files:
        path = _inside(folder, file.target)
        if not path.exists():
            before = done
            url = hf_hub_url(name, file.path, repo_type="dataset", revision=revision, endpoint=constants.ENDPOINT)

            def move(here: int, before: int = before) -> None:
                if cancelled and cancelled():
                    raise UserError(tr("The download was cancelled. It goes on from there the next time."))
                if progress:
                    progress(min(1.0, (before + here) / total))

            download(url, file, path, move)
        done += file.size
    if progress:
        progress(1.0)


def download(url: str, file: HubFile, path: Path, move: Callable[[int], None]) -> None:
    """Bring one file here, from where an earlier call was interrupted; it is in its place once it is whole.

    Args:
        url: Where it is.
        file: What it must be.
        path: Where it goes; what is here of it meanwhile lies beside it (see `partial`).
        move: Told the bytes that are here, about once a megabyte; what it raises ends the download.

    Raises:
        UserError: The file is not the one that was described.
        Exception: Of huggingface_hub or httpx, or from ``move``.
    """
    from huggingface_hub import constants
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils._headers import build_hf_headers

    constants.DOWNLOAD_CHUNK_SIZE = CHUNK  # its own is ten times as much: seconds on a slow line
    path.parent.mkdir(parents=True, exist_ok=True)
    begun = partial(path)
    if file.size and begun.exists() and begun.stat().st_size > file.size:
        begun.unlink()  # whatever it is, it is no beginning
    with begun.open("ab") as out:
        here = out.tell()
        move(here)
        http_get(
            url,
            out,
            resume_size=here,
            headers={**build_hf_headers(), "Accept-Encoding": "identity"},  # a range is one of the file as it is
            expected_size=file.size or None,
            tqdm_class=bar(move),
        )
    if file.sha256 and _sha256(begun) != file.sha256:
        begun.unlink()
        raise UserError(tr("{file} arrived damaged. Download it again.", file=PurePosixPath(file.path).name), file.path)
    begun.replace(path)


def partial(path: Path) -> Path:
    """Return where the beginning of a file lies until all of it is here."""
    return path.with_name(f".{path.name}.part")


def bar(move: Callable[[int], None]) -> Any:
    """Return what huggingface_hub takes for the class of a progress bar, which tells the bytes that are here."""

    class Bar:
        def __init__(self, *, initial: int = 0, **_: Any) -> None:
            self._here = initial

        def __enter__(self) -> "Bar":
            return self

        def __exit__(
            self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
        ) -> None:
            return None

        def update(self, count: float | None = 1) -> None:
            self._here += int(count or 0)
            move(self._here)

    return Bar


def _inside(folder: Path, target: str) -> Path:
    steps = PurePosixPath(target)
    if steps.is_absolute() or ".." in steps.parts:
        raise UserError(tr("A file of the data set has a name that leads out of its folder; it is refused."), target)
    return folder / steps


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
