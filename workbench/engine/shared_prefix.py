"""Several continuations of one beginning in one row: the beginning is computed once.

K answers to a prompt of P tokens cost P + the sum of the answers' lengths instead of K times P more. Each answer sees
the prompt and itself (a mask of its own) and stands at the positions that it would have alone, so its hidden states
are the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class SharedPrefix:
    """K rows of tokens, packed.

    Attributes:
        ids: Token ids (1, T): the common beginning, then the rest of each row.
        positions: Place of each token in its own row (1, T).
        mask: True where a token (row) may look at another (column), (1, 1, T, T).
        last: Where in T each row ends, (K,).
        shared: Length of the common beginning.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    last: torch.Tensor
    shared: int


def pack(rows: Sequence[Sequence[int]], device: str) -> SharedPrefix:
    """Pack rows of token ids; at least the last token of each row is kept out of the common beginning."""
    shortest = min(len(row) for row in rows)
    shared = next((at for at in range(shortest - 1) if len({row[at] for row in rows}) > 1), shortest - 1)
    ids, positions, owners, last = list(rows[0][:shared]), list(range(shared)), [-1] * shared, []
    for number, row in enumerate(rows):
        rest = row[shared:]
        ids += rest
        positions += range(shared, len(row))
        owners += [number] * len(rest)
        last.append(len(ids) - 1)
    owner = torch.tensor(owners, device=device)
    causal = torch.ones(len(ids), len(ids), dtype=torch.bool, device=device).tril()
    mask = causal & ((owner[None, :] == -1) | (owner[None, :] == owner[:, None]))
    return SharedPrefix(
        torch.tensor([ids], device=device),
        torch.tensor([positions], device=device),
        mask[None, None],
        torch.tensor(last, device=device),
        shared,
    )


def fits(model: Any) -> bool:
    """Return whether a model takes a mask of one's own: plain attention over the whole text does."""
    config = model.config
    plain = getattr(config, "_attn_implementation", "") in ("sdpa", "eager")
    return plain and getattr(config, "sliding_window", None) is None and not getattr(config, "layer_types", None)
