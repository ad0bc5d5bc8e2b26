"""A study: the same training on several shares of the rows, one run after the other; see `workbench.core.studies`."""

from collections.abc import Sequence

import msgspec

from workbench.core import registry, studies
from workbench.core.clock import now
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.subset import chosen, classes_of_rows
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.plan import Request, plan
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.studies import Store, held_out

SHARES = (0.1, 0.25, 0.5, 1.0)
"""What is tried unless something else is asked for."""

OPTION = "data_share"
"""The setting of a task by which it learns from a share of the rows."""


class Part(studies.Part, frozen=True, kw_only=True):
    """One training of a study."""

    share: float
    seed: int
    rows: int


class Study(studies.Study, frozen=True, kw_only=True):
    """What is asked for, and how far it is.

    Attributes:
        held_out: Rows on which accuracy is measured.
        parts: The trainings in their order, small shares first.
    """

    held_out: int
    parts: list[Part]


STORE = Store("studies", Study)
names, load = STORE.names, STORE.load


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
    measured_on = held_out(dataset)
    parts = _parts(dataset, sorted(set(shares)), list(seeds) or [int(spec.options["seed"])])
    study = Study(
        id=STORE.new_id(project),
        request=request,
        data_hash=dataset.info.hash,
        held_out=measured_on,
        parts=parts,
        created=now(),
    )
    STORE.write(project, study)
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


def upcoming(project: Project, study: str) -> Run | None:
    """Return the run that is to be trained next; see `workbench.core.studies.Store.upcoming`."""
    return STORE.upcoming(project, study, _request)


def _request(study: Study, place: int) -> Request:
    part, request = study.parts[place], study.request
    several = len({one.seed for one in study.parts}) > 1
    name = f"{request.name or request.data} · {100 * part.share:g} %" + (
        f" · {tr('seed {seed}', seed=part.seed)}" if several else ""
    )
    settings = {**request.settings, OPTION: part.share, "seed": part.seed}
    return msgspec.structs.replace(request, settings=settings, name=name)
