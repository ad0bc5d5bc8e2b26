"""The loss of each task on tensors without content: the same calls as in its training, so the same memory.

Letters: B rows, T tokens, N predicted tokens, K answers.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy

from workbench.engine.device import Device, autocast
from workbench.engine.fit.sizes import Sizes
from workbench.engine.models import decoder, output_logits
from workbench.engine.token_loss import token_loss


def loss(model: Any, task: str, sizes: Sizes, device: Device) -> Tensor:
    """Return the loss of the largest batch, a scalar with gradient."""
    with autocast(device):
        if task == "reward-model":
            return torch.stack([_ranking(model, *ranking, device) for ranking in sizes.rankings]).sum()
        if sizes.side:
            shape = (sizes.rows, model.config.num_channels, sizes.side, sizes.side)
            return _classified(model(pixel_values=torch.zeros(shape, device=device.name)).logits, sizes, device)
        ids = torch.zeros(sizes.rows, sizes.length, dtype=torch.long, device=device.name)
        if sizes.classes:
            return _classified(model(input_ids=ids, attention_mask=torch.ones_like(ids)).logits, sizes, device)
        where = {"position_ids": ids} if task == "domain-adaptation" else {"attention_mask": torch.ones_like(ids)}
        states = decoder(model)(input_ids=ids, **where).last_hidden_state
        targets = torch.zeros(sizes.targets, dtype=torch.long, device=device.name)
        chosen = states[:, :-1].flatten(0, 1)[targets]
        if task == "domain-adaptation":
            return token_loss(model, chosen, targets)
        return cross_entropy(output_logits(model, chosen).float(), targets, reduction="sum")


def _classified(logits: Tensor, sizes: Sizes, device: Device) -> Tensor:
    return cross_entropy(logits.float(), torch.zeros(sizes.rows, dtype=torch.long, device=device.name))


def _ranking(model: Any, length: int, answers: int, device: Device) -> Tensor:
    """Return what stands for the loss of a ranking whose K answers are one row of T tokens."""
    ids = torch.zeros(1, length, dtype=torch.long, device=device.name)
    mask = torch.ones(1, 1, length, length, dtype=torch.bool, device=device.name)
    states = decoder(model)(input_ids=ids, attention_mask=mask, position_ids=ids).last_hidden_state
    found: Tensor = states[0, :answers].float().sum()
    return found
