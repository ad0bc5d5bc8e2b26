"""Measuring finished runs and letting them judge: each task brings its own way."""

from collections.abc import Callable, Sequence

from workbench.core import registry
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.plan import result_folder
from workbench.core.project import Project
from workbench.core.registry import Verdict


def evaluate(project: Project, run_id: str, dataset: Dataset) -> dict[str, float]:
    """Return the metrics of a run's result on a data set: its held-out part, or all of it when nothing was held out.

    Raises:
        UserError: The run has no result, or the data is not of a kind that it can be measured on.
    """
    run = project.run(run_id)
    task = registry.task(run.spec().task)
    kind = dataset.info.kind
    if task.evaluate is None or kind not in (task.measured_on or task.kinds):
        raise UserError(tr("Run “{run}” cannot be measured on data of the kind “{kind}”.", run=run.id, kind=kind))
    result_folder(project, run.id)
    return task.evaluate(project, run, dataset)


def judge(project: Project, run_id: str) -> registry.Task:
    """Return the task of a run that judges texts or images.

    Raises:
        UserError: The run has no result, or trained no classifier.
    """
    run = project.run(run_id)
    task = registry.task(run.spec().task)
    if task.predict is None:
        judging = ", ".join(name for name, one in registry.tasks().items() if one.predict)
        raise UserError(
            tr("Run “{run}” trained no classifier; choose one of these tasks: {tasks}.", run=run.id, tasks=judging)
        )
    result_folder(project, run.id)
    return task


def predict(
    project: Project, run_id: str, rows: Sequence[Row], progress: Callable[[float], None] = lambda share: None
) -> list[Verdict]:
    """Let a run judge rows, each with a ``text`` or the path of an ``image``.

    Raises:
        UserError: As `judge`.
    """
    task = judge(project, run_id)
    assert task.predict is not None
    return task.predict(project, project.run(run_id), rows, progress)
