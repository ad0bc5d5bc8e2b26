"""The state of a run as safetensors and JSON: enough to go on exactly where it was. No pickle."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from workbench.engine.keras.telling import Sums

Arrays = dict[str, NDArray[Any]]


class State(msgspec.Struct, frozen=True, kw_only=True):
    """Where a run is.

    Attributes:
        step: Steps done.
        stage: Number of the stage that did the last one.
        looked: The step of the last evaluation; -1 for none.
        labels: The classes that it learns.
        best_step: Where the best weights were had; 0 for nowhere yet.
        best_values: The metrics at that step.
        epoch: Of the epoch that is under way.
    """

    step: int
    stage: int = 0
    looked: int = -1
    labels: list[str]
    best_step: int = 0
    best_values: dict[str, float] = {}
    epoch: Sums = Sums()


def values(variables: Sequence[Any]) -> Arrays:
    """Return the values of variables by their places."""
    return {f"{place:04d}": np.asarray(variable.numpy()) for place, variable in enumerate(variables)}


def assign(variables: Sequence[Any], stored: Mapping[str, NDArray[Any]]) -> None:
    """Give variables the values that `values` has returned."""
    for place, variable in enumerate(variables):
        variable.assign(stored[f"{place:04d}"])


def save(folder: Path, state: State, groups: Mapping[str, Arrays]) -> None:
    """Write a state, and arrays in groups, into a folder (see `workbench.core.checkpoints.staged`)."""
    for name, arrays in groups.items():
        save_file(arrays, folder / f"{name}.safetensors")
    (folder / "state.json").write_bytes(msgspec.json.encode(state))


def load_state(folder: Path) -> State:
    """Return the state in a checkpoint."""
    return msgspec.json.decode((folder / "state.json").read_bytes(), type=State)


def load_group(folder: Path, name: str) -> Arrays:
    """Return the arrays of a group, none if there is no such group."""
    file = folder / f"{name}.safetensors"
    return load_file(file) if file.exists() else {}
