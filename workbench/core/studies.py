"""Trainings that belong together and are done one after the other: a JSON file in the project for each such study.

The runs are runs like any other; a study that was broken off goes on with those that are missing.
"""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

import msgspec

from workbench.core import jsonl
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.runs import Run

VERSION = 1


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One training of a study; ``run`` is empty until it has begun."""

    run: str = ""


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, and how far it is.

    Attributes:
        id: Name of its file without the ending.
        request: What is trained; the parts say in what they differ from it.
        data_hash: Content hash of the data set: the parts can be compared only while it is this one.
        parts: The trainings in their order.
    """

    version: int = VERSION
    id: str
    request: Request
    data_hash: str
    parts: Sequence[Part]
    created: str


S = TypeVar("S", bound=Study)


class Store(Generic[S]):
    """The studies of one kind.

    Args:
        folder: Name of the folder in a project where they are.
        kind: What they are.
    """

    def __init__(self, folder: str, kind: type[S]) -> None:
        self._folder, self._kind = folder, kind

    def names(self, project: Project) -> list[str]:
        """Return the ids of all studies of a project, oldest first."""
        return sorted(path.stem for path in (project.path / self._folder).glob("*.json") if path.stem.isdecimal())

    def new_id(self, project: Project) -> str:
        """Return an id that is not taken."""
        return f"{1 + max(map(int, self.names(project)), default=0):03d}"

    def write(self, project: Project, study: S) -> None:
        """Write a study."""
        folder = project.path / self._folder
        folder.mkdir(exist_ok=True)
        jsonl.write_atomically(folder / f"{study.id}.json", study)

    def load(self, project: Project, study: str) -> S:
        """Return a study by its id.

        Raises:
            UserError: There is none, or its file is damaged.
        """
        try:
            return msgspec.json.decode((project.path / self._folder / f"{study}.json").read_bytes(), type=self._kind)
        except FileNotFoundError as error:
            known = ", ".join(self.names(project)) or tr("none yet")
            raise UserError(tr("There is no study “{study}”; there are: {known}.", study=study, known=known)) from error
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(tr("The study “{study}” cannot be read.", study=study), str(error)) from error

    def upcoming(self, project: Project, study: str, request: Callable[[S, int], Request]) -> Run | None:
        """Return the run that is to be trained next, made if it is not there yet; None when all have finished.

        It may have been stopped or have failed before, or even be trained right now.

        Args:
            project: Where.
            study: Id of the study.
            request: What is asked for in a part of a study, by its place.

        Raises:
            UserError: The data set is another one now, or the run cannot be made.
        """
        found = self.load(project, study)
        for place, part in enumerate(found.parts):
            run = known_run(project, part)
            if run is None:
                _check(project, found)
                run = create(project, request(found, place))
                parts = [msgspec.structs.replace(one, run=run.id) if one is part else one for one in found.parts]
                self.write(project, msgspec.structs.replace(found, parts=parts))
                return run
            if run.summary().state != "finished":
                return run
        return None


def held_out(dataset: Dataset) -> int:
    """Return on how many rows the trainings of a study are measured.

    Raises:
        UserError: On none.
    """
    count = dataset.info.splits.get("validation", 0)
    if not count:
        raise UserError(tr("Nothing of “{data}” is held out to be measured on. Divide it first.", data=dataset.name))
    return count


def known_run(project: Project, part: Part) -> Run | None:
    """Return the run of a part, None if it has not begun."""
    run = Run(project.runs_folder / part.run)
    return run if part.run and (run.path / "spec.json").exists() else None


def is_finished(project: Project, study: Study) -> bool:
    """Return whether all trainings of a study have finished."""
    runs = [known_run(project, part) for part in study.parts]
    return all(run is not None and run.summary().state == "finished" for run in runs)


def _check(project: Project, study: Study) -> None:
    dataset = project.dataset(study.request.data)
    if dataset.info.hash != study.data_hash:
        text = tr(
            "The data set “{data}” is no longer the one that this study began with. Start a new one.", data=dataset.name
        )
        raise UserError(text)
