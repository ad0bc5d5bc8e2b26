"""Measuring a finished run on a data set: the held-out part, or all of it when nothing was held out."""

from typing import Any

import torch

from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import T, parse
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.classification_training import ClassificationObjective
from workbench.engine.device import autocast, probe
from workbench.engine.instruction import InstructionObjective
from workbench.engine.models import load_run
from workbench.engine.reward import trained_reward
from workbench.engine.reward_training import RankingObjective
from workbench.tasks import instruction_tuning, reward_model, text_classification

WRITERS = ("instruction", "chat")
MEASURED_ON = {"reward-model": ("ranking",), "text-classification": ("text-label",)}
"""Kinds of data by task, where they are others than those of `WRITERS`."""


@torch.no_grad()
def evaluate(project: Project, run_id: str, dataset: Dataset) -> dict[str, float]:
    """Return the metrics of a run's result on a data set.

    Raises:
        UserError: The run has no result, or the data is not of a kind that it can be measured on.
    """
    run = project.run(run_id)
    device = probe()
    kind, task = dataset.info.kind, run.spec().task
    if kind not in MEASURED_ON.get(task, WRITERS):
        raise UserError(tr("Run “{run}” cannot be measured on data of the kind “{kind}”.", run=run.id, kind=kind))
    model, tokenizer = load_run(project, run.id, run.spec().model, device)
    objective: Any
    if task == "reward-model":
        head = trained_reward(project, run.id, device.name).head
        objective = RankingObjective(model, head, tokenizer, dataset, _settings(run, reward_model.Options), device)
    elif task == "text-classification":
        labels = _known_labels(run, dataset)
        options = _settings(run, text_classification.Options)
        objective = ClassificationObjective(model, tokenizer, dataset, labels, options, device)
    else:
        objective = InstructionObjective(model, tokenizer, dataset, _settings(run, instruction_tuning.Options), device)
    objective.held_out = objective.held_out or objective.examples
    with autocast(device):
        return dict(objective.evaluate())


def _known_labels(run: Run, dataset: Dataset) -> list[str]:
    """Return the labels of a classifier, all of those of a data set among them."""
    labels: list[str] = run.result_info()["labels"]
    unknown = sorted(set(dataset.table()["label"].unique().to_pylist()) - set(labels))
    if unknown:
        raise UserError(
            tr(
                "“{data}” has labels that run “{run}” never learnt: {unknown}. It knows: {known}.",
                data=dataset.name,
                run=run.id,
                unknown=", ".join(unknown),
                known=", ".join(labels),
            )
        )
    return labels


def _settings(run: Run, cls: type[T]) -> T:
    """Return the settings that the run was trained with, as far as the measuring task has them (its lengths, say)."""
    return parse(cls, {name: value for name, value in run.spec().options.items() if name in cls.__struct_fields__})
