"""What the page of a study shows, read from the project in a background thread."""

import msgspec

from workbench.core.errors import UserError
from workbench.core.learning_curve import study as studies
from workbench.core.learning_curve.outlook import Outlook, Point, outlook, points
from workbench.core.learning_curve.study import Study
from workbench.core.project import Project
from workbench.ui.runs.words import task_label


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """A study as it is now, and the names of all of them by id, newest first.

    Attributes:
        unfinished: Id of the newest study with trainings to be done, "" if there is none.
    """

    names: dict[str, str]
    unfinished: str = ""
    study: Study | None = None
    points: list[Point] = []
    outlook: Outlook | None = None


def read(project: Project, study: str) -> Reading:
    """Read a study, "" for none.

    Raises:
        UserError: It is damaged.
    """
    names: dict[str, str] = {}
    unfinished = ""
    for known in reversed(studies.names(project)):
        names[known] = known
        try:
            found = studies.load(project, known)
        except UserError:  # it is said when that one is chosen
            continue
        names[known] = f"{known} · {found.request.name or found.request.data} · {task_label(found.request.task)}"
        open_parts = any(point.state != "finished" for point in points(project, found))
        unfinished = unfinished or (known if open_parts else "")
    if not study:
        return Reading(names=names, unfinished=unfinished)
    found = studies.load(project, study)
    known_points = points(project, found)
    return Reading(
        names=names,
        unfinished=unfinished,
        study=found,
        points=known_points,
        outlook=outlook(project, found, known_points),
    )
