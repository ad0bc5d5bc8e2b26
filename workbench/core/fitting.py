"""Whether a run fits into memory: what the child process that finds it out (``workbench fit``) tells the window."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from workbench.core import model_refusals, models
from workbench.core.i18n import tr
from workbench.core.plan import ADAPTER

LEAST = 1e6
"""Bytes of the smallest part that is told."""


class Remedy(msgspec.Struct, frozen=True, kw_only=True):
    """A change of the settings that takes less memory.

    Attributes:
        name: ``micro-batch``, ``checkpointing``, ``bf16``, ``lora``, ``length`` or ``answers``.
        settings: What it changes, as options by name.
        adapter: The adapter that it changes to; empty for the one that there is.
        memory: Bytes at the peak with it.
        slower: How many times as long a step of the same examples takes.
    """

    name: str
    settings: dict[str, Any] = {}
    adapter: str = ""
    memory: float
    slower: float

    def applied(self, settings: Mapping[str, object]) -> dict[str, object]:
        """Return the settings of a request with it; another adapter has its own ones, and a rate that suits it."""
        changed = {**settings, **self.settings}
        if not self.adapter:
            return changed
        return {
            name: value for name, value in changed.items() if name != "learning_rate" and not name.startswith(ADAPTER)
        }


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """What a run needs, found with a model that has shapes and no weights.

    Attributes:
        parameters: Of the model with its adapter.
        trainable: How many of them are trained.
        memory: Bytes at the peak.
        free: Bytes that are free now, of the GPU if it computes there.
        device: ``cpu`` or ``cuda``.
        precision: ``bf16`` or ``fp32``.
        parts: Bytes by part: ``libraries``, ``model``, ``trained``, ``batch``.
        phases: Bytes at the peak of each phase of a round: ``writing``, ``scoring``, ``learning``.
        examples: How many are computed at once.
        tokens: Length of the longest of them.
        step_seconds: Of a step with the longest examples, by a rule of thumb.
        remedies: What would take less, by the same reckoning.
    """

    parameters: int
    trainable: int
    memory: float
    free: float
    device: str
    precision: str
    parts: dict[str, float]
    phases: dict[str, float] = {}
    examples: int
    tokens: int
    step_seconds: float
    remedies: list[Remedy] = []

    @property
    def share(self) -> str:
        """How many percent of the parameters are trained, two digits."""
        percent = 100 * self.trainable / self.parameters
        return f"{percent:.0f}" if percent >= 10 else f"{percent:.2g}"

    def named(self) -> dict[str, float]:
        """Return the parts and phases by translated name, those that weigh something."""
        names = {
            "libraries": tr("Libraries"),
            "model": tr("Model"),
            "trained": tr("Trained weights and optimiser"),
            "batch": tr("Activations and gradients of one batch"),
            "writing": tr("While answers are written"),
            "scoring": tr("While answers are scored"),
            "learning": tr("While it learns from them"),
        }
        told = {**self.parts, **self.phases}
        return {names[name]: amount for name, amount in told.items() if amount >= LEAST}

    @property
    def fits(self) -> bool:
        """Whether the memory is there."""
        return self.memory <= self.free


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """What one real step needed: bytes at the peak, and seconds."""

    memory: float
    step_seconds: float
    device: str


def described(name: str) -> models.ModelInfo:
    """Return what is known of a model, as `workbench.core.models.inspect`; its ``config.json`` alone will do."""
    folder = Path(name).expanduser()
    if not (folder / model_refusals.CONFIG).is_file() or any(folder.glob("*.safetensors")):
        return models.inspect(name)
    config = json.loads((folder / model_refusals.CONFIG).read_text("utf-8"))
    return models.ModelInfo(
        name=name,
        path=str(folder.resolve()),
        architecture=model_refusals.architecture(config),
        model_type=config.get("model_type", ""),
        parameters=0,
        bytes_per_parameter=0.0,
    )
