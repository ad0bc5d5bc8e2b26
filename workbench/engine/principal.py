"""PiSSA: LoRA that starts as the principal part of each layer (Meng et al., arXiv 2404.02948, equations 2 to 4).

The paper takes that part out of the frozen weights: ``W - B' A' + B A``, where B and A start as B' and A'. Here the
frozen weights stay as they are and the adapter carries ``-B' A'`` itself, in a second half of its ranks that is never
trained. What is saved is a LoRA of twice the rank that loads on the untouched model anywhere, and the model without it
is the model that it was.

Letters: r rank, A (2 r, inputs), B (outputs, 2 r).
"""

from pathlib import Path
from typing import Any

import torch
from peft.tuners.lora import LoraLayer
from peft.utils.integrations import dequantize_module_weight
from torch import Tensor

from workbench.core.registry import Schedule

ROUNDS = 4
"""Of the randomised decomposition (Halko et al., arXiv 0909.4061, algorithm 4.4)."""


def start(model: Any, name: str) -> None:
    """Let a fresh adapter start as the principal part of the layers that it is on, and take that part away again."""
    for layer in _layers(model):
        wide: Tensor = dequantize_module_weight(layer.get_base_layer()).detach().float()
        rank = layer.r[name] // 2
        left, size, right = torch.svd_lowrank(wide, q=min(rank, *wide.shape), niter=ROUNDS)
        root = (size / layer.scaling[name]).sqrt()
        down, up = layer.lora_A[name].weight, layer.lora_B[name].weight
        with torch.no_grad():
            down.zero_(), up.zero_()
            down[: len(root)] = down[rank : rank + len(root)] = (right * root).T
            up[:, : len(root)] = left * root
            up[:, rank : rank + len(root)] = -left * root


class SecondHalf(Schedule):
    """Keeps the second half of the ranks as it is.

    Args:
        model: A model with an adapter from `start`, before it is trained.
    """

    def __init__(self, model: Any) -> None:
        self._halves: list[tuple[Tensor, Tensor]] = []
        for layer in _layers(model):
            for name in layer.active_adapters:
                down, up = layer.lora_A[name].weight, layer.lora_B[name].weight
                rank = down.shape[0] // 2
                for weight, half in ((down, (slice(rank, None),)), (up, (slice(None), slice(rank, None)))):
                    self._halves.append((weight.detach()[half], weight.detach()[half].clone()))
                    weight.register_hook(_blind(half))

    def after_step(self, step: int) -> None:
        """Undo what weight decay has done to them; they get no gradient."""
        for place, kept in self._halves:
            place.copy_(kept)

    def load(self, folder: Path) -> None:
        """Take the halves of a checkpoint for those to be kept."""
        self._halves = [(place, place.clone()) for place, _ in self._halves]


def _blind(half: tuple[slice, ...]) -> Any:
    def zeroed(gradient: Tensor) -> Tensor:
        gradient = gradient.clone()
        gradient[half] = 0
        return gradient

    return zeroed


def _layers(model: Any) -> list[Any]:
    return [module for module in model.modules() if isinstance(module, LoraLayer)]
