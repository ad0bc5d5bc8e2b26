"""Domain adaptation: continued pre-training of a causal language model on plain texts, packed into blocks.

Every token of a text but its first counts in the loss, the end token included, so that the model learns where texts of
the domain end (Gururangan et al., arXiv 2004.10964, there with masked words).
"""

import math
from typing import TYPE_CHECKING, Any

import torch

from workbench.core import events
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import batching, chat, packing
from workbench.engine.classification import room
from workbench.engine.device import Device, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.generation import end_ids, generate
from workbench.engine.loop import Loop, Part, check_enough
from workbench.engine.models import load_tokenizer, load_trainable, starting_point
from workbench.engine.packing import Text
from workbench.engine.results import save_result
from workbench.engine.token_loss import token_loss

if TYPE_CHECKING:
    from workbench.tasks.domain_adaptation import Options

BEST: dict[str, dict[str, int]] = {"loss": {"eval/loss": -1}, "last": {}}
"""What decides which weights are kept."""

TOGETHER = 1000
"""Texts that become tokens at the same time."""

BEGINNING = 24
"""Tokens of a held-out text from which the model goes on in a sample."""

CONTINUATION = 48
"""Tokens that it writes."""


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: texts, model, loop, result."""
    device = probe(options.precision)
    seed_everything(options.seed)
    context.phase(tr("Reading the data"))
    tokenizer = load_tokenizer(starting_point(context.project, context.spec).base)
    dataset = Dataset(context.data)
    context.phase(tr("Loading the model"))
    model, start = load_trainable(context.project, context.spec, device)
    context.phase(tr("Turning texts into tokens"))
    objective = DomainObjective(model, tokenizer, dataset, options, device)
    check_enough(len(objective.examples), dataset.name)
    for note in objective.notes():
        context.emit(note)

    def keep() -> None:
        before, after = _before(context.run), {**context.run.summary().metrics, **loop.best.values}
        more: dict[str, Any] = {"best_step": loop.best.step, "before": before}
        save_result(context, model, tokenizer, base=start.base, values=loop.best.values, **more)
        if objective.held_out:
            words = {
                name: f"{values['eval/perplexity']:.3g}" for name, values in (("before", before), ("after", after))
            }
            text = tr("Perplexity of the texts that are held out: {before} before, {after} after.", **words)
            context.emit(events.Note(text=text))

    loop = Loop(context, model, objective, options, device, keep, best=BEST[options.keep_best])
    loop.train()


def _before(run: Run) -> dict[str, float]:
    """Return what was measured before the first step."""
    measured = (event.values for event in run.follow().read() if isinstance(event, events.Metrics) and not event.step)
    return next(measured, {})


def evaluate(project: Project, run: Run, dataset: Dataset, options: "Options") -> dict[str, float]:
    """Return loss and perplexity of a run's model on texts, and how many these are.

    See `workbench.engine.evaluation`.
    """
    made: list[DomainObjective] = []

    def make(model: Any, tokenizer: Any, device: Device) -> DomainObjective:
        made.append(DomainObjective(model, tokenizer, dataset, options, device))
        return made[-1]

    found = measure(project, run, make)
    blocks = made[-1].held_out
    return {**found, "eval/texts": float(sum(map(len, blocks))), "eval/tokens": float(sum(map(predicted, blocks)))}


class DomainObjective:
    """Blocks of texts, their loss and evaluation; an `workbench.engine.loop.Objective`.

    Attributes:
        examples: Blocks to learn from.
        held_out: Blocks of texts that are never learnt from.
        packed: Whether a block holds more than one text; a model that cannot keep them apart gets one a block.
    """

    def __init__(self, model: Any, tokenizer: Any, dataset: Dataset, options: "Options", device: Device) -> None:
        self.model, self.tokenizer, self.device, self.options = model, tokenizer, device, options
        self.length = room(model, tokenizer, options.max_length)
        self.packed = packing.keeps_apart(model)
        self.texts = self._encode(dataset.rows("train"))
        aside = self._encode(dataset.rows("validation"))
        self.examples, self.held_out = self._blocks(self.texts), self._blocks(aside)
        self.beginnings = [text[: min(BEGINNING, len(text) // 2)] for text in aside[: options.samples]]
        self.lengths = [sum(map(len, block)) for block in self.examples]

    def _encode(self, rows: list[Row]) -> list[Text]:
        """Return texts as tokens with an end token; both texts of a row that has two, and none without a word."""
        texts = [row[role] for row in rows for role in ("text", "text_pair") if row.get(role)]
        end = self.tokenizer.eos_token_id
        encoded: list[Text] = []
        for at in range(0, len(texts), TOGETHER):
            encoded += self.tokenizer(texts[at : at + TOGETHER]).input_ids
        ended = [ids if end is None or ids[-1:] == [end] else [*ids, end] for ids in encoded]
        return [ids for ids in ended if len(ids) > 1]

    def _blocks(self, texts: list[Text]) -> list[list[Text]]:
        """Return texts in blocks, the long ones in pieces."""
        first = self.tokenizer.bos_token_id
        cut = [piece for ids in texts for piece in packing.pieces(ids, self.length, first)]
        if not self.packed:
            return [[piece] for piece in cut]
        filled = packing.fill([len(piece) for piece in cut], self.length, seed=self.options.seed)
        return [[cut[index] for index in block] for block in filled]

    def notes(self) -> list[events.Note]:
        """Return what a person should know of the texts."""
        length, long = self.length, sum(len(text) > self.length for text in self.texts)
        text = tr(
            "{texts} texts with {tokens} tokens fill {blocks} blocks; {held_out} tokens are held out.",
            texts=f"{len(self.texts):,}",
            tokens=f"{sum(self.lengths):,}",
            blocks=f"{len(self.examples):,}",
            held_out=f"{sum(predicted(block) for block in self.held_out):,}",
        )
        notes = [events.Note(text=text)]
        if long:
            text = tr("{count} texts are longer than {length} tokens and are cut there.", count=long, length=length)
            notes.append(events.Note(text=text))
        if not self.packed:
            text = tr("This model cannot keep several texts in one block apart; each gets a block of its own.")
            notes.append(events.Note(text=text, level="warning"))
        return notes

    def weight(self, indices: list[int]) -> float:
        """Return the number of tokens that are predicted."""
        return float(sum(predicted(self.examples[index]) for index in indices))

    def loss(self, indices: list[int]) -> Part:
        """Return the summed cross-entropy of all tokens but the first of each text."""
        loss = self._loss([self.examples[index] for index in indices])
        return Part(loss=loss, tokens=sum(self.lengths[index] for index in indices), right=0.0, judged=0)

    def _loss(self, blocks: list[list[Text]]) -> torch.Tensor:
        laid_out = packing.lay_out(blocks, self.tokenizer.pad_token_id, self.device.name)
        states = packing.hidden_states(self.model, laid_out)
        return token_loss(self.model, states[:, :-1][laid_out.wanted], laid_out.targets)

    def evaluate(self) -> dict[str, float]:
        """Return the mean loss of a held-out token, all tokens counting the same, and perplexity."""
        if not self.held_out:
            return {}
        size = self.options.micro_batch or self.options.batch_size
        lengths = [sum(map(len, block)) for block in self.held_out]
        loss = sum(
            float(self._loss([self.held_out[index] for index in indices]))
            for indices in batching.in_order(lengths, size)
        )
        mean = loss / sum(map(predicted, self.held_out))
        return {"eval/loss": mean, "eval/perplexity": math.exp(mean)}

    def samples(self) -> list[tuple[str, str]]:
        """Return beginnings of held-out texts, and how the model goes on."""
        if not self.beginnings:
            return []
        ends = end_ids(self.model, self.tokenizer)
        written = generate(
            self.model, self.beginnings, self.device, max_new_tokens=CONTINUATION, ends=ends, temperature=0.0
        )
        return [
            (self.tokenizer.decode(begun, skip_special_tokens=True), chat.decode_answer(self.tokenizer, ids))
            for begun, ids in zip(self.beginnings, written.rows(), strict=True)
        ]


def predicted(block: list[Text]) -> int:
    """Return how many tokens of a block are predicted: all but the first of each text."""
    return sum(len(text) - 1 for text in block)
