"""What can be trained and how: found by looking into ``workbench/tasks`` and ``workbench/adapters``.

A new file there is all it takes; listing them imports no heavy library.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from workbench.core.context import RunContext
from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr
from workbench.core.options import Options

if TYPE_CHECKING:
    from workbench.core.datasets.dataset import Dataset
    from workbench.core.datasets.kinds import Row
    from workbench.core.project import Project
    from workbench.core.runs import Run

Architecture = Literal["causal-lm", "sequence-classifier", "image-classifier", "keras-cnn"]
Backend = Literal["torch", "keras"]
Medium = Literal["text", "image"]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a classifier takes a text or an image for.

    Attributes:
        label: The likeliest class.
        scores: How likely each class is.
        labels: All classes that it has, where a row may have several or none; else None.
    """

    label: str
    scores: dict[str, float]
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Exported:
    """What was written and how far its answers (logits, or probabilities) are from those of the live model.

    ``note`` is a translated sentence on what it needs, where that is not what one expects.
    """

    path: Path
    max_difference: float
    note: str = ""


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """What a result looks at in an image.

    Attributes:
        path: The image.
        label: The label that is explained.
        score: How likely the result takes it.
        overlay: The image with what speaks for the label made to glow.
    """

    path: str
    label: str
    score: float
    overlay: str


Evaluate = Callable[["Project", "Run", "Dataset"], dict[str, float]]
"""Measures the result of a run on the held-out part of a data set, or on all of it if nothing was held out."""

Predict = Callable[["Project", "Run", Sequence["Row"], Callable[[float], None]], list[Verdict]]
"""Judges rows that have ``text`` (and may have ``text_pair``), or the path of an ``image``; is told the share done."""

Explain = Callable[["Run", Sequence[Path], Path, str], "list[Explained]"]
"""Shows what a result looks at in images for a label, or for what it takes each for (""); writes into a folder."""

