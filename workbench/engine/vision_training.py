"""Training a classifier of images: cross-entropy on the class of each (ViT, arXiv 2010.11929, section 3.2)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import torch

from workbench.core import events
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.subset import training_rows
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.vision_models import patches
from workbench.engine.class_objective import ClassObjective, Example
from workbench.engine.classes import BEST, classes_of, known_classes
from workbench.engine.device import Device, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.loop import Loop, check_enough
from workbench.engine.models import load_reader, load_trainable, starting_point
from workbench.engine.results import save_result
from workbench.engine.vision import Crop, Eye, Pictures

if TYPE_CHECKING:
    from workbench.tasks.image_classification import Options

NAMED = 5
"""Images that cannot be used that a warning names."""


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: images, classes, model, loop, result, report."""
    device = probe(options.precision)
    seed_everything(options.seed)
    context.phase(tr("Reading the data"))
    dataset = Dataset(context.data)
    labels = classes_of(context, dataset)
    processor = load_reader(starting_point(context.project, context.spec).base)
    context.phase(tr("Loading the model"))
    model, start = load_trainable(context.project, context.spec, device, labels)
    context.phase(tr("Reading the images"))
    parts = training_rows(dataset, options.data_share, options.seed), dataset.rows("validation")
    objective = ImageObjective(model, processor, dataset, parts, labels, options, device)
    _warn(context, objective.left_out)
    check_enough(len(objective.examples), dataset.name)
    if context.resume:  # its weights come back when the loop begins: until then the model is untouched
        objective.evaluate()

    def keep() -> None:
        more: dict[str, Any] = {"labels": labels, "best_step": loop.best.step}
        objective.save_report(context, dataset)
        save_result(context, model, processor, base=start.base, values=loop.best.values, **more)

    loop = Loop(context, model, objective, options, device, keep, best=BEST[options.keep_best])
    loop.train()


def _warn(context: RunContext, left_out: list[str]) -> None:
    if left_out:
        images = ", ".join(left_out[:NAMED]) + (" …" if len(left_out) > NAMED else "")
        text = tr("Images that cannot be read are left out ({count}): {images}", count=len(left_out), images=images)
        context.emit(events.Note(text=text, level="warning"))


def evaluate(project: Project, run: Run, dataset: Dataset, options: "Options") -> dict[str, float]:
    """Return loss, accuracy and mean F1 of a classifier on labelled images: the held-out ones, or all without any.

    Raises:
        UserError: The data has labels that the run never learnt, or an image cannot be read.
    """
    labels = known_classes(run, dataset)
    rows = dataset.rows("validation") or dataset.rows()

    def make(model: Any, processor: Any, device: Device) -> ImageObjective:
        objective = ImageObjective(model, processor, dataset, ([], rows), labels, options, device)
        if objective.left_out:  # what is measured on fewer images cannot be compared
            raise UserError(tr("Images of “{data}” cannot be read.", data=dataset.name), "\n".join(objective.left_out))
        return objective

    return measure(project, run, make)


class ImageObjective(ClassObjective):
    """Images with their classes; see `ClassObjective`.

    Args:
        model: An image classifier.
        processor: Its image processor.
        dataset: What the rows are of.
        parts: Rows to learn from, and held-out ones.
        labels: Its classes, in the order of its logits.
        options: The task's.
        device: Where it computes.

    Attributes:
        left_out: Files that cannot be read.
    """

    medium = "image"

    def __init__(
        self,
        model: Any,
        processor: Any,
        dataset: Dataset,
        parts: tuple[list[Row], list[Row]],
        labels: list[str],
        options: "Options",
        device: Device,
    ) -> None:
        rows = [*parts[0], *parts[1]]
        self._eye = Eye(processor)
        self._pictures = Pictures(self._eye, [dataset.path / row["image"] for row in rows])
        self._mirror, self._crop = options.augmentation == "crop-and-mirror", options.augmentation != "none"
        names = [row.get("file", row["image"]) for row in rows]
        self.left_out = [f"{names[place]}: {reason}" for place, reason in self._pictures.bad.items()]
        numbers = {label: number for number, label in enumerate(labels)}
        length = patches(model.config.to_dict())
        examples = {
            place: Example(place, (numbers[row["label"]],), length, row["image"], shown=names[place])
            for place, row in enumerate(rows)
            if place not in self._pictures.bad
        }
        learnt = [example for place, example in examples.items() if place < len(parts[0])]
        held_out = [example for place, example in examples.items() if place >= len(parts[0])]
        super().__init__(model, labels, learnt, held_out, options, device)

    def logits(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return the logits (B, C) of images; in training each is cut anew, at random."""
        crops = [Crop.draw(mirror=self._mirror) for _ in examples] if self._crop and self.model.training else []
        pictures = self._pictures.get([example.content for example in examples], crops)
        found: torch.Tensor = self.model(pixel_values=self._eye.pixels(pictures, self.device.name)).logits
        return found.float()
