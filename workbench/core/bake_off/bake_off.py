"""A bake-off: the same training with several adapters, one run after the other; see `workbench.core.studies`.

Data, seed and steps are the same for all. Each adapter learns at the rate that suits it, unless one is asked for: at
one rate for all, the rate would win.
"""

from collections.abc import Sequence

import msgspec

from workbench.core import registry, studies
from workbench.core.clock import now
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.plan import ADAPTER, Request, plan
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.studies import Store, held_out


class Contender(studies.Part, frozen=True, kw_only=True):
    """One training of a bake-off."""

    adapter: str


class BakeOff(studies.Study, frozen=True, kw_only=True):
    """What is asked for, and how far it is."""

    parts: list[Contender]


STORE = Store("bake-offs", BakeOff)
names, load = STORE.names, STORE.load


def takes_bake_offs(task: registry.Task) -> bool:
    """Return whether adapters can be held against each other in a task: all start anew, and alike, and it is measured.

    What must go on from a run keeps the adapter of that run; rankings may grow while a comparison goes on.
    """
    anew = all(role.endswith("?") for role in task.parents)
    return len(task.adapters) > 1 and anew and "ranking" not in task.kinds and task.evaluate is not None


def make(project: Project, request: Request, adapters: Sequence[str]) -> BakeOff:
    """Check a request and write a bake-off of it; nothing is started.

    Args:
        project: Where.
        request: As for one run; its adapter counts for its settings alone.
        adapters: Names of two or more.

    Raises:
        UserError: Something does not fit together; the sentence says what.
    """
    task, wanted = registry.task(request.task), list(dict.fromkeys(adapters))
    if not takes_bake_offs(task):
        raise UserError(tr("Adapters cannot be compared in “{task}”.", task=tr(task.label)))
    if len(wanted) < 2:
        raise UserError(tr("Choose two or more adapters to compare."))
    for adapter in wanted:
        plan(project, _of(request, adapter))
    dataset = project.dataset(request.data)
    held_out(dataset)
    found = BakeOff(
        id=STORE.new_id(project),
        request=request,
        data_hash=dataset.info.hash,
        parts=[Contender(adapter=adapter) for adapter in wanted],
        created=now(),
    )
    STORE.write(project, found)
    return found


def upcoming(project: Project, study: str) -> Run | None:
    """Return the run that is to be trained next; see `workbench.core.studies.Store.upcoming`."""
    return STORE.upcoming(project, study, lambda found, place: _of(found.request, found.parts[place].adapter))


def _of(request: Request, adapter: str) -> Request:
    """Return the request of one adapter; only the adapter that was asked for keeps its own settings."""
    own = adapter == request.adapter
    settings = {name: value for name, value in request.settings.items() if own or not name.startswith(ADAPTER)}
    name = f"{request.name or request.data} · {tr(registry.adapter(adapter).label)}"
    return msgspec.structs.replace(request, adapter=adapter, settings=settings, name=name)
