"""Proximal policy optimisation for language models (InstructGPT, arXiv 2203.02155; PPO, 1707.06347).

One round, from answers that are written and scored:

1. Each token is rewarded by the KL penalty, the last one by the score as well (`rl.shaped_rewards`).
2. Advantages come from the values by GAE and are whitened over the round.
3. For a few epochs over minibatches, policy and value each take a clipped step.

Departures from InstructGPT: the value is an adapter on the same base, not a model of its own; the gradients of policy
and value are clipped apart; PPO-ptx takes its examples from the data that the policy was tuned on.
"""

from typing import TYPE_CHECKING

import torch
from safetensors.torch import save_file
from torch import Tensor

from workbench.core.context import RunContext
from workbench.engine import rl
from workbench.engine.actors import POLICY, VALUE, Actors
from workbench.engine.mixing import Mixing
from workbench.engine.rollouts import Rollout
from workbench.engine.rounds import train as train_rounds
from workbench.engine.sequences import Sequences

if TYPE_CHECKING:
    from workbench.tasks.ppo import Options

VALUE_FILE = "value.safetensors"


def train(context: RunContext, options: "Options") -> None:
    """Do a whole run; see `workbench.engine.rounds`."""
    train_rounds(context, options, with_value=True, learner=lambda actors: PPO(context, actors, options))


class PPO:
    """The learner; see the head of this file and `workbench.engine.rounds.Learner`."""

    def __init__(self, context: RunContext, actors: Actors, options: "Options") -> None:
        self.context, self.actors, self.options = context, actors, options
        self.policy, self.value = actors.parameters(POLICY), actors.parameters(VALUE)
        self.parameters = self.policy | self.value
        self.optimizer: torch.optim.Optimizer = torch.optim.AdamW(
            self.parameters.values(), lr=options.learning_rate, weight_decay=0.0
        )
        self.mixing = Mixing(context, actors, options) if options.ptx_coefficient else None

    def learn(self, rollout: Rollout, kl_coefficient: float, step: int) -> dict[str, float]:
        """Take the steps of a round and return what they were like."""
        options, mask = self.options, rollout.mask
        old_values = self.actors.old_values(rollout.batch, options.minibatch_size)
        scores = rollout.penalised(options.missing_end_penalty)
        rewards = rl.shaped_rewards(scores, rollout.kl, mask, kl_coefficient)
        advantages, returns = rl.gae(rewards, old_values, mask, options.gamma, options.lam)
        white = rl.whiten(advantages, mask)
        explained = float(rl.explained_variance(old_values, returns, mask))
        seen: list[dict[str, float]] = []
        for rows in self._minibatches(len(mask), step):
            batch = rollout.batch.select(rows)
            values = self._policy_step(batch, rollout.log_probs[rows], white[rows], step, len(seen))
            values["value/loss"] = self._value_step(batch, old_values[rows], returns[rows])
            self._clip()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
            seen.append(values)
        means = {name: sum(values[name] for values in seen) / len(seen) for name in seen[0]}
        return means | {"explained_variance": explained}

    def _minibatches(self, count: int, step: int) -> list[Tensor]:
        """Return the rows of each minibatch of all epochs of a round.

        Each is made of the rows that were computed together before, in the order of a shuffle: in bf16 other
        neighbours would round otherwise (0.05 nats a token, measured), so that the first ratio would not be 1.
        """
        parts = torch.split(torch.arange(count), self.options.minibatch_size)
        generator = torch.Generator().manual_seed(self.options.seed + 1_000_037 * (step + 1))
        orders = [torch.randperm(len(parts), generator=generator) for _ in range(self.options.ppo_epochs)]
        return [parts[index] for order in orders for index in order.tolist()]

    def _policy_step(
        self, batch: Sequences, old: Tensor, advantages: Tensor, step: int, index: int
    ) -> dict[str, float]:
        """Add the gradient of the policy's loss on a minibatch."""
        options = self.options
        self.actors.use(POLICY, training=True)
        logits = self.actors.logits(batch) / options.temperature
        log_probs = batch.spread(rl.log_probs_of(logits, batch.tokens))
        result = rl.policy_loss(log_probs, old, advantages, batch.answer_mask, options.clip_range)
        with torch.set_grad_enabled(options.entropy_bonus > 0):
            entropy = rl.entropy(logits).mean()
        (result.loss - options.entropy_bonus * entropy).backward()  # type: ignore[no-untyped-call]
        values = {
            "policy/loss": float(result.loss.detach()),
            "clip_fraction": float(result.clip_fraction),
            "entropy": float(entropy.detach()),
        }
        if self.mixing is not None:
            values["ptx/loss"] = self.mixing.add_gradient(step, index)
        return values

    def _value_step(self, batch: Sequences, old: Tensor, returns: Tensor) -> float:
        """Add the gradient of the value's loss on a minibatch and return it."""
        self.actors.use(VALUE, training=True)
        loss = rl.value_loss(self.actors.values(batch), old, returns, batch.answer_mask, self.options.value_clip)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def _clip(self) -> None:
        for weights in (self.policy, self.value):
            torch.nn.utils.clip_grad_norm_(weights.values(), self.options.max_grad_norm or torch.inf)

    def keep(self) -> None:
        """Write the value player beside the policy."""
        tensors = {name: weight.detach().cpu().contiguous() for name, weight in self.value.items()}
        save_file(tensors, self.context.run.result / VALUE_FILE)
