"""Many short texts in one row, each as if it were alone: no padding between them, and no text sees another.

A row is a block of whole texts, one after the other. Each text counts its positions from 0, by which transformers
(``masking_utils.find_packed_sequence_indices``) knows where one ends and the next begins, and masks attention across
the borders. Texts are never cut to fill a block (Ding et al., arXiv 2404.10830): only one that is longer than a block
becomes several.

Letters: B blocks, T tokens in the longest of them, H hidden size.
"""

import bisect
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from workbench.engine.models import decoder

Text = list[int]
"""Token ids."""

TRIAL = 8
"""Tokens of each of the two texts by which a model is tried."""

TOLERANCE = 0.1
"""Greatest difference that counts as none, relative to the hidden states. In bf16 SmolLM2 differs by 0.015 with borders
and by 0.63 without."""


def pieces(ids: Text, room: int, first: int | None) -> list[Text]:
    """Cut a text that is longer than a block into texts of their own; the first token is predicted in none of them.

    Args:
        ids: The text.
        room: Tokens of a block.
        first: The token that the tokenizer may put before a text; if this text has it, each piece gets it.
    """
    if len(ids) <= room:
        return [ids]
    start = ids[:1] if ids[0] == first else []
    body, step = ids[len(start) :], room - len(start)
    cut = [start + body[at : at + step] for at in range(0, len(body), step)]
    return [piece for piece in cut if len(piece) > 1]


def fill(lengths: Sequence[int], room: int, *, seed: int) -> list[list[int]]:
    """Return which texts share a block: shuffled, each put where it leaves the least room (best fit).

    Args:
        lengths: Tokens of each text, none more than ``room``.
        room: Tokens of a block.
        seed: The same seed gives the same blocks.
    """
    order = list(range(len(lengths)))
    random.Random(seed).shuffle(order)
    blocks: list[list[int]] = []
    free: list[tuple[int, int]] = []  # room that is left, and the block that has it, sorted
    for index in order:
        at = bisect.bisect_left(free, (lengths[index], -1))
        if at == len(free):
            left, block = room, len(blocks)
            blocks.append([])
        else:
            left, block = free.pop(at)
        blocks[block].append(index)
        bisect.insort(free, (left - lengths[index], block))
    return blocks


@dataclass(frozen=True)
class Packed:
    """Blocks as tensors.

    Attributes:
        ids: Token ids (B, T).
        positions: Place of each token in its own text (B, T); padding counts as one more text.
        wanted: True where the next token belongs to the same text, and so can be predicted (B, T - 1).
    """

    ids: Tensor
    positions: Tensor
    wanted: Tensor

    @property
    def targets(self) -> Tensor:
        """The N tokens that can be predicted, block after block, (N,)."""
        return self.ids[:, 1:][self.wanted]


def lay_out(blocks: Sequence[Sequence[Text]], pad_id: int, device: str) -> Packed:
    """Return blocks of texts as tensors, padded to the longest block."""
    longest = max(sum(map(len, block)) for block in blocks)
    ids, positions, follows = [], [], []
    for block in blocks:
        padding = [pad_id] * (longest - sum(map(len, block)))
        ids.append([token for text in (*block, padding) for token in text])
        positions.append([place for text in (*block, padding) for place in range(len(text))])
        follows.append([place > 0 for text in block for place in range(len(text))] + [False] * len(padding))
    return Packed(
        torch.tensor(ids, device=device),
        torch.tensor(positions, device=device),
        torch.tensor(follows, device=device)[:, 1:],
    )


def hidden_states(model: Any, packed: Packed) -> Tensor:
    """Return what a causal language model has at every token, below its output layer, (B, T, H)."""
    states: Tensor = decoder(model)(
        input_ids=packed.ids, position_ids=packed.positions, use_cache=False
    ).last_hidden_state
    return states


@torch.no_grad()
def keeps_apart(model: Any) -> bool:
    """Return whether a model computes a text in a block as it does alone; found by trying it with two short texts.

    Models that remember by other means than attention (Mamba and its kin) do not.
    """
    was_training = model.training
    model.eval()
    draw = random.Random(0)
    one, other = ([draw.randrange(model.config.vocab_size) for _ in range(TRIAL)] for _ in range(2))
    together, alone = (
        hidden_states(model, lay_out([texts], 0, model.device.type))[0, -TRIAL:].float()
        for texts in ([one, other], [other])
    )
    model.train(was_training)
    return bool((together - alone).norm() < TOLERANCE * alone.norm())
