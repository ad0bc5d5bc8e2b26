"""Models of the Hugging Face Hub brought into its usual cache, each large file from where it was interrupted.

huggingface_hub 2.4 begins an interrupted file anew (it downloads into a file with a name of its own, which it deletes).
So large files are fetched here into the place where the cache keeps them, ``blobs/SHA256``, by plain HTTP with ranges,
and huggingface_hub then finds them there. The cache names a commit as the newest one last, so that a model is there
whole or not at all.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from workbench.core.datasets import hub_transfer
from workbench.core.datasets.hub_transfer import HubFile
from workbench.core.errors import UserError
from workbench.core.hub_errors import check_space
from workbench.core.hub_models import Described, answered
from workbench.core.i18n import tr
from workbench.core.units import duration, size

SOON = 2.0
"""Seconds before which no estimate of the time is worth anything."""


class Moved(msgspec.Struct, frozen=True):
    """How far a download is.

    Attributes:
        here: Bytes that are on this computer.
        total: Bytes that there are.
        left: Seconds that the rest will take; None while it is too early to tell.
    """

    here: int
    total: int
    left: float | None = None

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return min(1.0, self.here / self.total) if self.total else 1.0

    def text(self) -> str:
        """Return it as a person reads it."""
        done, total = size(self.here), size(self.total)
        if self.left is None:
            return tr("{done} of {total}", done=done, total=total)
        return tr("{done} of {total}, about {time} left", done=done, total=total, time=duration(self.left))


Progress = Callable[[Moved], None]


def download(model: Described, progress: Progress | None = None, cancelled: Callable[[], bool] | None = None) -> Path:
    """Download a model; the next call carries on an interrupted one.

    Args:
        model: From `workbench.core.hub_models.describe`.
        progress: Told how far it is, about once a megabyte.
        cancelled: Asked as often; what is here by then is kept for the next time. A process that is killed leaves
            as much.

    Returns:
        The folder with its files, in the cache of Hugging Face.

    Raises:
        UserError: It cannot be used, the Hub cannot be reached, a file is not what it should be, the disk is too small,
            it is being downloaded already, or it was cancelled.
    """
    if model.refusal:
        raise UserError(model.refusal)
    with answered(model.name), _alone(model.name) as storage:
        gauge = _Gauge(sum(file.size for file in model.files), progress, cancelled)
        large = [file for file in model.files if file.sha256]
        check_space(storage, sum(file.size - _here(storage, file) for file in large))
        for file in large:
            _fetch(model, file, storage, gauge)
        folder = _settle(model, gauge)
        _name_newest(storage, model.revision)
    return folder


def _place(storage: Path, file: HubFile) -> Path:
    return storage / "blobs" / file.sha256


def _here(storage: Path, file: HubFile) -> int:
    """Return how many bytes of a large file are here."""
    place = _place(storage, file)
    found = [path for path in (place, hub_transfer.partial(place)) if path.exists()]
    return found[0].stat().st_size if found else 0


def _fetch(model: Described, file: HubFile, storage: Path, gauge: "_Gauge") -> None:
    import httpx2
    from huggingface_hub import constants, hf_hub_url

    place = _place(storage, file)
    url = hf_hub_url(model.name, file.path, revision=model.revision, endpoint=constants.ENDPOINT)
    before = -1
    while not place.exists():
        try:
            hub_transfer.download(url, file, place, gauge.move)
        except httpx2.ReadError:  # the line was reset; huggingface_hub goes on after other breaks only
            if _here(storage, file) <= before:
                raise
            before = _here(storage, file)
    gauge.finish(file)


def _settle(model: Described, gauge: "_Gauge") -> Path:
    """Let huggingface_hub fetch the small files and put all of them together; return the folder."""
    from huggingface_hub import constants, hf_hub_download

    for file in model.files:
        gauge.move(0)
        where = hf_hub_download(
            model.name,
            file.path,
            revision=model.revision,
            endpoint=constants.ENDPOINT,
            tqdm_class=hub_transfer.bar(lambda _: None),
        )
        if not file.sha256:
            gauge.finish(file)
    return Path(where).parent


def _name_newest(storage: Path, revision: str) -> None:
    newest = storage / "refs" / "main"
    newest.parent.mkdir(exist_ok=True)
    staging = newest.with_name(".main.part")
    staging.write_text(revision, "utf-8")
    staging.replace(newest)


@contextmanager
def _alone(name: str) -> Iterator[Path]:
    """Give the folder of a model in the cache, which no other process downloads into meanwhile."""
    from filelock import FileLock, Timeout
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    cache = Path(constants.HF_HUB_CACHE)
    folder = repo_folder_name(repo_id=name, repo_type="model")
    storage, locks = cache / folder, cache / ".locks" / folder
    for path in (storage / "blobs", locks):
        path.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(locks / "workbench.lock", timeout=0):
            yield storage
    except Timeout as error:
        sentence = tr("“{name}” is being downloaded already. Wait until that is done.", name=name)
        raise UserError(sentence, str(error)) from error


class _Gauge:
    """Adds up what has come, and measures how fast."""

    def __init__(self, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._total, self._progress, self._cancelled = total, progress, cancelled
        self._done = 0
        self._since = 0.0
        self._begun_with = 0

    def move(self, here: int) -> None:
        """Hear how much of the present file is here.

        Raises:
            UserError: It is to stop.
        """
        if self._cancelled and self._cancelled():
            raise UserError(tr("The download was cancelled. It goes on from there the next time."))
        if self._progress:
            self._progress(Moved(self._done + here, self._total, self._left(self._done + here)))

    def finish(self, file: HubFile) -> None:
        """Hear that a file is here."""
        self._done += file.size
        self.move(0)

    def _left(self, here: int) -> float | None:
        now = time.monotonic()
        if not self._since:  # what an earlier download brought says nothing of the speed
            self._since, self._begun_with = now, here
        passed, came = now - self._since, here - self._begun_with
        return passed / came * (self._total - here) if passed >= SOON and came > 0 else None
