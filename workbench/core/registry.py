"""What can be trained and how: found by looking into ``workbench/tasks`` and ``workbench/adapters``.

A new file there is all it takes; listing them imports no heavy library.
"""

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import ModuleType
from typing import Any, Literal

from workbench.core.context import RunContext
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import Options

Architecture = Literal["causal-lm", "sequence-classifier", "image-classifier", "keras-cnn"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """One thing that can be trained.

    Attributes:
        kinds: Data set kinds that it takes, the most fitting first.
        architectures: Model architectures that it takes.
        adapters: Names of the adapters that fit, the recommended one first.
        parents: Runs that it needs, by role (``from``, ``reward``); a role ending in ``?`` may be left out.
        suited: Values by option that suit an adapter better than the defaults of ``options``, by its name.
        run: Does the work in the trainer process.
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
    run: Callable[[RunContext], None]


@dataclass(frozen=True, kw_only=True)
class Adapter:
    """One way to adapt a model.

    Attributes:
        count: From the shapes of the base's weights (by name) and the options, the number of trainable parameters.
        attach: Puts the adapter on a loaded model: ``attach(model, options, name) -> model``.
    """

    name: str
    label: str
    help: str
    options: type[Options]
    count: Callable[[Mapping[str, tuple[int, ...]], Any], int]
    attach: Callable[[Any, Any, str], Any]


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
