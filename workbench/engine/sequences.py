"""Prompts with their answers as one batch: prompts padded on the left, answers on the right, so they line up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from workbench.engine.generation import Answers
from workbench.engine.shared_prefix import SharedPrefix, pack


@dataclass(frozen=True)
class Sequences:
    """B prompts and answers; L tokens in all, the last ``width`` (T) columns are the answers.

    Attributes:
        ids: Token ids, (B, L).
        mask: 1 for real tokens, (B, L).
        width: T.
    """

    ids: Tensor
    mask: Tensor
    width: int

    @classmethod
    def join(cls, prompts: Sequence[Sequence[int]], answers: Answers) -> "Sequences":
        """Put each answer behind its prompt; as many prompts as answers."""
        longest = max(len(prompt) for prompt in prompts)
        place = answers.ids.device
        left = torch.tensor([[*[0] * (longest - len(p)), *p] for p in prompts], device=place)
        real = torch.tensor([[*[0] * (longest - len(p)), *[1] * len(p)] for p in prompts], device=place)
        return cls(torch.cat([left, answers.ids], 1), torch.cat([real, answers.mask], 1), answers.ids.shape[1])

    @property
    def positions(self) -> Tensor:
        """Position of each token in its own text, (B, L)."""
        return (self.mask.cumsum(1) - 1).clamp(min=0)

    @property
    def tokens(self) -> Tensor:
        """The N real tokens of the answers, row after row, (N,)."""
        return self.ids[:, -self.width :][self.answer_mask.bool()]

    def spread(self, values: Tensor) -> Tensor:
        """Return what there is one of for each of `tokens`, (N,), in its place, (B, T), with 0 elsewhere."""
        mask = self.answer_mask
        return torch.zeros_like(mask).masked_scatter(mask.bool(), values.float())

    @property
    def answer_mask(self) -> Tensor:
        """1 for the tokens of the answers as fp32, (B, T)."""
        return self.mask[:, -self.width :].float()

    def pack(self) -> tuple[SharedPrefix, Tensor]:
        """Return all rows in one, and the places in it from which the N answer tokens were chosen, (N,)."""
        rows = [ids[real].tolist() for ids, real in zip(self.ids, self.mask.bool(), strict=True)]
        packed = pack(rows, self.ids.device.type)
        lengths = self.answer_mask.sum(1).long().tolist()
        places = [
            before if before < packed.shared else last - (len(row) - 1 - before)
            for row, last, length in zip(rows, packed.last.tolist(), lengths, strict=True)
            for before in range(len(row) - length - 1, len(row) - 1)
        ]
        return packed, torch.tensor(places, device=self.ids.device)

    def select(self, rows: Tensor) -> "Sequences":
        """Return some of the rows."""
        return Sequences(self.ids[rows], self.mask[rows], self.width)

    def split(self, size: int) -> Iterator["Sequences"]:
        """Give the rows in their order, ``size`` at a time."""
        for at in range(0, len(self.ids), size):
            yield Sequences(self.ids[at : at + size], self.mask[at : at + size], self.width)
