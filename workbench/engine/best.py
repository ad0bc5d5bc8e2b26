"""The best weights that a run has had so far, kept beside the present ones."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from workbench.engine.state import Parameters

FILE = "best.safetensors"


class Best:
    """Watches the evaluations of a run; belongs to its checkpoints, so that a resumed run knows its best step, too.

    Args:
        order: Metrics that decide, the most important first: -1 for one that should be low, 1 for one that should be
            high. None at all means that the last weights are kept.
        parameters: The weights that are trained.

    Attributes:
        step: Where the best weights were had; 0 for nowhere yet.
        values: The metrics at that step.
    """

    def __init__(self, order: Mapping[str, int], parameters: Parameters) -> None:
        self._order, self._parameters = order, parameters
        self._weights: dict[str, torch.Tensor] = {}
        self.step = 0
        self.values: dict[str, float] = {}

    def look(self, step: int, values: Mapping[str, float]) -> None:
        """Keep the present weights if they are the best; what was there before the first step does not count."""
        if not self._order or not step or any(name not in values for name in self._order):
            return
        if not self.step or self._rank(values) > self._rank(self.values):
            self.step, self.values = step, dict(values)
            self._weights = {name: value.detach().cpu().clone() for name, value in self._parameters.items()}

    def _rank(self, values: Mapping[str, float]) -> list[float]:
        return [sign * values[name] for name, sign in self._order.items()]

    @torch.no_grad()
    def put_back(self) -> None:
        """Make the best weights the present ones, if there are any."""
        for name, value in self._weights.items():
            self._parameters[name].copy_(value)

    def save(self, folder: Path) -> dict[str, Any]:
        """Write the weights into a checkpoint; returns what `load` needs besides."""
        if self._weights:
            save_file(self._weights, folder / FILE)
        return {"step": self.step, "values": self.values}

    def load(self, folder: Path, state: Mapping[str, Any]) -> None:
        """Take up what an earlier process has saved."""
        self.step, self.values = state.get("step", 0), dict(state.get("values", {}))
        if self.step:
            self._weights = load_file(folder / FILE)
