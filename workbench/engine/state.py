"""The state of a training run as safetensors and JSON: enough to go on exactly where it was. No pickle."""

import json
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import load_file, save_file

Parameters = Mapping[str, torch.nn.Parameter]


def save_training_state(
    folder: Path, *, parameters: Parameters, optimizer: torch.optim.Optimizer, extra: dict[str, Any]
) -> None:
    """Write trainable weights, optimiser and random states into a folder.

    Args:
        folder: An empty folder (see `workbench.core.checkpoints.staged`).
        parameters: The trainable parameters by name, in the order in which the optimiser has them.
        optimizer: One with per-parameter tensors as its state (Adam and its kin).
        extra: Whatever else the task needs, as JSON values.
    """
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in parameters.items()},
        folder / "weights.safetensors",
    )
    names = {id(parameter): name for name, parameter in parameters.items()}
    tensors = {
        f"{names[id(parameter)]}|{key}": torch.as_tensor(value).detach().cpu().contiguous()
        for parameter, entry in optimizer.state.items()
        for key, value in entry.items()
    }
    save_file(tensors, folder / "optimizer.safetensors")
    save_file(_random_tensors(), folder / "random.safetensors")
    numbers: Any = np.random.get_state(legacy=False)
    state = {
        "python": random.getstate(),
        "numpy": {**numbers, "state": {**numbers["state"], "key": numbers["state"]["key"].tolist()}},
        "extra": extra,
    }
    (folder / "state.json").write_text(json.dumps(state), "utf-8")


def _random_tensors() -> dict[str, torch.Tensor]:
    states = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        states["cuda"] = torch.cuda.get_rng_state()
    return states


def load_training_state(folder: Path, *, parameters: Parameters, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Put a saved state back into the parameters, the optimiser and the random generators; returns ``extra``."""
    weights = load_file(folder / "weights.safetensors")
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(weights[name])
    for name, value in load_file(folder / "optimizer.safetensors").items():
        parameter_name, key = name.rsplit("|", 1)
        parameter = parameters[parameter_name]
        placed = value if key == "step" else value.to(parameter.device)  # Adam keeps its step counter on the CPU
        optimizer.state[parameter][key] = placed
    states = load_file(folder / "random.safetensors")
    torch.set_rng_state(states["cpu"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])
    state = json.loads((folder / "state.json").read_text("utf-8"))
    version, internal, gauss = state["python"]
    random.setstate((version, tuple(internal), gauss))
    numbers = state["numpy"]
    numbers["state"]["key"] = np.array(numbers["state"]["key"], dtype=np.uint32)
    np.random.set_state(numbers)
    extra: dict[str, Any] = state["extra"]
    return extra
