"""Instruction tuning: cross-entropy on the tokens of the answers only (InstructGPT, arXiv 2203.02155, section 3.5)."""

from typing import TYPE_CHECKING, Any

import torch
from torch.nn.functional import cross_entropy

from workbench.core import events
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import batching, chat
from workbench.engine.answers import answer
from workbench.engine.device import Device, probe, seed_everything
from workbench.engine.evaluation import measure
from workbench.engine.loop import Loop, Part, check_enough
from workbench.engine.models import decoder, load_tokenizer, load_trainable, output_logits, starting_point
from workbench.engine.results import save_result

if TYPE_CHECKING:
    from workbench.tasks.instruction_tuning import Options


def train(context: RunContext, options: "Options") -> None:
    """Do the whole run: examples, model, loop, result."""
    device = probe(options.precision)
    seed_everything(options.seed)
    context.phase(tr("Reading the data"))
    tokenizer = load_tokenizer(starting_point(context.project, context.spec).base)
    dataset = Dataset(context.data)
    context.phase(tr("Loading the model"))
    model, start = load_trainable(context.project, context.spec, device)
    objective = InstructionObjective(model, tokenizer, dataset, options, device)
    check_enough(len(objective.examples), dataset.name)
    if left_out := dataset.info.splits["train"] - len(objective.examples):
        text = tr(
            "{count} examples are left out: nothing of their answers fits into {length} tokens.",
            count=left_out,
            length=options.max_length,
        )
        context.emit(events.Note(text=text, level="warning"))

    def keep() -> None:
        save_result(context, model, tokenizer, base=start.base)

    Loop(context, model, objective, options, device, keep).train()


def evaluate(project: Project, run: Run, dataset: Dataset, options: "Options") -> dict[str, float]:
    """Return loss, perplexity and accuracy of a run's answers on a data set; see `workbench.engine.evaluation`."""

    def make(model: Any, tokenizer: Any, device: Device) -> InstructionObjective:
        return InstructionObjective(model, tokenizer, dataset, options, device)

    return measure(project, run, make)


class InstructionObjective:
    """Examples, loss and evaluation of instruction tuning; an `workbench.engine.loop.Objective`."""

    def __init__(self, model: Any, tokenizer: Any, dataset: Dataset, options: "Options", device: Device) -> None:
        self.model, self.tokenizer, self.device, self.options = model, tokenizer, device, options
        held_out = dataset.rows("validation")
        self.examples = self._encode(dataset.rows("train"))
        self.held_out = self._encode(held_out)
        self.prompts = [chat.prompt_of(row) for row in held_out[: options.samples]]
        self.lengths = [len(example.ids) for example in self.examples]

    def _encode(self, rows: list[dict[str, Any]]) -> list[chat.Example]:
        examples = [chat.encode_example(self.tokenizer, chat.messages_of(row), self.options.max_length) for row in rows]
        return [example for example in examples if example.answer_tokens]

    def weight(self, indices: list[int]) -> float:
        """Return the number of answer tokens."""
        return float(sum(self.examples[index].answer_tokens for index in indices))

    def loss(self, indices: list[int]) -> Part:
        """Return the summed cross-entropy of the answer tokens."""
        examples = [self.examples[index] for index in indices]
        logits, labels = answer_logits(self.model, examples, self.tokenizer.pad_token_id, self.device)
        return Part(
            loss=cross_entropy(logits.float(), labels, reduction="sum"),
            tokens=sum(len(example.ids) for example in examples),
            right=_right(logits, labels),
            judged=len(labels),
        )

    def evaluate(self) -> dict[str, float]:
        """Return loss, perplexity and the share of answer tokens that the model would have chosen, on held-out rows."""
        if not self.held_out:
            return {}
        loss = right = count = 0.0
        lengths = [len(example.ids) for example in self.held_out]
        for indices in batching.in_order(lengths, self.options.micro_batch or self.options.batch_size):
            logits, labels = answer_logits(
                self.model, [self.held_out[index] for index in indices], self.tokenizer.pad_token_id, self.device
            )
            loss += float(cross_entropy(logits.float(), labels, reduction="sum"))
            right += _right(logits, labels)
            count += len(labels)
        mean = loss / count
        return {
            "eval/loss": mean,
            "eval/accuracy": right / count,
            "eval/perplexity": float(torch.tensor(mean).exp()),
        }

    def samples(self) -> list[tuple[str, str]]:
        """Return greedy answers to the first held-out prompts."""
        return [
            (prompt[-1]["content"], answer(self.model, self.tokenizer, prompt, max_new_tokens=48))
            for prompt in self.prompts
        ]


def _right(logits: torch.Tensor, labels: torch.Tensor) -> float:
    """Return of how many tokens (N,) the right one has the highest logit (N, vocabulary)."""
    return float((logits.detach().argmax(-1) == labels).sum())


def answer_logits(
    model: Any, examples: list[chat.Example], pad_id: int, device: Device
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the logits (N, vocabulary) of the N answer tokens alone, and these tokens (N,).

    The output layer is the dearest part of a small model, so it sees only the places where an answer token is next.
    """
    ids, mask = batching.pad_batch([example.ids for example in examples], pad_id, device.name)
    answer_mask = torch.tensor(batching.pad([example.answer for example in examples], 0), device=device.name)
    hidden = decoder(model)(input_ids=ids, attention_mask=mask).last_hidden_state
    wanted = answer_mask[:, 1:].bool()
    return output_logits(model, hidden[:, :-1][wanted]), ids[:, 1:][wanted]
