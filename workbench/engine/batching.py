"""Which examples come together, in which order: a pure function of seed and epoch, so a resume needs only the step."""

import random
from collections.abc import Sequence

import torch

POOL = 50
"""Batches that are sorted by length together: enough to save padding, few enough to stay shuffled."""


def length_sorted(lengths: Sequence[int], size: int, *, seed: int, epoch: int) -> list[list[int]]:
    """Return the batches of an epoch: shuffled, examples of about one length together, batches in random order.

    Args:
        lengths: Length of each example in tokens.
        size: Examples a batch; the last one may be smaller.
        seed: Of the run.
        epoch: Counted from 0; each epoch has another order.
    """
    draw = random.Random(f"{seed}-{epoch}")
    order = list(range(len(lengths)))
    draw.shuffle(order)
    batches: list[list[int]] = []
    for start in range(0, len(order), size * POOL):
        pool = sorted(order[start : start + size * POOL], key=lambda index: lengths[index])
        batches += [pool[at : at + size] for at in range(0, len(pool), size)]
    draw.shuffle(batches)
    return batches


def in_order(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Return batches for evaluation, longest first, so that a lack of memory shows at once."""
    order = sorted(range(len(lengths)), key=lambda index: -lengths[index])
    return [order[at : at + size] for at in range(0, len(order), size)]


def pad(rows: Sequence[Sequence[int]], value: int) -> list[list[int]]:
    """Fill rows up to the longest with ``value`` on the right."""
    longest = max(len(row) for row in rows)
    return [[*row, *[value] * (longest - len(row))] for row in rows]


def pad_batch(rows: Sequence[Sequence[int]], pad_id: int, device: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and mask, both (B, T), padded on the right."""
    ids = torch.tensor(pad(rows, pad_id), device=device)
    mask = torch.tensor(pad([[1] * len(row) for row in rows], 0), device=device)
    return ids, mask
