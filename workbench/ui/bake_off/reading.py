"""What the page of a bake-off shows, read from the project in a background thread."""

import msgspec

from workbench.core import models, registry
from workbench.core.bake_off import bake_off
from workbench.core.bake_off.bake_off import BakeOff
from workbench.core.bake_off.results import Result, results, verdict
from workbench.core.errors import UserError
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.ui.runs.words import task_label


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A bake-off as it is now, and the names of all of them by id, newest first."""

    names: dict[str, str]
    found: BakeOff | None = None
    results: list[Result] = []
    sentence: str = ""


def read(project: Project, study: str) -> Reading:
    """Read a bake-off, "" for none.

    Raises:
        UserError: It is damaged.
    """
    names: dict[str, str] = {}
    for known in reversed(bake_off.names(project)):
        names[known] = known
        try:
            request = bake_off.load(project, known).request
        except UserError:  # it is said when that one is chosen
            continue
        names[known] = f"{known} · {request.name or request.data} · {task_label(request.task)}"
    if not study:
        return Reading(names=names)
    found = bake_off.load(project, study)
    known_results = results(project, found)
    sentence = verdict(registry.task(found.request.task), known_results)
    return Reading(names=names, found=found, results=known_results, sentence=sentence)


def model_of(request: Request) -> models.ModelInfo | None:
    """Return what the files of a request's model tell, None where they cannot be read."""
    try:
        return models.inspect(request.model)
    except UserError:  # the start says why
        return None
