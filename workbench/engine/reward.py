"""A reward model: a language model's body with an adapter, and a head that gives one number for a whole answer.

Stiennon et al. (arXiv 2009.01325), section 3.4: a linear head on the hidden state of the last token.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from workbench.core.project import Project
from workbench.engine import chat, shared_prefix
from workbench.engine.batching import pad_batch
from workbench.engine.models import Lineage, decoder, lineage

HEAD_FILE = "reward.safetensors"


@dataclass(frozen=True)
class RewardScale:
    """Mean and deviation of the raw reward on reference answers; scores are given as (raw - mean) / deviation."""

    mean: float = 0.0
    deviation: float = 1.0


def new_head(hidden_size: int) -> torch.nn.Linear:
    """Return a fresh head, weights from N(0, 1 / (hidden_size + 1)) (arXiv 2009.01325, appendix B.1)."""
    head = torch.nn.Linear(hidden_size, 1)
    torch.nn.init.normal_(head.weight, std=(hidden_size + 1) ** -0.5)
    torch.nn.init.zeros_(head.bias)
    return head


def hidden_states(model: Any, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the last hidden states (B, T, H) of token ids (B, T) with their attention mask (B, T)."""
    states: torch.Tensor = decoder(model)(input_ids=ids, attention_mask=mask).last_hidden_state
    return states


def score(model: Any, head: torch.nn.Linear, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Return the raw reward (B,) at the last real token of each row, computed in fp32 by the head.

    Args:
        model: A causal language model, adapters as they are set.
        head: From `new_head` or `load_head`.
        ids: Token ids (B, T), padded on either side.
        mask: 1 for real tokens (B, T).
    """
    states = hidden_states(model, ids, mask)
    places = torch.arange(mask.shape[1], device=mask.device) * mask
    last = places.argmax(1)
    return _head(head, states[torch.arange(len(last), device=last.device), last])


def score_together(model: Any, head: torch.nn.Linear, rows: Sequence[Sequence[int]], pad_id: int) -> torch.Tensor:
    """Return the raw rewards (K,) of K answers to one prompt, the prompt computed once where the model allows it.

    Args:
        model: As for `score`.
        head: As for `score`.
        rows: K rows of token ids, prompt and answer.
        pad_id: Fills rows where they must be computed apart.
    """
    device = model.device.type
    if not shared_prefix.fits(model):
        return score(model, head, *pad_batch(rows, pad_id, device))
    packed = shared_prefix.pack(rows, device)
    states = decoder(model)(
        input_ids=packed.ids, attention_mask=packed.mask, position_ids=packed.positions
    ).last_hidden_state
    return _head(head, states[0, packed.last])


def _head(head: torch.nn.Linear, states: torch.Tensor) -> torch.Tensor:
    """Apply the head to hidden states (N, H) in fp32; returns (N,)."""
    with torch.autocast(states.device.type, enabled=False):
        rewards: torch.Tensor = head(states.float())
    return rewards.squeeze(-1)


def encode_answer(tokenizer: Any, prompt: Sequence[chat.Message], answer: str, max_length: int) -> list[int]:
    """Return prompt and answer as token ids, the end token last; a long one loses its beginning, not its end."""
    messages = [*prompt, {"role": "assistant", "content": answer}]
    example = chat.encode_example(tokenizer, messages, 10**9)
    last = max((place for place, is_answer in enumerate(example.answer) if is_answer), default=len(example.ids) - 1)
    return example.ids[: last + 1][-max_length:]  # a template may write a line break behind the end token


def save_head(head: torch.nn.Linear, folder: Path) -> None:
    """Write a head as safetensors."""
    save_file(
        {name: value.detach().cpu().contiguous() for name, value in head.state_dict().items()},
        folder / HEAD_FILE,
    )


def load_head(folder: Path, device: str = "cpu") -> torch.nn.Linear:
    """Read a head from a result folder."""
    state = load_file(folder / HEAD_FILE)
    head = torch.nn.Linear(state["weight"].shape[1], 1)
    head.load_state_dict(state)
    return head.to(device)


@dataclass(frozen=True)
class TrainedReward:
    """A finished reward model as files: what it stands on, its head, its scale."""

    lineage: Lineage
    head: torch.nn.Linear
    scale: RewardScale


def trained_reward(project: Project, run_id: str, device: str = "cpu") -> TrainedReward:
    """Open the result of a ``reward-model`` run."""
    run = project.run(run_id)
    info = run.result_info()
    scale = RewardScale(info["reward_mean"], info["reward_deviation"])
    return TrainedReward(lineage(project, run_id), load_head(run.result, device), scale)
