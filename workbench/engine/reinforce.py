"""REINFORCE with a leave-one-out baseline (Ahmadian et al., arXiv 2402.14740, section 3).

A whole answer is one action: its reward is the score less the KL penalty of all its tokens, its baseline the mean
reward of the other answers to the same prompt. There is no value model, and one step a round, strictly on-policy.
"""

from typing import TYPE_CHECKING

import torch

from workbench.core.context import RunContext
from workbench.engine import rl
from workbench.engine.actors import POLICY, Actors
from workbench.engine.rollouts import Rollout
from workbench.engine.rounds import train as train_rounds

if TYPE_CHECKING:
    from workbench.tasks.reinforce import Options


def train(context: RunContext, options: "Options") -> None:
    """Do a whole run; see `workbench.engine.rounds`."""
    train_rounds(context, options, with_value=False, learner=lambda actors: Reinforce(actors, options))


class Reinforce:
    """The learner; see the head of this file and `workbench.engine.rounds.Learner`."""

    def __init__(self, actors: Actors, options: "Options") -> None:
        self.actors, self.options = actors, options
        self.parameters = actors.parameters(POLICY)
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(
            self.parameters.values(), lr=options.learning_rate, weight_decay=0.0
        )

    def learn(self, rollout: Rollout, kl_coefficient: float, step: int) -> dict[str, float]:
        """Take the one step of a round, its gradient added up over minibatches, and return what it was like."""
        options = self.options
        rewards = rollout.penalised(options.missing_end_penalty) - kl_coefficient * rollout.kl.sum(1)
        advantages = rl.leave_one_out(rewards.view(options.answers, -1).T).T.flatten()
        self.actors.use(POLICY, training=True)
        total, entropies = 0.0, []
        for rows in torch.split(torch.arange(len(rewards)), options.minibatch_size):
            batch = rollout.batch.select(rows)
            logits = self.actors.logits(batch) / options.temperature
            log_probs = batch.spread(rl.log_probs_of(logits, batch.tokens)).sum(1)
            with torch.set_grad_enabled(options.entropy_bonus > 0):
                entropy = rl.entropy(logits).mean()
            share = len(rows) / len(rewards)
            loss = -(advantages[rows] * log_probs).mean() * share
            (loss - options.entropy_bonus * entropy * share).backward()  # type: ignore[no-untyped-call]
            total += float(loss.detach())
            entropies.append(float(entropy.detach()) * share)
        norm = torch.nn.utils.clip_grad_norm_(self.parameters.values(), options.max_grad_norm or torch.inf)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        return {"policy/loss": total, "entropy": sum(entropies), "gradient_norm": float(norm)}

    def keep(self) -> None:
        """Write nothing more: the policy is all there is."""
