"""Data sets of the Hugging Face Hub: found, described and downloaded as plain files; no script of theirs is run.

The Hub keeps a copy of most data sets as Parquet files, a folder for each configuration and part. That copy is taken;
where there is none, the data files as they were uploaded are.
"""

import re
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from workbench.core import jsonl
from workbench.core.datasets import hub_transfer, readers
from workbench.core.datasets.albums import is_image, is_image_archive
from workbench.core.datasets.hub_transfer import HubFile
from workbench.core.errors import UserError
from workbench.core.hub_errors import check_space, explained
from workbench.core.i18n import tr
from workbench.core.paths import cache

PREFIX = "hf:"
CONVERTED = "refs/convert/parquet"
DEFAULT = "default"
TIMEOUT = 15.0
"""Seconds that the Hub has for an answer."""

FORMATS = (".parquet", ".arrow", ".jsonl", ".json", ".csv", ".tsv", ".xlsx", ".zip", ".txt")
"""Of the uploaded files those of the first format that is there are taken: the others usually hold the same rows."""

ORIGIN = "origin.json"
"""Beside the folder of a download: where it is from."""

TABLES = ("metadata.csv", "metadata.jsonl", "metadata.parquet")
"""What says more of images that were uploaded one by one."""

_LINK = re.compile(r"https?:/{1,2}(?:www\.)?(?:huggingface\.co|hf\.co)/datasets/([^?#]+)")
_NAME = re.compile(r"\w[\w.-]*(/[\w.-]+)?")


class Address(msgspec.Struct, frozen=True):
    """Which data set is meant, and which of its configurations ("" if that was not said)."""

    name: str
    config: str = ""


class HubInfo(msgspec.Struct, frozen=True):
    """What the Hub says of a data set.

    Attributes:
        name: ``owner/name``.
        revision: The commit that its files are taken from.
        licence: As the Hub names it; "" if it does not.
        files: All that could be downloaded, of all configurations.
    """

    name: str
    revision: str
    licence: str
    files: list[HubFile]

    @property
    def configs(self) -> list[str]:
        """The names of its configurations."""
        return list(dict.fromkeys(file.config for file in self.files))

    def splits(self, config: str) -> list[str]:
        """Return the parts that a configuration has, by the names that its makers gave them."""
        return list(dict.fromkeys(file.split for file in self.files if file.config == config and file.split))

    def bytes(self, config: str) -> int:
        """Return how much there is to download."""
        return sum(file.size for file in self.files if file.config == config)

    def choose(self, config: str = "") -> str:
        """Return the configuration that was asked for, or the only or the default one.

        Raises:
            UserError: There is no such one, or there are several and none was asked for.
        """
        known = self.configs
        chosen = config or (known[0] if len(known) == 1 else DEFAULT)
        if chosen not in known:
            example = f"{self.name}:{known[0]}"
            sentence = tr(
                "“{name}” has several configurations; name the one you want, like {example}. There are: {known}.",
                name=self.name,
                example=example,
                known=", ".join(known),
            )
            raise UserError(sentence)
        return chosen


class Origin(msgspec.Struct, frozen=True):
    """Where a file or folder is from, and its licence."""

    source: str
    licence: str = ""


class Fetched(msgspec.Struct, frozen=True):
    """A downloaded data set: a folder to import, and where it is from."""

    path: Path
    origin: Origin


def parse(text: str) -> Address | None:
    """Return which data set of the Hub a text names.

    An address, ``hf:owner/name``, or ``owner/name`` where no such file is. A configuration may follow after a colon.
    """
    stripped = text.strip()
    if link := _LINK.match(stripped):
        steps = link[1].strip("/").split("/")
        named = "/".join(steps[:2]) if steps[1:2] not in ([], ["viewer"], ["tree"], ["blob"]) else steps[0]
        config = steps[steps.index("viewer") + 1] if "viewer" in steps[:-1] else ""
        return Address(named, config) if _NAME.fullmatch(named) else None
    name, _, config = stripped.removeprefix(PREFIX).partition(":")
    said = stripped.startswith(PREFIX)
    if not _NAME.fullmatch(name) or not (said or ("/" in name and not _is_file(stripped))):
        return None
    return Address(name, config)


def _is_file(text: str) -> bool:
    """Return whether a text is meant to be a file: a slip in its name must not go to the network."""
    return Path(text).exists() or PurePosixPath(text).suffix.lower() in {*readers.suffixes(), *FORMATS}


