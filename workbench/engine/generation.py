"""Writing answers token by token: many at once, with their log-probabilities, exactly repeatable from a seed.

Each answer has its own stream of random numbers, so it does not depend on when the others end. Only the last step's
scores are in memory. Adapters are not merged for it: on two CPU cores a merged model was no faster at one token a step,
and a bf16 base would not come back bit for bit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache

from workbench.engine.device import Device, autocast
from workbench.engine.models import decoder, output_logits

NUCLEUS = 256
"""How many of the likeliest tokens are sorted first; with fewer than ``top_p`` in them, the whole vocabulary is."""


@dataclass(frozen=True)
class Answers:
    """Answers, padded on the right. B prompts times ``count``; row ``i * count + j`` is answer j to prompt i.

    Attributes:
        ids: Token ids with the end token, where there is one, (B, T).
        mask: 1 for the tokens of an answer, (B, T).
        log_probs: Log-probability of each token under the model at the temperature of the sampling, before ``top_p``
            cuts the tail off; at temperature 0 as at temperature 1. fp32, 0 outside the mask, (B, T).
        ended: Whether the model ended its answer itself, (B,).
    """

    ids: Tensor
    mask: Tensor
    log_probs: Tensor
    ended: Tensor

    def rows(self) -> list[list[int]]:
        """Return the tokens of each answer without padding and without the end token."""
        lengths = (self.mask.sum(1) - self.ended.long()).tolist()
        return [row[:length] for row, length in zip(self.ids.tolist(), lengths, strict=True)]

    def select(self, order: Tensor) -> "Answers":
        """Return some of the answers, or all of them in another order."""
        return Answers(self.ids[order], self.mask[order], self.log_probs[order], self.ended[order])


def end_ids(model: Any, tokenizer: Any) -> set[int]:
    """Return the tokens that end an answer, by the model's generation settings and its tokenizer."""
    settings = getattr(model, "generation_config", None)
    ends = getattr(settings, "eos_token_id", None)
    listed = ends if isinstance(ends, list) else [ends]
    return {int(token) for token in (*listed, tokenizer.eos_token_id) if token is not None}


