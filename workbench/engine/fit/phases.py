"""The phases of a round of PPO or REINFORCE on tensors without content: writing answers, scoring them, learning."""

from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from workbench.engine import rl, shared_prefix
from workbench.engine.actors import PACKED, POLICY, REFERENCE, REWARD, VALUE
from workbench.engine.device import Device, autocast
from workbench.engine.fit.meter import Meter
from workbench.engine.fit.sizes import Sizes
from workbench.engine.generation import _forward
from workbench.engine.models import decoder, output_logits, trainable


def others(task: str) -> list[str]:
    """Return the names of the players beside the policy."""
    return [REFERENCE, REWARD, *([VALUE] if task == "ppo" else [])]


def learners(task: str) -> list[str]:
    """Return the names of those that are trained."""
    return [POLICY, VALUE] if task == "ppo" else [POLICY]


def weights(model: Any, player: str) -> list[torch.nn.Parameter]:
    """Return what is trained of a player."""
    model.set_adapter(player)
    return list(trainable(model).values())


class Round:
    """Goes through the phases.

    Args:
        model: With all players (see `others`).
        learners: Names of those that are trained.
        sizes: The largest round.
        options: The task's.
        device: Where it computes.
    """

    def __init__(self, model: Any, learners: list[str], sizes: Sizes, options: Any, device: Device) -> None:
        self._model, self._learners, self._sizes = model.eval(), learners, sizes
        self._options, self._device = options, device

    def phases(self) -> dict[str, Any]:
        """Return what is computed in each phase, in their order."""
        return {"writing": self._write, "scoring": self._score, "learning": self._learn}

    def _write(self) -> None:
        """Write the last token of the longest answers: the cache holds all the others."""
        sizes, model = self._sizes, self._model
        model.set_adapter(POLICY, inference_mode=True)
        with torch.inference_mode(), autocast(self._device):
            cache = DynamicCache(config=model.config)
            ids = self._ids(len(sizes.prompts), sizes.length)
            logits = _forward(model, ids, torch.ones_like(ids), ids, cache)
            del logits
            held = sizes.length + self._options.max_new_tokens - 1
            for layer in cache.layers:
                _, heads, _, width = layer.keys.shape
                layer.keys = layer.keys.new_zeros(sizes.rows, heads, held, width)
                layer.values = layer.values.new_zeros(sizes.rows, heads, held, width)
            last, mask = self._ids(sizes.rows, 1), self._ids(sizes.rows, held + 1)
            logits = _forward(model, last, mask, last, cache)
            logits = logits / self._options.temperature
            normalised = logits.log_softmax(-1)
            normalised.exp().cumsum(-1)

    def _ids(self, rows: int, length: int) -> Tensor:
        return torch.zeros(rows, length, dtype=torch.long, device=self._device.name)

    def _states(self) -> Tensor:
        """Return the hidden states of the answers of a minibatch, (N, H)."""
        size, new = min(self._options.minibatch_size, self._sizes.rows), self._options.max_new_tokens
        prompts = [self._sizes.prompts[row % len(self._sizes.prompts)] for row in range(size)]
        together = sum(map(len, prompts)) + size * new - (size - 1) * _shared(prompts)
        places = torch.zeros(size * new, dtype=torch.long, device=self._device.name)
        with autocast(self._device):
            if shared_prefix.fits(self._model) and together <= PACKED:
                ids = self._ids(1, together)
                mask = torch.ones(1, 1, together, together, dtype=torch.bool, device=self._device.name)
            else:
                ids = self._ids(size, self._sizes.length + new - 1)
                mask = torch.ones_like(ids)
            result = decoder(self._model)(input_ids=ids, attention_mask=mask, position_ids=ids, use_cache=False)
            states: Tensor = result.last_hidden_state.flatten(0, 1)[places]
        return states

    def _log_probs(self) -> tuple[Tensor, Tensor]:
        states = self._states()
        with autocast(self._device):
            logits = output_logits(self._model, states) / self._options.temperature
        return rl.log_probs_of(logits, self._ids(1, len(states))[0]), logits

    def _score(self) -> None:
        """Let the policy's own probabilities, the reference and the reward model judge a minibatch."""
        self._model.set_adapter(REFERENCE, inference_mode=True)
        with torch.no_grad():
            self._log_probs()
            self._states()

    def _learn(self) -> None:
        """Add the gradients of a minibatch, of the policy and then of the value."""
        for player in self._learners:
            self._model.set_adapter(player)
            if player == VALUE:
                loss = self._states().float().sum()
            else:
                log_probs, logits = self._log_probs()
                with torch.no_grad():
                    rl.entropy(logits)
                loss = log_probs.sum()
            loss.backward()  # type: ignore[no-untyped-call]
            del loss


def _shared(prompts: list[tuple[int, ...]]) -> int:
    shortest = min(map(len, prompts))
    return next((at for at in range(shortest) if len({prompt[at] for prompt in prompts}) > 1), shortest)


def measure(round_: Round, meter: Meter) -> dict[str, tuple[int, int, int, int]]:
    """Return of each phase the most bytes of small and of large tensors, of both, and its operations."""
    found = {}
    for name, phase in round_.phases().items():
        meter.restart()
        phase()
        found[name] = (meter.small, meter.large, meter.both, meter.flops)
    return found
