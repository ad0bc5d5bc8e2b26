"""Cross-entropy of very many tokens in bounded memory: the output layer sees a part of them at a time."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.utils.checkpoint import checkpoint

from workbench.engine.models import output_logits

AT_ONCE = 2**25
"""Logits that are held at once: 682 tokens with 49,152 words, 128 MiB as fp32."""


def token_loss(model: Any, states: Tensor, targets: Tensor) -> Tensor:
    """Return the summed cross-entropy of N tokens, a scalar.

    Logits are not kept for the way back but computed again there, part by part, so that memory does not grow with
    N times the vocabulary.

    Args:
        model: A causal language model; its output layer is used.
        states: Hidden states from which each token is to be predicted, (N, H).
        targets: The tokens, (N,).
    """

    def part(some: Tensor, wanted: Tensor) -> Tensor:
        return cross_entropy(output_logits(model, some).float(), wanted, reduction="sum")

    size = max(1, AT_ONCE // model.config.vocab_size)
    parts = zip(torch.split(states, size), torch.split(targets, size), strict=True)
    if not torch.is_grad_enabled() or len(targets) <= size:
        return torch.stack([part(*one) for one in parts]).sum()
    return torch.stack([checkpoint(part, *one, use_reentrant=False) for one in parts]).sum()
