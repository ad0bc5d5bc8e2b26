"""AdaLoRA's ranks while it is trained: from all layers alike to those that use them (arXiv 2303.10512, algorithm 1).

PEFT has the allocation. Here is what binds it to the loop: when it happens, the penalty that keeps the parts of a
layer's update apart, what a checkpoint must hold, and which parts a result keeps.

Letters: r rank of a layer, P (outputs, r), Q (r, inputs) and a diagonal of r numbers make its update; T steps.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from workbench.core.registry import Schedule

IMPORTANCE = "importance.safetensors"
RANKS = "ranks.json"


def freeze_scale(model: Any) -> Any:
    """Keep the number that the strength of an adapter is divided by from being trained.

    On a base in bf16 PEFT makes a trainable parameter of this number, which it does not save.
    """
    for name, value in model.named_parameters():
        if ".ranknum." in name:
            value.requires_grad_(False)
    return model


class Ranks(Schedule):
    """The ranks of the one adapter of a model that is trained.

    One that was trained before (its run goes on from another) keeps the ranks that it has.

    Args:
        model: A PEFT model with AdaLoRA on it.
        total: T.
        start: Share of the steps before ranks are taken away.
        end: Share of the steps after that.
    """

    def __init__(self, model: Any, total: int, *, start: float, end: float) -> None:
        self._tuner = freeze_scale(model).base_model
        self._name: str = self._tuner.trainable_adapter_name
        self._config = model.peft_config[self._name]
        self._fixed = self._config.rank_pattern is not None
        if not self._fixed:
            steps = max(total, 2)  # what is important must have been seen once before the ranks are given for good
            self._config.total_step = steps
            self._config.tfinal = min(int(end * steps), steps - 2)
            self._config.tinit = min(int(start * steps), steps - self._config.tfinal - 1)

    def penalty(self) -> torch.Tensor:
        """Return how far P and Q are from orthogonal, equation 4 as the authors' program has it.

        The mean of the norms ``|| P'P - I ||`` and ``|| QQ' - I ||`` of all layers, times the weight.
        """
        right, left = self._parts("lora_A"), self._parts("lora_B")
        grams = [part @ part.T for part in right.values()] + [part.T @ part for part in left.values()]
        apart = [torch.linalg.matrix_norm(gram - torch.eye(len(gram), device=gram.device)) for gram in grams]
        weight: float = self._config.orth_reg_weight
        return weight * torch.stack(apart).mean()

    def _parts(self, which: str) -> dict[str, torch.nn.Parameter]:
        """Return ``lora_A`` (Q), ``lora_B`` (P) or ``lora_E`` (the diagonal) of every layer that has a rank left."""
        end = f"{which}.{self._name}"
        return {
            name: value for name, value in self._tuner.model.named_parameters() if name.endswith(end) and value.numel()
        }

    def after_step(self, step: int) -> None:
        """Weigh how important each part is, and let go of those that matter least."""
        if not self._fixed:
            self._tuner.update_and_allocate(step)

    def settle(self) -> None:
        """Name the parts that a result keeps: those whose number on the diagonal is not 0, whatever step they are of.

        PEFT would go by the last step, which is wrong when the weights of an earlier one were put back.
        """
        if not self._fixed:
            parts = self._parts("lora_E")
            self._config.rank_pattern = {name: (value != 0).view(-1).tolist() for name, value in parts.items()}

    def save(self, folder: Path) -> None:
        """Write how important each part has been so far, and which are left."""
        if self._fixed:
            return
        allocator = self._tuner.rankallocator
        means, spreads = allocator.exp_avg_ipt, allocator.exp_avg_unc
        tensors = {f"mean|{name}": value for name, value in means.items()}
        tensors |= {f"spread|{name}": value for name, value in spreads.items()}
        save_file({name: value.cpu().contiguous() for name, value in tensors.items()}, folder / IMPORTANCE)
        (folder / RANKS).write_text(json.dumps(self._config.rank_pattern), "utf-8")

    def load(self, folder: Path) -> None:
        """Take up what `save` has written."""
        if self._fixed:
            return
        allocator, device = self._tuner.rankallocator, self._tuner.model.device
        for name, value in load_file(folder / IMPORTANCE, device=str(device)).items():
            kind, _, parameter = name.partition("|")
            (allocator.exp_avg_ipt if kind == "mean" else allocator.exp_avg_unc)[parameter] = value
        allocator.ipt = dict(
            allocator.exp_avg_ipt
        )  # only its names count: PEFT begins anew with those that are missing
        self._config.rank_pattern = json.loads((folder / RANKS).read_text("utf-8"))
