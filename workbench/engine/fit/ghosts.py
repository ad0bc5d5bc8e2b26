"""Models without weights: built from their configuration alone, with the adapter of a run on them."""

from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec
import torch
from torch._subclasses.fake_tensor import FakeTensor, FakeTensorMode
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageClassification,
    AutoModelForSequenceClassification,
)

from workbench.core import registry
from workbench.core.spec import RunSpec
from workbench.engine.device import Device
from workbench.engine.models import attach, checkpointed

AUTO = {"image-classifier": AutoModelForImageClassification, "text-classifier": AutoModelForSequenceClassification}


def build(
    folder: Path, spec: RunSpec, device: Device, mode: FakeTensorMode, *, classes: int = 0, players: Sequence[str] = ()
) -> Any:
    """Return the model that a run trains, as `workbench.engine.models.load_trainable` would make it.

    Args:
        folder: Where ``config.json`` is.
        spec: The run; its adapter is attached afresh.
        device: Where the run computes, and in which precision.
        mode: The tensors of the model belong to it.
        classes: Of a classifier; 0 for a model that writes.
        players: Names of further adapters of the same kind.
    """
    full = spec.adapter == "full"
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    if classes:
        config.num_labels = classes
    auto = auto_of(spec, classes)
    with torch.device("meta"):
        model = auto.from_config(config, dtype=torch.float32 if full else device.dtype)
    model.name_or_path = str(folder)
    model.config.use_cache = False
    if classes and getattr(config, "pad_token_id", None) is None:
        model.config.pad_token_id = 0
    model.requires_grad_(full)
    return haunt(checkpointed(_adapted(model, spec, players), spec), device, mode)


def auto_of(spec: RunSpec, classes: int) -> Any:
    """Return the class of transformers that builds the model of a run."""
    if not classes:
        return AutoModelForCausalLM
    return AUTO[
        "image-classifier" if "image-classifier" in registry.task(spec.task).architectures else "text-classifier"
    ]


def _adapted(model: Any, spec: RunSpec, players: Sequence[str]) -> Any:
    """Attach the adapter; one of virtual tokens begins at random, since words have no embeddings here."""
    virtual = "tokens" in spec.adapter_options
    if "start" in spec.adapter_options and virtual:
        spec = msgspec.structs.replace(spec, adapter_options={**spec.adapter_options, "start": ""})
    with nullcontext() if virtual else torch.device("meta"):
        attached = attach(model, spec)
        for name in players:
            attached.add_adapter(name, attached.peft_config["default"])
    return attached


def haunt(model: Any, device: Device, mode: FakeTensorMode) -> Any:
    """Put tensors that pretend to be on a device into the place of all that a model has."""
    made: dict[int, Any] = {}

    def ghost(tensor: torch.Tensor) -> Any:
        if id(tensor) not in made:
            empty = torch.empty_strided(tensor.shape, tensor.stride(), dtype=tensor.dtype, device="meta")
            fake = FakeTensor(mode, empty, torch.device(device.name))
            trained = tensor.requires_grad
            made[id(tensor)] = torch.nn.Parameter(fake, trained) if isinstance(tensor, torch.nn.Parameter) else fake
        return made[id(tensor)]

    for module in list(model.modules()):
        stores: Any = (module._parameters, module._buffers)
        for store in stores:
            store.update({name: ghost(tensor) for name, tensor in store.items() if tensor is not None})
    return model
