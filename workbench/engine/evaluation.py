"""Measuring a finished run on a data set: the held-out part, or all of it when nothing was held out."""

from collections.abc import Callable
from typing import Any, Protocol

import torch

from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.device import Device, autocast, probe
from workbench.engine.models import load_run


class Measured(Protocol):
    """What is needed of an `workbench.engine.loop.Objective` to measure with it."""

    examples: list[Any]
    held_out: list[Any]

    def evaluate(self) -> dict[str, float]:
        """Return metrics on the held-out part."""


@torch.no_grad()
def measure(project: Project, run: Run, make: Callable[[Any, Any, Device], Measured]) -> dict[str, float]:
    """Return the metrics of a run's result.

    Args:
        project: The project of the run.
        run: A run with a result.
        make: Builds the objective that measures from the model, its tokenizer and the device.
    """
    device = probe()
    model, tokenizer = load_run(project, run.id, run.spec().model, device)
    objective = make(model, tokenizer, device)
    objective.held_out = objective.held_out or objective.examples
    with autocast(device):
        return dict(objective.evaluate())