def describe(name: str) -> HubInfo:
    """Ask the Hub what is in a data set.

    Args:
        name: ``owner/name``; see `parse`.

    Raises:
        UserError: The Hub cannot be reached, or does not give the data set, or no file of it can be read.
    """
    with _explained(name):
        from huggingface_hub import HfApi
        from huggingface_hub.errors import RevisionNotFoundError

        api = HfApi()
        main = api.dataset_info(name, files_metadata=True, timeout=TIMEOUT)
        try:
            copy = api.dataset_info(name, revision=CONVERTED, files_metadata=True, timeout=TIMEOUT)
            files = _converted(copy.siblings or [])
        except RevisionNotFoundError:
            files = []
        taken = copy if files else main
    files = files or _uploaded(main.siblings or [])
    if not files:
        raise UserError(tr("“{name}” has no files that can be read; data sets made by a script cannot be.", name=name))
    return HubInfo(name, taken.sha or "main", _licence(main.card_data), files)


def fetch(
    info: HubInfo,
    config: str = "",
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Fetched:
    """Download a configuration of a data set into the cache; the next call carries on an interrupted one.

    Args:
        info: From `describe`.
        config: See `HubInfo.choose`.
        progress: Told the share of the bytes that are here.
        cancelled: Asked now and then; what is here by then is kept for the next time.

    Raises:
        UserError: The Hub cannot be reached, a file is not what it should be, or the download was cancelled.
    """
    chosen = info.choose(config)
    files = [file for file in info.files if file.config == chosen]
    label = info.name.split("/")[-1] + ("" if chosen == DEFAULT else f"-{chosen}")
    place = "--".join([*info.name.split("/"), _plain(chosen), info.revision[:12]])
    folder = cache() / "hub" / place / _plain(label)
    _check_space(folder, info.bytes(chosen))
    with _explained(info.name):
        hub_transfer.transfer(info.name, info.revision, files, folder, progress, cancelled)
    source = f"{PREFIX}{info.name}" + ("" if chosen == DEFAULT else f":{chosen}")
    origin = Origin(f"{source}@{info.revision}", info.licence)
    jsonl.write_atomically(folder.parent / ORIGIN, origin)
    return Fetched(folder, origin)


def origin_of(path: Path) -> Origin:
    """Return where a file or folder is from: the Hub, if it was downloaded by `fetch`; else its name says it."""
    with suppress(OSError, msgspec.DecodeError):
        return msgspec.json.decode((path.parent / ORIGIN).read_bytes(), type=Origin)
    return Origin(path.name)


def _converted(listed: Sequence[Any]) -> list[HubFile]:
    """Return the Parquet files of the Hub's own copy: ``config/split/0000.parquet``."""
    found = []
    for file in listed:
        steps = PurePosixPath(file.rfilename).parts
        if len(steps) == 3 and steps[-1].endswith(".parquet"):
            split = steps[1].removeprefix("partial-")  # of very large sets the copy holds the beginning
            found.append(_file(file, steps[0], split, f"{split}/{steps[2]}"))
    return found


def _uploaded(listed: Sequence[Any]) -> list[HubFile]:
    """Return the data files as they were uploaded: images with their tables, or those of one format."""
    if is_image_archive(file.rfilename for file in listed):
        wanted = [file for file in listed if is_image(file.rfilename) or file.rfilename.endswith(TABLES)]
        return [_file(file, DEFAULT, "", file.rfilename) for file in wanted]
    for suffix in FORMATS:
        names = [file for file in listed if _is_data(file.rfilename, suffix)]
        if names:
            return [_file(file, DEFAULT, "", file.rfilename) for file in names]
    return []


def _is_data(name: str, suffix: str) -> bool:
    path = PurePosixPath(name)
    told = {"dataset_infos", "dataset_info", "requirements", "license", "licence", "readme", "state"}
    return path.suffix.lower() == suffix and path.stem.lower() not in told and not name.startswith(".")


def _file(listed: Any, config: str, split: str, target: str) -> HubFile:
    return HubFile(
        path=listed.rfilename,
        target=target,
        size=listed.size or 0,
        sha256=listed.lfs.sha256 if listed.lfs else "",
        config=config,
        split=split,
    )


def _licence(card: Any) -> str:
    licence = getattr(card, "license", None) or ""
    return ", ".join(licence) if isinstance(licence, list) else str(licence)


def _plain(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name).strip(".-")[:80] or "data"


def _check_space(folder: Path, size: int) -> None:
    cache().mkdir(parents=True, exist_ok=True)
    check_space(cache(), size - sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()))


def _explained(name: str) -> AbstractContextManager[None]:
    missing = tr("There is no data set “{name}” on Hugging Face, or it is private.", name=name)
    misnamed = tr("“{name}” cannot be a data set of Hugging Face. Their names read owner/name.", name=name)
    return explained(name, cache(), missing=missing, misnamed=misnamed)
