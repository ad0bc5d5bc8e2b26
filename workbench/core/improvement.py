"""Where a project stands on the way from answers to rankings, to a reward model, to a better model, and round again."""

from typing import Literal

import msgspec

from workbench.core import registry
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run, Summary
from workbench.core.spec import RunSpec

FEWEST = 2
"""Rankings without which no reward model can be trained."""

Step = Literal["rank", "reward", "improve"]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What there is of the loop, for one model whose answers are ranked.

    Attributes:
        rankings: Usable rankings in the project.
        source: Id of the run whose answers are ranked; empty for a base model.
        reward: Id of the newest reward model that fits the source; empty without one.
        learnt: Rankings that this reward model learnt from.
        improved: Whether a run has been improved with this reward model.
        busy: What is being trained of these two now; "" for nothing.
    """

    rankings: int = 0
    source: str = ""
    reward: str = ""
    learnt: int = 0
    improved: bool = False
    busy: Literal["", "reward", "improve"] = ""

    @property
    def next_step(self) -> Step:
        """What comes next in the loop."""
        if self.rankings < FEWEST or self.busy:
            return "rank"
        if not self.reward or (self.improved and self.rankings >= self.learnt + FEWEST):
            return "reward"
        return "rank" if self.improved or not self.source else "improve"

    def why_no_reward(self) -> str:
        """Return why no reward model can be trained now, or ""."""
        if self.rankings < FEWEST:
            missing = FEWEST - self.rankings
            return tr("Rank {missing} more first: at least {fewest} are needed.", missing=missing, fewest=FEWEST)
        return tr("A reward model is being trained.") if self.busy == "reward" else ""

    def why_no_improvement(self) -> str:
        """Return why the model cannot be improved now, or ""."""
        if self.busy == "improve":
            return tr("The model is being improved.")
        if not self.source:
            return tr("Choose a run whose answers to improve; a base model is tuned with instructions first.")
        if not self.reward:
            return tr("Train a reward model first; its base must be that of the run.")
        return ""


def can_answer(run: Run) -> bool:
    """Return whether a run has a result that writes answers."""
    spec = run.spec()
    known = registry.tasks().get(spec.task)
    return (
        known is not None
        and "causal-lm" in known.architectures
        and not known.sorts
        and spec.task != "reward-model"
        and bool(run.result_info())
    )


def standing(project: Project, rankings: int, source: str) -> Standing:
    """Look at the runs of a project.

    Args:
        project: The project.
        rankings: How many usable rankings it has.
        source: Id of the run whose answers are ranked; "" for a base model.
    """
    runs = [(run, run.summary()) for run in project.runs()]
    judged = project.run(source).spec() if source else None
    reward = next((run for run, summary in reversed(runs) if _is_reward(summary, run, judged)), None)
    using = [summary for _, summary in runs if reward and summary.parents.get("reward") == reward.id]
    return Standing(
        rankings=rankings,
        source=source,
        reward=reward.id if reward else "",
        learnt=_rows(project, reward) if reward else 0,
        improved=any(summary.state in ("finished", "stopped") for summary in using),
        busy=_busy([summary for _, summary in runs]),
    )


def _is_reward(summary: Summary, run: Run, judged: RunSpec | None) -> bool:
    """Return whether a run is a reward model, and one that stands beside the adapter of what it is to judge."""
    done = summary.task == "reward-model" and summary.state in ("finished", "stopped") and bool(run.result_info())
    if not done or judged is None:
        return done
    spec = run.spec()
    return spec.model_path == judged.model_path and judged.adapter in ("full", spec.adapter)


def _busy(runs: list[Summary]) -> Literal["", "reward", "improve"]:
    living = [summary for summary in runs if summary.state == "running"]
    if any("reward" in summary.parents for summary in living):
        return "improve"
    return "reward" if any(summary.task == "reward-model" for summary in living) else ""


def _rows(project: Project, reward: Run) -> int:
    try:
        return Dataset(project.path / reward.spec().data_path).info.rows
    except UserError:
        return 0
