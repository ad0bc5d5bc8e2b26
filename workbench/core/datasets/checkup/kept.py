"""Check-ups that were made, kept in the folder of the data set: one for each model and longest length."""

import hashlib
from pathlib import Path

import msgspec

from workbench.core import jsonl
from workbench.core.datasets.checkup.report import Report
from workbench.core.datasets.dataset import Dataset

VERSION = 1


class _Kept(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    report: Report


def keep(dataset: Dataset, report: Report) -> None:
    """Keep a report beside the rows that it tells of."""
    path = _path(dataset, report.model, report.max_length)
    path.parent.mkdir(exist_ok=True)
    jsonl.write_atomically(path, _Kept(version=VERSION, report=report))


def kept(dataset: Dataset, model: str, max_length: int) -> Report | None:
    """Return the report that was kept, None if there is none for these rows, this model and this length."""
    try:
        found = msgspec.json.decode(_path(dataset, model, max_length).read_bytes(), type=_Kept)
    except (FileNotFoundError, msgspec.DecodeError):  # none yet, or one of another version of the program
        return None
    fits = found.version == VERSION and found.report.hash == dataset.info.hash
    return found.report if fits else None


def _path(dataset: Dataset, model: str, max_length: int) -> Path:
    key = hashlib.sha256(f"{model}\n{max_length}".encode()).hexdigest()[:16]
    return dataset.path / "checkups" / f"{key}.json"
