"""What the window remembers from one start to the next: a small file in the user's settings folder."""

import os
from pathlib import Path
from typing import Literal

import msgspec
import platformdirs

from workbench.core import jsonl

RECENT = 8


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered.

    Attributes:
        language: Code of the language, "" for the system's.
        text_size: Per cent of the system's.
        projects: Folders of the projects opened last, the newest first.
        runs_folded: Whether the list of runs is folded away.
        size: Width and height of the window.
    """

    language: str = ""
    scheme: Literal["system", "light", "dark"] = "system"
    text_size: int = 100
    projects: tuple[str, ...] = ()
    runs_folded: bool = False
    size: tuple[int, int] = (1280, 720)

    def with_project(self, path: Path) -> "Memory":
        """Return the same with a project at the head of those opened last."""
        others = [project for project in self.projects if project != str(path)]
        return msgspec.structs.replace(self, projects=(str(path), *others)[:RECENT])


def _file() -> Path:
    chosen = os.environ.get("WORKBENCH_SETTINGS")
    folder = Path(chosen) if chosen else platformdirs.user_config_path("workbench", appauthor=False)
    return folder / "window.json"


def load() -> Memory:
    """Return what is remembered; a missing or damaged file means the defaults."""
    try:
        return msgspec.json.decode(_file().read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def save(memory: Memory) -> None:
    """Remember."""
    file = _file()
    file.parent.mkdir(parents=True, exist_ok=True)
    jsonl.write_atomically(file, memory)


def first_project() -> Path:
    """Return where the project of a person who has not chosen a folder lies."""
    return platformdirs.user_documents_path() / "Workbench" / "First project"