Export = Callable[["Project", str, str, Path, Callable[[str], None]], Exported]
"""Writes a run's result in a format, loads it again and compares; see `workbench.engine.export.export`."""


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that can be trained.

    Attributes:
        kinds: Data set kinds that it takes, the most fitting first.
        architectures: Model architectures that it takes.
        adapters: Names of the adapters that fit, the recommended one first.
        parents: Runs that it needs, by role (``from``, ``reward``); a role ending in ``?`` may be left out.
        suited: Values by option that suit an adapter better than the defaults of ``options``, by its name.
        packed: Whether rows come together in blocks of ``max_length`` tokens, of which ``batch_size`` are a step.
        backend: What its trainer process computes with; torch and TensorFlow never share a process.
        run: Does the work in the trainer process.
        evaluate: Measures a result; None for what cannot be measured on a data set.
        measured_on: Data set kinds that it can be measured on; the same as ``kinds`` unless given.
        predict: Judges texts or images; None for what is no classifier.
        medium: What ``predict`` judges.
        explain: Shows what a result looks at; None where nothing can.
        samples: Whether it tells while it trains what the model makes of some examples.
        formats: What a result can be exported as: labels by the name of the format, the recommended one first.
        export: Writes one of them; None for the usual way of models of torch.
    """

    name: str
    label: str
    help: str
    options: type[Options]
    kinds: tuple[str, ...]
    architectures: tuple[Architecture, ...]
    adapters: tuple[str, ...]
    parents: tuple[str, ...] = ()
    suited: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    packed: bool = False
    backend: Backend = "torch"
    run: Callable[[RunContext], None]
    evaluate: Evaluate | None = None
    measured_on: tuple[str, ...] = ()
    predict: Predict | None = None
    medium: Medium = "text"
    explain: Explain | None = None
    samples: bool = True
    formats: Mapping[str, str] = field(
        default_factory=lambda: {"adapter": mark("Adapter, as peft and transformers load it")}
    )
    export: Export | None = None

    @property
    def sorts(self) -> bool:
        """Whether a result sorts texts or images into classes, and so cannot write any."""
        return self.predict is not None

    @property
    def takes_adapters(self) -> bool:
        """Whether there is an adapter to choose; a task without settles by itself what of a model is trained."""
        return self.adapters != ("full",)


class Schedule:
    """What an adapter does in every step of its training, besides being trained: nothing, for most."""

    def penalty(self) -> Any | None:
        """Return what is added to the loss of a step, a scalar with gradient; None for nothing."""
        return None

    def after_step(self, step: int) -> None:
        """Take part in a step (the first is 1), after the optimiser and while the gradients are still there."""

    def settle(self) -> None:
        """Make the weights that the model has now ready to be saved as a result."""

    def save(self, folder: Path) -> None:
        """Write into a checkpoint what a resumed run needs to go on exactly."""

    def load(self, folder: Path) -> None:
        """Take up what `save` has written."""


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """One way to adapt a model.

    Attributes:
        count: From the shapes of the base's weights (by name) and the options, the number of trainable parameters.
        attach: Puts the adapter on a loaded model: ``attach(model, options, name) -> model``.
        schedule: ``schedule(model, options, total)`` follows a training of so many steps.
        module: What must be imported before a saved one can be loaded; empty for what peft knows by itself.
        architectures: Of the models that it fits.
        merges: Whether it can become part of the weights of its model.
        freezes: Whether it leaves the weights of its model as they are, so that they can be held in few bits.
        misfit: From a model's `workbench.core.models.ModelInfo`, why it does not fit that model; "" if it does.
    """

    name: str
    label: str
    help: str
    options: type[Options]
    count: Callable[[Mapping[str, tuple[int, ...]], Any], int]
    attach: Callable[[Any, Any, str], Any]
    schedule: Callable[[Any, Any, int], Schedule] = lambda model, options, total: Schedule()
    module: str = ""
    architectures: tuple[Architecture, ...] = ("causal-lm", "sequence-classifier", "image-classifier")
    merges: bool = True
    freezes: bool = True
    misfit: Callable[[Any], str] = lambda info: ""


def _modules(folder: str) -> list[ModuleType]:
    package = importlib.import_module(f"workbench.{folder}")
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__))
    return [importlib.import_module(f"workbench.{folder}.{name}") for name in names]


@cache
def tasks() -> dict[str, Task]:
    """Return all tasks by name."""
    return {module.TASK.name: module.TASK for module in _modules("tasks") if hasattr(module, "TASK")}


@cache
def adapters() -> dict[str, Adapter]:
    """Return all adapters by name."""
    return {module.ADAPTER.name: module.ADAPTER for module in _modules("adapters") if hasattr(module, "ADAPTER")}


def task(name: str) -> Task:
    """Return a task.

    Raises:
        UserError: There is none of that name.
    """
    if name not in tasks():
        raise UserError(tr("There is no task “{name}”; there are: {known}.", name=name, known=", ".join(tasks())))
    return tasks()[name]


def adapter(name: str) -> Adapter:
    """Return an adapter.

    Raises:
        UserError: There is none of that name.
    """
    if name not in adapters():
        raise UserError(tr("There is no adapter “{name}”; there are: {known}.", name=name, known=", ".join(adapters())))
    return adapters()[name]


def misfit(task: Task, name: str, info: Any | None = None, settings: Mapping[str, Any] | None = None) -> str:
    """Return why an adapter cannot be had for a task and, if it is known, a model; "" if it can.

    Args:
        task: What is to be trained.
        name: The adapter's name.
        info: The model's `workbench.core.models.ModelInfo`.
        settings: What was chosen of the task's options.
    """
    wanted = adapter(name)
    if not set(task.architectures) & set(wanted.architectures) and "image-classifier" in task.architectures:
        return tr("It stands before the words of a text, and images have none.")
    if name not in task.adapters:
        return tr("“{task}” does not work with this adapter.", task=tr(task.label))
    if not wanted.freezes and (settings or {}).get("base_bits", "as-is") != "as-is":
        return tr("It changes the weights of the model itself, which cannot be held in few bits then.")
    if info is None:
        return ""
    if reason := wanted.misfit(info):
        return reason
    if info.shapes and not wanted.count(info.shapes, wanted.options()):
        return tr("It does not know the layers of this model.")
    return ""
