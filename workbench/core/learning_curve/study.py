"""A study: the same training on several shares of the rows, one run after the other.

It is one JSON file in the project, ``studies/NNN.json``, with what was asked for and the runs made so far. The runs are
runs like any other; a study that was broken off goes on with those that are missing.
"""

from collections.abc import Sequence

import msgspec

from workbench.core import jsonl, registry
from workbench.core.clock import now
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.subset import chosen, classes_of_rows
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.plan import Request, create, plan
from workbench.core.project import Project
from workbench.core.runs import Run

VERSION = 1
SHARES = (0.1, 0.25, 0.5, 1.0)
"""What is tried unless something else is asked for."""

OPTION = "data_share"
"""The setting of a task by which it learns from a share of the rows."""


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One training of a study; ``run`` is empty until it has begun."""

    share: float
    seed: int
    rows: int
    run: str = ""


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, and how far it is.

    Attributes:
        id: Name of its file without the ending.
        request: What is trained; share and seed are those of the parts.
        data_hash: Content hash of the data set: its parts can be compared only while it is this one.
        held_out: Rows on which accuracy is measured.
        parts: The trainings in their order, small shares first.
    """

    version: int = VERSION
    id: str
    request: Request
    data_hash: str
    held_out: int
    parts: list[Part]
    created: str


def takes_shares(task: registry.Task) -> bool:
    """Return whether there can be a learning curve of a task: it has a setting for it and measures accuracy."""
    return OPTION in task.options.__struct_fields__ and task.predict is not None


def make(project: Project, request: Request, shares: Sequence[float] = SHARES, seeds: Sequence[int] = ()) -> Study:
    """Check a request and write a study of it; nothing is started.

    Args:
        project: Where.
        request: As for one run.
        shares: Of the training rows, each from 0.01 to 1.
        seeds: One or more trainings of each share; without any, one with the seed of the request.

    Raises:
        UserError: Something does not fit together; the sentence says what.
    """
    task = registry.task(request.task)
    if not takes_shares(task):
        known = ", ".join(one.name for one in registry.tasks().values() if takes_shares(one))
        raise UserError(
            tr("There is no learning curve of “{task}”; there is of: {known}.", task=task.name, known=known)
        )
    if not all(0.01 <= share <= 1 for share in shares):
        raise UserError(tr("A share of the rows is a number from 0.01 to 1."))
    spec = plan(project, request)
    dataset = project.dataset(spec.data)
    held_out = dataset.info.splits.get("validation", 0)
    if not held_out:
        raise UserError(tr("Nothing of “{data}” is held out to be measured on. Divide it first.", data=dataset.name))
    parts = _parts(dataset, sorted(set(shares)), list(seeds) or [int(spec.options["seed"])])
    folder = project.path / "studies"
    folder.mkdir(exist_ok=True)
    study = Study(
        id=f"{1 + max(map(int, names(project)), default=0):03d}",
        request=request,
        data_hash=dataset.info.hash,
        held_out=held_out,
        parts=parts,
        created=now(),
    )
    _write(project, study)
    return study


def _parts(dataset: Dataset, shares: list[float], seeds: list[int]) -> list[Part]:
    classes = classes_of_rows(dataset, dataset.rows("train"))
    rows = [len(chosen(classes, share, seeds[0])) for share in shares]
    if len(shares) < 2 or len(set(rows)) < len(rows):
        raise UserError(
            tr(
                "A learning curve needs two or more shares that differ in rows; “{data}” has {count} to learn from.",
                data=dataset.name,
                count=len(classes),
            )
        )
    return [
        Part(share=share, seed=seed, rows=count)
        for share, count in zip(shares, rows, strict=True)
        for seed in dict.fromkeys(seeds)
    ]


def names(project: Project) -> list[str]:
    """Return the ids of all studies of a project, oldest first."""
    return sorted(path.stem for path in (project.path / "studies").glob("*.json") if path.stem.isdecimal())


def _write(project: Project, study: Study) -> None:
    jsonl.write_atomically(project.path / "studies" / f"{study.id}.json", study)


def load(project: Project, study: str) -> Study:
    """Return a study by its id.

    Raises:
        UserError: There is none, or its file is damaged.
    """
    try:
        return msgspec.json.decode((project.path / "studies" / f"{study}.json").read_bytes(), type=Study)
    except FileNotFoundError as error:
        known = ", ".join(names(project)) or tr("none yet")
        raise UserError(tr("There is no study “{study}”; there are: {known}.", study=study, known=known)) from error
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(tr("The study “{study}” cannot be read.", study=study), str(error)) from error


def upcoming(project: Project, study: str) -> Run | None:
    """Return the run that is to be trained next, made if it is not there yet; None when all have finished.

    It may have been stopped or have failed before, or even be trained right now.

    Raises:
        UserError: The data set is another one now, or the run cannot be made.
    """
    found = load(project, study)
    for place, part in enumerate(found.parts):
        run = known_run(project, part)
        if run is None:
            return _begin(project, found, place)
        if run.summary().state != "finished":
            return run
    return None


def known_run(project: Project, part: Part) -> Run | None:
    """Return the run of a part, None if it has not begun."""
    run = Run(project.runs_folder / part.run)
    return run if part.run and (run.path / "spec.json").exists() else None


def _begin(project: Project, study: Study, place: int) -> Run:
    part, request = study.parts[place], study.request
    dataset = project.dataset(request.data)
    if dataset.info.hash != study.data_hash:
        text = tr(
            "The data set “{data}” is no longer the one that this study began with. Start a new one.", data=dataset.name
        )
        raise UserError(text)
    several = len({one.seed for one in study.parts}) > 1
    name = f"{request.name or request.data} · {100 * part.share:g} %" + (
        f" · {tr('seed {seed}', seed=part.seed)}" if several else ""
    )
    settings = {**request.settings, OPTION: part.share, "seed": part.seed}
    run = create(project, msgspec.structs.replace(request, settings=settings, name=name))
    parts = [msgspec.structs.replace(one, run=run.id) if one is part else one for one in study.parts]
    _write(project, msgspec.structs.replace(study, parts=parts))
    return run
