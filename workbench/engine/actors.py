"""The players of reinforcement learning as adapters on one frozen base: policy, reference, reward and value.

Memory holds about one model. Changing the player is changing the active adapter. Dropout is off throughout, as in
Ziegler et al. (arXiv 1909.08593): with it the policy that is updated would not be the one that wrote the answers.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor

from workbench.core.context import RunContext
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.engine import rl, shared_prefix
from workbench.engine.batching import pad_batch
from workbench.engine.chat import Message
from workbench.engine.device import Device, autocast
from workbench.engine.few_bits import bits_of
from workbench.engine.generation import end_ids
from workbench.engine.models import (
    activate,
    attach,
    decoder,
    load_adapter,
    load_base,
    load_tokenizer,
    output_logits,
    starting_point,
    trainable,
    without_adapter,
)
from workbench.engine.reward import encode_answer, score, score_together, trained_reward
from workbench.engine.sequences import Sequences

POLICY = "default"
"""PEFT saves the adapter of this name as a flat folder."""
REFERENCE, REWARD, VALUE = "reference", "reward", "value"
PACKED = 1024
"""Tokens in one row of several answers; beyond, looking past each other costs more than the shared beginning saves."""


class Actors:
    """One base model with the adapters of all players.

    Args:
        context: A run with the parents ``from`` (the policy's start and reference) and ``reward``.
        device: Where it computes.
        with_value: Also make a value player, which starts as a copy of the reward model.

    Attributes:
        base: Folder of the base model.
        value_head: Gives the value of a hidden state, on the scale of the normalised reward; None without value.
    """

    def __init__(self, context: RunContext, device: Device, *, with_value: bool) -> None:
        start = starting_point(context.project, context.spec)
        reward = trained_reward(context.project, context.spec.parents["reward"], device.name)
        if reward.lineage.base.resolve() != start.base.resolve() or reward.lineage.adapter is None:
            raise UserError(
                tr("The reward model stands on another base model than the run to improve. Train one from that run.")
            )
        self.base, self.device = start.base, device
        self.tokenizer = load_tokenizer(start.base)
        self._pad: int = self.tokenizer.pad_token_id
        model: Any = load_base(start.base, device, frozen=True, bits=bits_of(context.spec))
        if start.adapter is None:
            model = attach(model, context.spec, name=POLICY)
        else:
            model = load_adapter(model, start.adapter, name=POLICY, trainable=True)
            load_adapter(model, start.adapter, name=REFERENCE, trainable=False)
        load_adapter(model, reward.lineage.adapter, name=REWARD, trainable=False)
        if with_value:
            load_adapter(model, reward.lineage.adapter, name=VALUE, trainable=True)
        self.model = model.eval()
        self.ends = end_ids(model, self.tokenizer)
        self.reward_head, self.scale = reward.head.requires_grad_(False), reward.scale
        self.value_head = self._new_value_head() if with_value else None
        self._reference = REFERENCE if start.adapter else None
        self._packs = shared_prefix.fits(model)

    def _new_value_head(self) -> torch.nn.Linear:
        """Return a copy of the reward head that gives normalised rewards at once."""
        head = torch.nn.Linear(self.reward_head.in_features, 1).to(self.device.name)
        with torch.no_grad():
            head.weight.copy_(self.reward_head.weight / self.scale.deviation)
            head.bias.copy_((self.reward_head.bias - self.scale.mean) / self.scale.deviation)
        return head

    def use(self, player: str, *, training: bool = False) -> None:
        """Make a player's adapter the active one; only the active one of a training step has gradients."""
        activate(self.model, player, trainable=training)

    def parameters(self, player: str) -> dict[str, torch.nn.Parameter]:
        """Return the weights of a player by name, the value's head included."""
        self.use(player, training=True)
        found = trainable(self.model)
        if player == VALUE and self.value_head is not None:
            found |= {f"value_head.{name}": weight for name, weight in self.value_head.named_parameters()}
        return found

    def states(self, batch: Sequences) -> Tensor:
        """Return the active player's last hidden states from which the N answer tokens were chosen, (N, H).

        Where the model allows it, what all prompts of the batch begin with is computed once, and nothing is padded.
        """
        if self._packs:
            packed, places = batch.pack()
            if packed.ids.shape[1] <= PACKED:
                return self._forward(packed.ids, packed.mask, packed.positions)[0, places]
        states = self._forward(batch.ids[:, :-1], batch.mask[:, :-1], batch.positions[:, :-1])
        return states[:, -batch.width :][batch.answer_mask.bool()]

    def _forward(self, ids: Tensor, mask: Tensor, positions: Tensor) -> Tensor:
        with autocast(self.device):
            result = decoder(self.model)(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False)
        states: Tensor = result.last_hidden_state
        return states

    def logits(self, batch: Sequences) -> Tensor:
        """Return the active player's scores for the N answer tokens alone, (N, vocabulary).

        The output layer costs as much as the rest of a small model, and half of a batch of answers may be padding.
        """
        states = self.states(batch)
        with autocast(self.device):
            return output_logits(self.model, states)

    @torch.no_grad()
    def log_probs(self, player: str, batch: Sequences, temperature: float, size: int) -> Tensor:
        """Return the log-probability of each answer token (B, T) under a player, ``size`` answers at a time."""
        name = self._reference if player == REFERENCE else player
        switched: AbstractContextManager[Any] = nullcontext() if name else without_adapter(self.model)
        if name:
            self.use(name)
        with switched:
            return torch.cat(
                [
                    part.spread(rl.log_probs_of(self.logits(part) / temperature, part.tokens))
                    for part in batch.split(size)
                ]
            )

    def values(self, batch: Sequences) -> Tensor:
        """Return the value of the state before each answer token (B, T); the value player must be active."""
        assert self.value_head is not None
        return batch.spread(self.value_head(self.states(batch).float()).squeeze(-1))

    @torch.no_grad()
    def old_values(self, batch: Sequences, size: int) -> Tensor:
        """Return the values (B, T) without gradients, ``size`` answers at a time."""
        self.use(VALUE)
        return torch.cat([self.values(part) for part in batch.split(size)])

    @torch.no_grad()
    def scores(self, prompts: Sequence[list[Message]], texts: Sequence[str], size: int) -> Tensor:
        """Return the normalised reward (B,) of each answer, read as the reward model read them when it was trained."""
        self.use(REWARD)
        rows = [encode_answer(self.tokenizer, prompt, text, 10**9) for prompt, text in zip(prompts, texts, strict=True)]
        parts = []
        for at in range(0, len(rows), size):
            some = rows[at : at + size]
            with autocast(self.device):
                if sum(map(len, some)) <= PACKED:
                    parts.append(score_together(self.model, self.reward_head, some, self._pad))
                else:
                    parts.append(score(self.model, self.reward_head, *pad_batch(some, self._pad, self.device.name)))
        return (torch.cat(parts) - self.scale.mean) / self.scale.deviation
