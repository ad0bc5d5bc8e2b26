"""The mathematics of learning from rewards, as pure functions on tensors.

Letters in the shapes: B answers, T tokens of the longest answer, N tokens of all answers, V vocabulary, P prompts,
K answers to one prompt.
A mask is 1 where an answer has a token and 0 behind its end; answers begin at column 0. Papers: PPO (arXiv 1707.06347),
GAE (1506.02438), Ziegler et al. (1909.08593), Stiennon et al. (2009.01325), InstructGPT (2203.02155),
back to REINFORCE (2402.14740).
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Return the mean over the tokens of all answers; ``values`` and ``mask`` have shape (B, T), the result ()."""
    return (values * mask).sum() / mask.sum().clamp(min=1)


def masked_variance(values: Tensor, mask: Tensor) -> Tensor:
    """Return the variance (divided by n) over the tokens of all answers; shapes as `masked_mean`."""
    return masked_mean((values - masked_mean(values, mask)).square(), mask)


def whiten(values: Tensor, mask: Tensor) -> Tensor:
    """Return ``values`` shifted and scaled to mean 0 and variance 1 over the mask, 0 elsewhere; shape (B, T)."""
    deviation = (masked_variance(values, mask) + 1e-8).sqrt()
    return (values - masked_mean(values, mask)) / deviation * mask


def log_probs_of(logits: Tensor, ids: Tensor) -> Tensor:
    """Return the log-probability of each token; ``logits`` (N, V), ``ids`` (N,), result (N,) in fp32."""
    return -cross_entropy(logits.float(), ids, reduction="none")


def entropy(logits: Tensor) -> Tensor:
    """Return the entropy in nats of each distribution; ``logits`` (N, V), result (N,) in fp32."""
    log_probs = logits.float().log_softmax(-1)
    return -(log_probs.exp() * log_probs).sum(-1)


def token_kl(log_probs: Tensor, reference: Tensor, mask: Tensor) -> Tensor:
    """Return what each sampled token adds to KL(policy || reference); all (B, T).

    The unbiased estimator log p - log q of Ziegler et al., section 2.2; a single value may be negative.
    """
    return (log_probs - reference) * mask


def shaped_rewards(scores: Tensor, kl: Tensor, mask: Tensor, coefficient: float) -> Tensor:
    """Return the reward of each token: the KL penalty everywhere, the score of the answer on its last token.

    InstructGPT, equation 2 (Ziegler et al., equation 2).

    Args:
        scores: Reward of each whole answer, (B,).
        kl: From `token_kl`, (B, T).
        mask: (B, T); every answer has one token at least.
        coefficient: Beta, the price of a nat.
    """
    rewards = -coefficient * kl * mask
    last = mask.sum(-1).long() - 1
    return rewards.scatter_add(1, last.unsqueeze(1), scores.unsqueeze(1).to(rewards.dtype))


def gae(rewards: Tensor, values: Tensor, mask: Tensor, gamma: float, lam: float) -> tuple[Tensor, Tensor]:
    """Return advantages and returns by generalised advantage estimation (1506.02438, equation 16).

    Args:
        rewards: (B, T).
        values: Value of the state in which each token was chosen, (B, T). After the last token it is 0.
        mask: (B, T).
        gamma: Discount of later rewards.
        lam: 0 trusts the values alone, 1 the observed rewards alone.

    Returns:
        Advantages (B, T) and returns (B, T), the targets of the values; both 0 outside the mask.
    """
    values = values * mask
    advantages = torch.zeros_like(values)
    running = torch.zeros_like(values[:, 0])
    following = torch.zeros_like(running)
    for column in range(values.shape[1] - 1, -1, -1):
        delta = rewards[:, column] + gamma * following - values[:, column]
        running = (delta + gamma * lam * running) * mask[:, column]
        advantages[:, column] = running
        following = values[:, column]
    return advantages, advantages + values


@dataclass(frozen=True)
class PolicyLoss:
    """The loss of PPO with what it says about the step; scalars of shape (), the ratio (B, T)."""

    loss: Tensor
    clip_fraction: Tensor
    ratio: Tensor


def policy_loss(log_probs: Tensor, old: Tensor, advantages: Tensor, mask: Tensor, clip: float) -> PolicyLoss:
    """Return the clipped surrogate loss (1707.06347, equation 7, with its sign turned); all arguments (B, T)."""
    ratio = (log_probs - old).exp()
    free = -advantages * ratio
    clipped = -advantages * ratio.clamp(1 - clip, 1 + clip)
    bounded = (clipped > free).to(mask.dtype)
    return PolicyLoss(masked_mean(torch.maximum(free, clipped), mask), masked_mean(bounded, mask), ratio)


def value_loss(values: Tensor, old: Tensor, returns: Tensor, mask: Tensor, clip: float) -> Tensor:
    """Return half the squared error of the values, which may not profit from moving further than ``clip`` in one round.

    As in the PPO of Stiennon et al. and InstructGPT; all arguments (B, T), result ().
    """
    near = old + (values - old).clamp(-clip, clip)
    worse = torch.maximum((values - returns).square(), (near - returns).square())
    return 0.5 * masked_mean(worse, mask)


def explained_variance(values: Tensor, returns: Tensor, mask: Tensor) -> Tensor:
    """Return which share of the returns' variance the values explain: 1 all, 0 none, below 0 worse than a constant."""
    return 1 - masked_variance(returns - values, mask) / (masked_variance(returns, mask) + 1e-8)


def leave_one_out(rewards: Tensor) -> Tensor:
    """Return each answer's reward above the mean of the other answers to its prompt (2402.14740, section 3.2).

    Args:
        rewards: (P, K) with K of 2 or more.

    Returns:
        Advantages, (P, K); they sum to 0 for each prompt.
    """
    others = (rewards.sum(1, keepdim=True) - rewards) / (rewards.shape[1] - 1)
    return rewards - others


@dataclass
class KLController:
    """The price of moving away from the reference, fixed or led towards a wanted KL.

    Args:
        coefficient: Beta.
        target: KL per answer in nats that is aimed at; None keeps the coefficient as it is.
        gain: How fast it follows (``K_beta`` = 0.1 in Ziegler et al., section 2.2).
    """

    coefficient: float
    target: float | None = None
    gain: float = 0.1

    def update(self, kl: float) -> None:
        """Follow the mean KL per answer of the last round."""
        if self.target:
            error = min(max(kl / self.target - 1, -0.2), 0.2)
            self.coefficient *= 1 + self.gain * error
