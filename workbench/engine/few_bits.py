"""Bases whose frozen weights are held in 8 or 4 bits, by bitsandbytes; what is trained on them stays as it is.

8 bits: LLM.int8() (Dettmers et al., arXiv 2208.07339), an int8 scale a row and what sticks out computed apart. 4 bits:
QLoRA (arXiv 2305.14314, section 3), NF4 with its scales quantised too. Both compute in the device's precision. The
output layer and the head of a classifier are never quantised.
"""

from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, BitsAndBytesConfig

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.needs import lack
from workbench.core.project import Project
from workbench.core.spec import RunSpec
from workbench.engine.device import Device
from workbench.engine.heads import head_modules

AS_IS = "as-is"

SCALES = 0.127
"""Bits a weight that the scales of NF4 take when they are quantised, too (QLoRA, section 3)."""


def bits_of(spec: RunSpec) -> str:
    """Return in how many bits a run holds its frozen base: ``8``, ``4``, or `AS_IS`."""
    return str(spec.options.get("base_bits", AS_IS))


def bits_for(project: Project, run_id: str | None, device: Device) -> str:
    """Return in how many bits to hold the base of a run's result: as when it was trained, if the device can do so."""
    return bits_of(project.run(run_id).spec()) if run_id and _can(device) else AS_IS


def _can(device: Device) -> bool:
    return device.name == "cuda" and not lack("few-bits")


def how(bits: str, device: Device, auto: Any, folder: Path) -> dict[str, Any]:
    """Return what ``from_pretrained`` must be told.

    Args:
        bits: ``8``, ``4``, or `AS_IS`.
        device: Where the model goes.
        auto: The class of transformers that loads it.
        folder: Folder of the model.

    Raises:
        UserError: The device cannot hold a model so.
    """
    if bits == AS_IS:
        return {}
    if not _can(device):
        reason = lack("few-bits") or tr("PyTorch cannot use the GPU of this computer.")
        raise UserError(tr("A base in {bits} bits: {reason}", bits=bits, reason=reason))
    settings = BitsAndBytesConfig(
        load_in_8bit=bits == "8",
        load_in_4bit=bits == "4",
        llm_int8_skip_modules=head_modules(_outline(auto, folder)),
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=device.dtype,
    )
    return {"quantization_config": settings, "device_map": {"": device.name}}


def saved(bits: str, device: Device, auto: Any, folder: Path) -> float:
    """Return how many bytes less a base takes so than in the device's precision; arguments as for `how`."""
    if bits == AS_IS:
        return 0.0
    outline = _outline(auto, folder)
    heads = tuple(f"{name}." for name in head_modules(outline))
    weights = sum(
        module.weight.numel()
        for name, module in outline.named_modules()
        if isinstance(module, torch.nn.Linear) and not f"{name}.".startswith(heads)
    )
    taken = int(bits) + (SCALES if bits == "4" else 0.0)
    return float(weights * (device.dtype.itemsize - taken / 8))


def _outline(auto: Any, folder: Path) -> Any:
    """Return a model without weights, to see its parts."""
    with torch.device("meta"):
        return auto.from_config(AutoConfig.from_pretrained(folder, local_files_only=True))
