"""Texts into classes: how a text becomes tokens, and how sure a trained classifier is of each class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.registry import Verdict
from workbench.core.reports import said
from workbench.engine import batching
from workbench.engine.class_losses import likely
from workbench.engine.device import Device, autocast
from workbench.engine.models import lineage, load_run
from workbench.engine.virtual_tokens import virtual_tokens

TASK = "text-classification"
TOGETHER = 64
"""Texts that are judged at the same time."""
BLOCK = 64 * TOGETHER
"""Texts that are sorted by length together: what is held as tokens stays small, however many there are."""


@dataclass(frozen=True)
class Encoded:
    """A text, or two that belong together, as tokens.

    Attributes:
        ids: Token ids (T,).
        types: 0 for the tokens of the first text, 1 for those of the second (T,).
    """

    ids: list[int]
    types: list[int]


def encode(tokenizer: Any, rows: Sequence[Row], max_length: int) -> list[Encoded]:
    """Return rows as tokens; of one that is too long the longer text is cut at its end.

    Args:
        tokenizer: The model's tokenizer.
        rows: Each has ``text`` and may have ``text_pair``.
        max_length: In tokens, special ones included (see `room`).
    """
    if not rows:
        return []
    pairs = [row.get("text_pair") for row in rows]
    if None in pairs and any(pairs):  # the tokenizer takes texts or pairs, not both at once
        return [one for row in rows for one in encode(tokenizer, [row], max_length)]
    if tokenizer.num_special_tokens_to_add(pair=True) == tokenizer.num_special_tokens_to_add(pair=False):
        pairs = [f"\n{pair}" for pair in pairs if pair is not None] or pairs  # or nothing would stand between the two
    found = tokenizer(
        [row["text"] for row in rows],
        None if None in pairs else pairs,
        truncation="longest_first",
        max_length=max_length,
        return_token_type_ids=True,
    )
    return [Encoded(*one) for one in zip(found["input_ids"], found["token_type_ids"], strict=True)]


def room(model: Any, tokenizer: Any, wanted: int) -> int:
    """Return how many tokens of a text are read: those wanted, or as many as there is room for."""
    config = model.config
    places = getattr(config, "max_position_embeddings", None) or wanted
    if "roberta" in config.model_type:  # counts its places from the number of its padding token on
        places -= config.pad_token_id + 1
    return int(min(wanted, min(places, tokenizer.model_max_length) - virtual_tokens(model)))


def logits(model: Any, rows: Sequence[Encoded], pad_id: int, device: Device) -> torch.Tensor:
    """Return the logits (B, classes) of B texts, padded to the longest of them."""
    ids, mask = batching.pad_batch([row.ids for row in rows], pad_id, device.name)
    more = {}
    if getattr(model.config, "type_vocab_size", 0) > 1:
        more["token_type_ids"] = torch.tensor(batching.pad([row.types for row in rows], 0), device=device.name)
    found: torch.Tensor = model(input_ids=ids, attention_mask=mask, **more).logits
    return found.float()


class Classifier:
    """A finished ``text-classification`` run, ready to judge texts.

    Args:
        model: A sequence classifier in evaluation mode.
        tokenizer: Its tokenizer.
        labels: Its classes, in the order of its logits.
        max_length: Where texts are cut, in tokens.
        device: Where it computes.
        several: Whether a text may have several classes, or none.

    Attributes:
        labels: As given.
        several: As given.
    """

    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        labels: list[str],
        max_length: int,
        device: Device,
        *,
        several: bool = False,
    ) -> None:
        self.model, self.tokenizer, self.labels, self.several = model, tokenizer, labels, several
        self._max_length, self._device = room(model, tokenizer, max_length), device

    @classmethod
    def load(cls, project: Project, run_id: str, device: Device) -> "Classifier":
        """Load the result of a run.

        Raises:
            UserError: There is no such run, it has no result yet, or it trained no classifier of texts.
        """
        run = project.run(run_id)
        if run.spec().task != TASK:
            raise UserError(
                tr(
                    "Run “{run}” trained no classifier of texts; choose one of the task “{task}”.",
                    run=run.id,
                    task=TASK,
                )
            )
        lineage(project, run.id)  # says so when there is no result
        model, tokenizer = load_run(project, run.id, "", device)
        info = run.result_info()
        several = info.get("several", False)
        return cls(model, tokenizer, info["labels"], info["max_length"], device, several=several)

    @torch.inference_mode()
    def probabilities(
        self, rows: Sequence[Row], progress: Callable[[float], None] = lambda share: None
    ) -> NDArray[np.float64]:
        """Return how likely each class is for each row, (rows, classes), in the order of the rows.

        Args:
            rows: Each has ``text`` and may have ``text_pair``.
            progress: Told the share of the rows that is done, from 0 to 1.
        """
        found = np.zeros((len(rows), len(self.labels)))
        for start in range(0, len(rows), BLOCK):
            block = rows[start : start + BLOCK]
            found[start : start + len(block)] = self._judge(encode(self.tokenizer, block, self._max_length))
            progress((start + len(block)) / len(rows))
        return found

    def _judge(self, rows: list[Encoded]) -> NDArray[np.float64]:
        found = np.zeros((len(rows), len(self.labels)))
        for indices in batching.in_order([len(row.ids) for row in rows], TOGETHER):
            with autocast(self._device):
                some = logits(self.model, [rows[index] for index in indices], self.tokenizer.pad_token_id, self._device)
            found[indices] = likely(some, several=self.several).cpu().numpy()
        return found

    def verdicts(self, rows: Sequence[Row], progress: Callable[[float], None] = lambda share: None) -> list[Verdict]:
        """Return what each row is taken for; as `probabilities`."""
        shares = self.probabilities(rows, progress)
        return [
            Verdict(
                label=label,
                scores=dict(zip(self.labels, share, strict=True)),
                labels=tuple(self.labels[number] for number in said(share, several=True)) if self.several else None,
            )
            for label, share in zip(self.labels_of(shares), shares.tolist(), strict=True)
        ]

    def labels_of(self, probabilities: NDArray[np.float64]) -> list[str]:
        """Return the likeliest class of each row of `probabilities`."""
        return [self.labels[index] for index in probabilities.argmax(-1)]
