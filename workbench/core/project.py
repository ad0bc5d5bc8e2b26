"""A project: one folder that holds a person's data, runs and rankings."""

from pathlib import Path

import msgspec

from workbench.core import jsonl
from workbench.core.clock import now
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.runs import Run
from workbench.core.spec import RunSpec

VERSION = 1


class ProjectInfo(msgspec.Struct, frozen=True):
    """``project.json``."""

    version: int
    name: str
    created: str


class Project:
    """An open project.

    Args:
        path: Its folder; use `create` or `open` to check it first.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = path / "data"
        self.runs_folder = path / "runs"
        self.trash = path / "trash"
        self.database = path / "workbench.db"

    @classmethod
    def create(cls, path: Path) -> "Project":
        """Make a new project in an empty or missing folder.

        Raises:
            UserError: The folder holds something else, or cannot be written.
        """
        path = path.expanduser().resolve()
        if (path / "project.json").exists():
            raise UserError(tr("There is already a project in {path}. Open it instead.", path=path))
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UserError(tr("{path} is not empty. Choose a new or an empty folder for the project.", path=path))
        project = cls(path)
        try:
            project.data.mkdir(parents=True)
            project.runs_folder.mkdir()
            info = ProjectInfo(VERSION, path.name, now())
            jsonl.write_atomically(path / "project.json", info)
        except OSError as error:
            raise UserError(
                tr("The project cannot be made in {path}: it is not writable.", path=path), str(error)
            ) from error
        return project

    @classmethod
    def open(cls, path: Path) -> "Project":
        """Open an existing project.

        Raises:
            UserError: There is none, it is damaged, or a newer version of the program made it.
        """
        path = path.expanduser().resolve()
        try:
            info = msgspec.json.decode((path / "project.json").read_bytes(), type=ProjectInfo)
        except FileNotFoundError as error:
            raise UserError(tr("There is no project in {path}. Make one first.", path=path)) from error
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(tr("The project in {path} cannot be read.", path=path), str(error)) from error
        if info.version > VERSION:
            raise UserError(tr("A newer version of the program made the project in {path}.", path=path))
        return cls(path)

    def datasets(self) -> list[Dataset]:
        """Return the imported data sets by name."""
        return [Dataset(folder) for folder in sorted(self.data.glob("*")) if (folder / "info.json").exists()]

    def dataset(self, name: str) -> Dataset:
        """Return an imported data set.

        Raises:
            UserError: There is none of that name.
        """
        found = {dataset.name: dataset for dataset in self.datasets()}
        if name not in found:
            known = ", ".join(found) or tr("none yet")
            raise UserError(tr("There is no data set “{name}”; there are: {known}.", name=name, known=known))
        return found[name]

    def remove_dataset(self, name: str) -> None:
        """Put a data set into the trash of the project, from where `restore_dataset` brings it back.

        Raises:
            UserError: There is none of that name, or it cannot be moved.
        """
        folder = self.dataset(name).path
        number = 1 + max((taken for taken, _ in self._removed()), default=0)
        try:
            self.trash.mkdir(exist_ok=True)
            folder.rename(self.trash / f"{number:04d} {name}")
        except OSError as error:
            raise UserError(
                tr("The data set “{name}” cannot be removed. Is it in use?", name=name), str(error)
            ) from error

    def restore_dataset(self, name: str) -> Dataset:
        """Bring a removed data set back, the last one removed if several had that name.

        Raises:
            UserError: None of that name was removed, or its name has been taken since.
        """
        removed = [number for number, other in self._removed() if other == name]
        if not removed:
            raise UserError(tr("No data set “{name}” has been removed.", name=name))
        if (self.data / name).exists():
            raise UserError(tr("There is already a data set “{name}”. Remove or rename that one first.", name=name))
        folder = (self.trash / f"{max(removed):04d} {name}").rename(self.data / name)
        return Dataset(folder)

    def _removed(self) -> list[tuple[int, str]]:
        """Return number and name of the data sets in the trash; later ones have higher numbers."""
        names = (folder.name.partition(" ") for folder in self.trash.glob("* *"))
        return [(int(number), name) for number, _, name in names if number.isdecimal()]

    def runs(self) -> list[Run]:
        """Return all runs, oldest first; folders that a crash left without a spec are passed over."""
        return [Run(folder) for folder in sorted(self.runs_folder.glob("*")) if (folder / "spec.json").exists()]

    def run(self, run: str) -> Run:
        """Return a run by its id, or by the name that a person gave it (the newest of that name).

        Raises:
            UserError: There is none.
        """
        newest_first = self.runs()[::-1]
        for candidate in newest_first:  # by id first: a run with a damaged description must not hide the others
            if run == candidate.id:
                return candidate
        for candidate in newest_first:
            if run == candidate.spec().name:
                return candidate
        known = ", ".join(candidate.id for candidate in self.runs()) or tr("none yet")
        raise UserError(tr("There is no run “{run}”; there are: {known}.", run=run, known=known))

    def new_run(self, spec: RunSpec) -> Run:
        """Make the folder of a new run and freeze its description in it."""
        numbers = [run.id.split("-")[0] for run in self.runs()]
        number = 1 + max((int(text) for text in numbers if text.isdecimal()), default=0)
        while True:
            folder = self.runs_folder / f"{number:03d}-{spec.task}"
            try:
                folder.mkdir(parents=True)
                break
            except FileExistsError:  # another window or command was faster
                number += 1
        jsonl.write_atomically(folder / "spec.json", spec)
        return Run(folder)
