"""Training a classifier of texts: cross-entropy on the class of each (BERT, arXiv 1810.04805, section 3.2)."""

from collections import Counter
from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import cross_entropy

from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import batching
from workbench.engine.classes import classes_of, known_classes
from workbench.engine.classification import Encoded, encode, logits, room
from workbench.engine.device import Device, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.loop import Loop, Part, check_enough
from workbench.engine.models import load_tokenizer, load_trainable, starting_point
from workbench.engine.results import save_result

if TYPE_CHECKING:
    from workbench.tasks.text_classification import Options

BEST: dict[str, dict[str, int]] = {
    "accuracy": {"eval/accuracy": 1, "eval/loss": -1},
    "loss": {"eval/loss": -1},
    "last": {},
}
"""What decides which weights are kept: high accuracy, and among equals the lower loss; or the loss alone."""


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


class ClassificationObjective:
    """Texts with their classes, loss and evaluation; an `workbench.engine.loop.Objective`."""

    def __init__(
        self, model: Any, tokenizer: Any, dataset: Dataset, labels: list[str], options: "Options", device: Device
    ) -> None:
        self.model, self.labels, self.options, self.device = model, labels, options, device
        self._pad: int = tokenizer.pad_token_id
        held_out = dataset.rows("validation")
        self.examples = self._encode(tokenizer, dataset.rows("train"))
        self.held_out = self._encode(tokenizer, held_out)
        self.texts = [row["text"] for row in held_out[: options.samples]]
        self.lengths = [len(text.ids) for text, _ in self.examples]
        self._weights = self._class_weights().to(device.name)

    def _encode(self, tokenizer: Any, rows: list[Row]) -> list[tuple[Encoded, int]]:
        numbers = {label: number for number, label in enumerate(self.labels)}
        texts = encode(tokenizer, rows, room(self.model, tokenizer, self.options.max_length))
        return [(text, numbers[row["label"]]) for text, row in zip(texts, rows, strict=True)]

    def _class_weights(self) -> torch.Tensor:
        """Return the weight of each class (classes,): all 1, or such that every class counts the same in all."""
        counts = Counter(label for _, label in self.examples)
        if self.options.class_weights == "none":
            return torch.ones(len(self.labels))
        seen = len(counts)
        return torch.tensor([len(self.examples) / (seen * max(counts[k], 1)) for k in range(len(self.labels))])

    def weight(self, indices: list[int]) -> float:
        """Return the summed class weights of some examples."""
        return float(self._weights[[self.examples[index][1] for index in indices]].sum())

    def loss(self, indices: list[int]) -> Part:
        """Return the summed, weighted cross-entropy of some examples."""
        found, classes = self._forward([self.examples[index] for index in indices])
        return Part(
            loss=cross_entropy(found, classes, weight=self._weights, reduction="sum"),
            tokens=sum(self.lengths[index] for index in indices),
            right=float((found.detach().argmax(-1) == classes).sum()),
            judged=len(indices),
        )

    def _forward(self, examples: list[tuple[Encoded, int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return logits (B, classes) and classes (B,) of B examples."""
        texts, classes = zip(*examples, strict=True)
        return logits(self.model, texts, self._pad, self.device), torch.tensor(classes, device=self.device.name)

    def evaluate(self) -> dict[str, float]:
        """Return loss, accuracy and the mean F1 of the classes on held-out rows, all classes weighing what they are."""
        from sklearn.metrics import f1_score

        if not self.held_out:
            return {}
        loss = 0.0
        said: list[int] = []
        truth: list[int] = []
        size = self.options.micro_batch or self.options.batch_size
        for indices in batching.in_order([len(text.ids) for text, _ in self.held_out], size):
            found, classes = self._forward([self.held_out[index] for index in indices])
            loss += float(cross_entropy(found, classes, reduction="sum"))
            said += found.argmax(-1).tolist()
            truth += classes.tolist()
        return {
            "eval/loss": loss / len(truth),
            "eval/accuracy": sum(a == b for a, b in zip(said, truth, strict=True)) / len(truth),
            "eval/macro_f1": float(f1_score(truth, said, average="macro")),
        }

    def samples(self) -> list[tuple[str, str]]:
        """Return the first held-out texts and what the model takes them for."""
        if not self.texts:
            return []
        found, classes = self._forward(self.held_out[: len(self.texts)])
        sure, said = found.softmax(-1).max(-1)
        return [
            (text, self._verdict(*verdict))
            for text, *verdict in zip(self.texts, said.tolist(), sure.tolist(), classes.tolist(), strict=True)
        ]

    def _verdict(self, said: int, sure: float, truth: int) -> str:
        words = {"label": self.labels[said], "share": round(100 * sure)}
        if said == truth:
            return tr("{label}, {share} % sure: right", **words)
        return tr("{label}, {share} % sure: wrong, it is {truth}", **words, truth=self.labels[truth])
