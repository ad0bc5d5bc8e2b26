"""What a page of trainings that belong together shows, read from the project in a background thread."""

from collections.abc import Callable
from typing import Any

import msgspec

from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.studies import Store, Study, is_finished
from workbench.ui.runs.words import task_label


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A study as it is now, and the names of all of its kind.

    Attributes:
        names: By id, the newest first.
        unfinished: Id of the newest one with trainings to be done, "" if there is none.
        found: The one that is shown, None for one that is to be made.
        finished: Whether all of its trainings have finished.
        measured: What came of them.
    """

    names: dict[str, str] = {}
    unfinished: str = ""
    found: Study | None = None
    finished: bool = False
    measured: Any = None


def read(project: Project, store: Store[Any], study: str, measure: Callable[[Project, Any], Any]) -> Reading:
    """Read a study, "" for none, and what there is of its kind.

    Raises:
        UserError: It is damaged.
    """
    names: dict[str, str] = {}
    unfinished = ""
    for known in reversed(store.names(project)):
        names[known] = known
        try:
            found = store.load(project, known)
        except UserError:  # it is said when that one is chosen
            continue
        names[known] = f"{known} · {found.request.name or found.request.data} · {task_label(found.request.task)}"
        unfinished = unfinished or ("" if is_finished(project, found) else known)
    if not study:
        return Reading(names=names, unfinished=unfinished)
    found = store.load(project, study)
    return Reading(
        names=names,
        unfinished=unfinished,
        found=found,
        finished=is_finished(project, found),
        measured=measure(project, found),
    )
