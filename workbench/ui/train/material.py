"""What there is in a project to train on and to start from, and what a draft still lacks."""

import msgspec

from workbench.core import registry
from workbench.core.i18n import tr
from workbench.core.preferences import RANKINGS
from workbench.core.project import Project
from workbench.core.runs import Summary
from workbench.ui.runs.model import Summaries
from workbench.ui.workspace import Draft


class Material(msgspec.Struct, frozen=True):
    """Data sets with their kinds, and the runs that have a result, newest first."""

    kinds: dict[str, str] = {}
    runs: tuple[Summary, ...] = ()

    def data(self, task: registry.Task) -> list[str]:
        """Return the data sets that a task takes; the rankings of the project count as one."""
        fitting = [name for name, kind in self.kinds.items() if kind in task.kinds]
        return [RANKINGS, *fitting] if "ranking" in task.kinds and RANKINGS not in fitting else fitting


def gather(project: Project) -> Material:
    """Look into a project."""
    kinds = {dataset.name: dataset.info.kind for dataset in project.datasets()}
    runs = [run for run in Summaries().read(project) if run.state in ("finished", "stopped")]
    return Material(kinds, tuple(run for run in runs if project.run(run.run).result_info()))


def candidates(runs: tuple[Summary, ...], task: registry.Task, role: str) -> list[Summary]:
    """Return the runs that can play a role for a task, newest first."""
    if role == "reward":
        return [run for run in runs if run.task == "reward-model"]
    known = registry.tasks()
    return [
        run
        for run in runs
        if run.task in known
        and run.task != "reward-model"
        and set(known[run.task].architectures) & set(task.architectures)
        and (task.sorts or not known[run.task].sorts)
    ]


def missing(draft: Draft, task: registry.Task, material: Material) -> str:
    """Return what a draft lacks before it can start, "" when it is whole."""
    for role in task.parents:
        if not role.endswith("?") and not draft.parents.get(role):
            return tr("Choose the run it starts from.") if role == "from" else tr("Choose a reward model.")
    if not draft.data or draft.data not in material.data(task):
        return tr("Choose a data set; the Data tab brings one in.")
    if not draft.model and not draft.parents.get("from"):
        return tr("Choose a model in the Model tab.")
    return ""
