"""Training a classifier of texts: each has a class, or several."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from workbench.core import events, models
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.subset import training_rows
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.class_objective import ClassObjective, Example
from workbench.engine.classes import BEST, classes_of, known_classes, labels_in
from workbench.engine.classification import encode, logits, room
from workbench.engine.device import Device, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.loop import Loop, check_enough
from workbench.engine.models import load_tokenizer, load_trainable, starting_point
from workbench.engine.results import save_result

if TYPE_CHECKING:
    from workbench.tasks.text_classification import Options


HEADS = ("classifier.weight", "classifier.out_proj.weight", "score.weight")
"""What the last layer of a classifier is called in the families of models."""


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: texts, classes, model, loop, report, result."""
    device = probe(options.precision)
    seed_everything(options.seed)
    context.phase(tr("Reading the data"))
    dataset, separator = Dataset(context.data), _separator(options)
    labels = classes_of(context, dataset, separator)
    start = starting_point(context.project, context.spec)
    tokenizer = load_tokenizer(start.base)
    context.phase(tr("Loading the model"))
    _tell_of_head(context, start.base, labels)
    model, start = load_trainable(context.project, context.spec, device, labels)
    if separator:
        model.config.problem_type = "multi_label_classification"
    context.phase(tr("Turning texts into tokens"))
    objective = ClassificationObjective(model, tokenizer, dataset, labels, options, device)
    check_enough(len(objective.examples), dataset.name)
    if context.resume:  # its weights come back when the loop begins: until then the model is untouched
        objective.evaluate()

    def keep() -> None:
        objective.save_report(context, dataset)
        more: dict[str, Any] = {
            "labels": labels,
            "several": bool(separator),
            "max_length": options.max_length,
            "best_step": loop.best.step,
        }
        save_result(context, model, tokenizer, base=start.base, values=loop.best.values, **more)

    loop = Loop(context, model, objective, options, device, keep, best=BEST[options.keep_best])
    loop.train()


def _separator(options: "Options") -> str:
    """Return what stands between the labels of a row; "" where each row has one.

    Raises:
        UserError: A row may have several, and nothing separates them.
    """
    if options.several_labels and not options.label_separator:
        raise UserError(tr("Say what stands between the labels of a row, “;” for example."))
    return options.label_separator if options.several_labels else ""


def _tell_of_head(context: RunContext, base: Path, labels: list[str]) -> None:
    """Warn when the model has learnt to tell apart another number of classes, which it forgets now."""
    shapes = models.inspect(str(base)).shapes
    for count in (shape[0] for name, shape in shapes.items() if name in HEADS):
        if count != len(labels):
            text = tr(
                "The model has learnt {its} classes and the data has {count}, so its last layer begins anew.",
                its=count,
                count=len(labels),
            )
            context.emit(events.Note(text=text, level="warning"))


def evaluate(project: Project, run: Run, dataset: Dataset, options: "Options") -> dict[str, float]:
    """Return loss, accuracy and mean F1 of a classifier on labelled texts; see `workbench.engine.evaluation`.

    Raises:
        UserError: The data has labels that the run never learnt.
    """
    labels = known_classes(run, dataset, _separator(options))

    def make(model: Any, tokenizer: Any, device: Device) -> ClassificationObjective:
        return ClassificationObjective(model, tokenizer, dataset, labels, options, device)

    return measure(project, run, make)


class ClassificationObjective(ClassObjective):
    """Texts with their classes; see `ClassObjective`."""

    def __init__(
        self, model: Any, tokenizer: Any, dataset: Dataset, labels: list[str], options: "Options", device: Device
    ) -> None:
        self._pad: int = tokenizer.pad_token_id
        numbers = {label: number for number, label in enumerate(labels)}
        separator = _separator(options)

        def encoded(rows: list[Row]) -> list[Example]:
            texts = encode(tokenizer, rows, room(model, tokenizer, options.max_length))
            truth = [tuple(sorted(numbers[label] for label in labels_in(row["label"], separator))) for row in rows]
            return [
                Example(text, its, len(text.ids), row["text"], row.get("text_pair", ""))
                for text, its, row in zip(texts, truth, rows, strict=True)
            ]

        learnt = encoded(training_rows(dataset, options.data_share, options.seed))
        held_out = encoded(dataset.rows("validation"))
        super().__init__(model, labels, learnt, held_out, options, device, several=bool(separator))

    def logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return the logits (B, C) of texts."""
        return logits(self.model, [example.content for example in examples], self._pad, self.device)
