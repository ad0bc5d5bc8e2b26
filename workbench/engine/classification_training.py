"""Training a classifier of texts: cross-entropy on the class of each (BERT, arXiv 1810.04805, section 3.2)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.class_objective import BEST, ClassObjective, Example
from workbench.engine.classes import classes_of, known_classes
from workbench.engine.classification import encode, logits, room
from workbench.engine.device import Device, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.loop import Loop, check_enough
from workbench.engine.models import load_tokenizer, load_trainable, starting_point
from workbench.engine.results import save_result

if TYPE_CHECKING:
    from workbench.tasks.text_classification import Options


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: texts, classes, model, loop, result."""
    device = probe()
    seed_everything(options.seed)
    context.phase(tr("Reading the data"))
    dataset = Dataset(context.data)
    labels = classes_of(context, dataset)
    tokenizer = load_tokenizer(starting_point(context.project, context.spec).base)
    context.phase(tr("Loading the model"))
    model, start = load_trainable(context.project, context.spec, device, labels)
    context.phase(tr("Turning texts into tokens"))
    objective = ClassificationObjective(model, tokenizer, dataset, labels, options, device)
    check_enough(len(objective.examples), dataset.name)

    def keep() -> None:
        more: dict[str, Any] = {"labels": labels, "max_length": options.max_length, "best_step": loop.best.step}
        save_result(context, model, tokenizer, base=start.base, values=loop.best.values, **more)

    loop = Loop(context, model, objective, options, device, keep, best=BEST[options.keep_best])
    loop.train()


def evaluate(project: Project, run: Run, dataset: Dataset, options: "Options") -> dict[str, float]:
    """Return loss, accuracy and mean F1 of a classifier on labelled texts; see `workbench.engine.evaluation`.

    Raises:
        UserError: The data has labels that the run never learnt.
    """
    labels = known_classes(run, dataset)

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

        def encoded(rows: list[Row]) -> list[Example]:
            texts = encode(tokenizer, rows, room(model, tokenizer, options.max_length))
            return [
                Example(text, numbers[row["label"]], len(text.ids), row["text"], row.get("text_pair", ""))
                for text, row in zip(texts, rows, strict=True)
            ]

        learnt, held_out = encoded(dataset.rows("train")), encoded(dataset.rows("validation"))
        super().__init__(model, labels, learnt, held_out, options, device)

    def logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return the logits (B, C) of texts."""
        return logits(self.model, [example.content for example in examples], self._pad, self.device)