def generate(
    model: Any,
    prompts: Sequence[Sequence[int]],
    device: Device,
    *,
    count: int = 1,
    max_new_tokens: int,
    ends: set[int],
    temperature: float = 1.0,
    top_p: float = 1.0,
    seed: int = 0,
    on_tokens: Callable[[list[int], list[int]], None] | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Answers:
    """Write ``count`` answers to each prompt.

    Args:
        model: A causal language model in evaluation mode, adapters as they are set.
        prompts: Token ids of each prompt.
        device: Where and how it computes.
        count: Answers a prompt; the prompt is computed once for them all.
        max_new_tokens: Where an answer is cut off.
        ends: Tokens that end an answer.
        temperature: 0 takes the likeliest token each time.
        top_p: Samples from the likeliest tokens that together have this probability (arXiv 1904.09751).
        seed: The same seed gives the same answers.
        on_tokens: Told the rows that go on and their new tokens after each step.
        stopped: Asked before each step; True ends the writing early.
    """
    writer = _Writer(len(prompts) * count, max_new_tokens, ends, temperature, top_p, seed, device)
    with torch.inference_mode(), autocast(device):
        ids, mask = _left_padded(prompts, device)
        cache = DynamicCache(config=model.config)
        logits = _forward(model, ids, mask, _positions(mask), cache)
        if count > 1:
            cache.batch_repeat_interleave(count)
            logits, mask = logits.repeat_interleave(count, 0), mask.repeat_interleave(count, 0)
        position = mask.sum(1, keepdim=True)
        while not stopped():
            tokens, going = writer.take(logits)
            if on_tokens is not None:
                on_tokens(writer.written, tokens.tolist())
            if writer.is_full or not len(writer.alive):
                break
            if len(going) < len(tokens):
                cache.batch_select_indices(going)
                tokens, mask, position = tokens[going], mask[going], position[going]
            mask = torch.cat([mask, torch.ones_like(mask[:, :1])], 1)
            logits = _forward(model, tokens.unsqueeze(1), mask, position, cache)
            position = position + 1
    return writer.answers()


def _forward(model: Any, ids: Tensor, mask: Tensor, positions: Tensor, cache: DynamicCache) -> Tensor:
    """Return the scores of the next token, (rows, vocabulary)."""
    states = decoder(model)(
        input_ids=ids,
        attention_mask=mask,
        position_ids=positions,
        past_key_values=cache,
        use_cache=True,
    ).last_hidden_state
    return output_logits(model, states[:, -1]).float()


def _left_padded(prompts: Sequence[Sequence[int]], device: Device) -> tuple[Tensor, Tensor]:
    longest = max(len(prompt) for prompt in prompts)
    ids = [[*[0] * (longest - len(prompt)), *prompt] for prompt in prompts]
    mask = [[*[0] * (longest - len(prompt)), *[1] * len(prompt)] for prompt in prompts]
    return torch.tensor(ids, device=device.name), torch.tensor(mask, device=device.name)


def _positions(mask: Tensor) -> Tensor:
    return (mask.cumsum(1) - 1).clamp(min=0)


class _Writer:
    """Chooses tokens and keeps what is written; knows which rows are still going."""

    def __init__(
        self, rows: int, length: int, ends: set[int], temperature: float, top_p: float, seed: int, device: Device
    ) -> None:
        place = device.name
        self.ids = torch.zeros(rows, length, dtype=torch.long, device=place)
        self.mask = torch.zeros(rows, length, dtype=torch.long, device=place)
        self.log_probs = torch.zeros(rows, length, device=place)
        self.ended = torch.zeros(rows, dtype=torch.bool, device=place)
        self.alive = torch.arange(rows, device=place)
        self.written: list[int] = []
        self._ends = torch.tensor(sorted(ends), dtype=torch.long, device=place)
        self._temperature, self._top_p = temperature, top_p
        self._generator = torch.Generator().manual_seed(seed)
        self._step = 0

    @property
    def is_full(self) -> bool:
        """Whether the answers have reached their greatest length."""
        return self._step == self.ids.shape[1]

    def take(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Choose a token for every row that is alive; return the tokens and the places of those that go on."""
        rows = self.alive
        uniform = torch.rand(len(self.ids), generator=self._generator)[rows.cpu()].to(logits.device)
        if self._temperature > 0:
            logits = logits / self._temperature
        normalised = logits.log_softmax(-1)
        tokens = normalised.argmax(-1) if self._temperature == 0 else _draw(normalised.exp(), uniform, self._top_p)
        self.ids[rows, self._step] = tokens
        self.mask[rows, self._step] = 1
        self.log_probs[rows, self._step] = normalised.gather(1, tokens.unsqueeze(1)).squeeze(1)
        self._step += 1
        ending = torch.isin(tokens, self._ends)
        self.ended[rows[ending]] = True
        self.written = rows.tolist()
        going = (~ending).nonzero().squeeze(1)
        self.alive = rows[going]
        return tokens, going

    def answers(self) -> Answers:
        """Return what is written, as ordinary tensors that a gradient may flow past."""
        longest = max(1, self._step)
        return Answers(
            self.ids[:, :longest].clone(),
            self.mask[:, :longest].clone(),
            self.log_probs[:, :longest].clone(),
            self.ended.clone(),
        )


def _draw(probabilities: Tensor, uniform: Tensor, top_p: float) -> Tensor:
    """Choose a token in each row by inverting the cumulative distribution at a uniform number.

    Args:
        probabilities: (rows, vocabulary).
        uniform: From [0, 1), (rows,).
        top_p: See `generate`.
    """
    if top_p >= 1:
        return _invert(probabilities, uniform)
    likely, ids = probabilities.topk(min(NUCLEUS, probabilities.shape[-1]))
    if likely.sum(-1).min() < top_p:
        likely, ids = probabilities.sort(descending=True)
    before = likely.cumsum(-1) - likely
    return ids.gather(1, _invert(likely * (before < top_p), uniform).unsqueeze(1)).squeeze(1)


def _invert(weights: Tensor, uniform: Tensor) -> Tensor:
    cumulative = weights.cumsum(-1)
    wanted = (uniform * cumulative[:, -1]).unsqueeze(1)
    return torch.searchsorted(cumulative, wanted, right=True).squeeze(1).clamp(max=weights.shape[-1] - 1)
