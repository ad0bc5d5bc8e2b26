"""Losses as pure functions.

Letters: K answers to one prompt.
"""

import torch
from torch.nn.functional import logsigmoid


def pair_margins(rewards: torch.Tensor, ranks: torch.Tensor) -> torch.Tensor:
    """Return the reward of the better answer less that of the worse one, for every pair that is not a tie.

    Args:
        rewards: Shape (K,).
        ranks: Shape (K,), whole numbers, 1 for the best, equal for a tie.

    Returns:
        Shape (P,), P pairs with different ranks, P at most K(K-1)/2.
    """
    better, worse = torch.nonzero(ranks[:, None] < ranks[None, :], as_tuple=True)
    return rewards[better] - rewards[worse]


def ranking_loss(rewards: torch.Tensor, ranks: torch.Tensor) -> torch.Tensor:
    """Return the mean over the pairs of one ranking of -log sigmoid(r_better - r_worse), a scalar.

    InstructGPT (arXiv 2203.02155), equation 1; ties are left out, as in Stiennon et al. (arXiv 2009.01325). A ranking
    that is all ties has the loss 0.

    Args:
        rewards: Shape (K,).
        ranks: Shape (K,), 1 for the best.
    """
    margins = pair_margins(rewards, ranks)
    if margins.numel() == 0:
        return rewards.sum() * 0.0
    return -logsigmoid(margins).mean()
