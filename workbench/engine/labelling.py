"""Labels for texts: from a trained classifier, or from a language model that is asked and whose words are weighed."""

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import DynamicCache

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.labelling.setup import Prompt, Setup, is_classifier
from workbench.core.labelling.store import Labelling, Measured
from workbench.core.project import Project
from workbench.engine import batching
from workbench.engine.author import Author
from workbench.engine.classification import Classifier
from workbench.engine.device import Device, autocast
from workbench.engine.models import decoder, finished_logits, output_logits

TOGETHER = 16
"""Prompts that are read at the same time."""
BLOCK = {True: 512, False: 64}
"""Rows that are proposed before they are written down: by a classifier, by a language model."""
MOST_TOKENS = 512
"""Of a text in a prompt; a longer one loses its end."""
CONTENT_FREE = ("", "N/A")
"""Texts that say nothing, whose answers show what a model says anyway."""
MOST_MEASURED = {True: 2000, False: 300}
"""Rows with known labels that it is measured on at most: a classifier, a language model."""

Told = Callable[[int, int], None]
"""Told how many rows are done, and of how many."""


class Labeller(Protocol):
    """Says how likely each label is."""

    labels: list[str]

    def probabilities(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Return the probability of each label for each row, (rows, labels)."""


class PromptLabeller:
    """A language model that is asked for the label; what counts is how likely each word is as the answer.

    The score of a word is the mean log-probability of its tokens, so that a long word is not worse than a short one.

    Args:
        author: The model.
        labels: The labels in their order.
        words: What the model answers for each.
        prompt: Asks for the label of a row.
        contextual: Divide by what the model says to texts without content (Zhao et al., arXiv 2102.09690, section 5).
    """

    def __init__(
        self, author: Author, labels: Sequence[str], words: Sequence[str], prompt: Prompt, *, contextual: bool
    ) -> None:
        self.labels = list(labels)
        self._author, self._prompt = author, prompt
        lead = "" if author.tokenizer.chat_template else " "
        self._words = [author.tokenizer(lead + word, add_special_tokens=False).input_ids for word in words]
        self._tokens = sorted({token for word in self._words for token in word})
        self._bias = np.ones(len(self.labels))
        if contextual:
            self._bias = self.probabilities([{"text": text} for text in CONTENT_FREE]).mean(0)

    def probabilities(self, rows: Sequence[Row]) -> NDArray[np.float64]:
        """Return the probability of each label for each row, (rows, labels)."""
        prompts = [self._encode(row) for row in rows]
        found = np.zeros((len(rows), len(self.labels)))
        for indices in batching.in_order([len(prompt) for prompt in prompts], TOGETHER):
            found[indices] = self._weigh([prompts[index] for index in indices])
        found = found / self._bias
        return np.asarray(found / found.sum(1, keepdims=True))

    def _encode(self, row: Row) -> list[int]:
        shown: Row = {name: self._cut(row[name]) for name in ("text", "text_pair") if name in row}
        longest = max(len(word) for word in self._words)
        return self._author.encode([{"role": "user", "content": self._prompt.fill(shown)}], longest)

    def _cut(self, text: str) -> str:
        tokenizer = self._author.tokenizer
        if len(text) <= MOST_TOKENS:  # no token is shorter than a character
            return text
        offsets = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True).offset_mapping
        return text[: offsets[MOST_TOKENS - 1][1]] if len(offsets) > MOST_TOKENS else text

    @torch.inference_mode()
    def _weigh(self, prompts: Sequence[Sequence[int]]) -> NDArray[np.float64]:
        """Return the probabilities of the words for B prompts; a prompt is read once for all its words."""
        longest = max(len(prompt) for prompt in prompts)
        gaps = [longest - len(prompt) for prompt in prompts]
        ids = torch.tensor([[*[0] * gap, *prompt] for gap, prompt in zip(gaps, prompts, strict=True)])
        mask = (torch.arange(longest) >= torch.tensor(gaps)[:, None]).long()
        cache = DynamicCache(config=self._author.model.config)
        first = self._log_probs(ids, mask, (mask.cumsum(1) - 1).clamp(min=0), cache, keep=1)[:, 0]
        rest = self._continue(mask, cache)
        place = {token: number for number, token in enumerate(self._tokens)}
        scores = [
            (first[:, place[word[0]]] + sum(rest[:, number, at, place[token]] for at, token in enumerate(word[1:])))
            / len(word)
            for number, word in enumerate(self._words)
        ]
        return np.asarray(torch.stack(scores, 1).double().softmax(1).cpu().numpy())

    def _continue(self, mask: torch.Tensor, cache: DynamicCache) -> torch.Tensor:
        """Return the log-probabilities after each token of each word but its last, (B, words, steps, tokens)."""
        count, width = len(self._words), max(len(word) for word in self._words) - 1
        if not width:
            return torch.zeros(len(mask), count, 0, 0)
        cache.batch_repeat_interleave(count)
        ids = torch.tensor(batching.pad([word[:-1] for word in self._words], 0)).repeat(len(mask), 1)
        positions = mask.sum(1).repeat_interleave(count)[:, None] + torch.arange(width)
        long = torch.cat([mask.repeat_interleave(count, 0), torch.ones_like(ids)], 1)
        found = self._log_probs(ids, long, positions, cache, keep=width)
        return found.view(len(mask), count, width, -1)

    def _log_probs(
        self, ids: torch.Tensor, mask: torch.Tensor, positions: torch.Tensor, cache: DynamicCache, *, keep: int
    ) -> torch.Tensor:
        """Return the log-probabilities of the tokens of the words at the last ``keep`` places, (rows, keep, tokens).

        In bf16 a logit of 20 is a multiple of 0.125, so many texts would seem equally certain: for these few tokens
        the output layer is computed again in fp32.
        """
        model, device = self._author.model, self._author.device
        head = model.get_output_embeddings()
        with autocast(device):
            states = decoder(model)(
                input_ids=ids.to(device.name),
                attention_mask=mask.to(device.name),
                position_ids=positions.to(device.name),
                past_key_values=cache,
                use_cache=True,
            ).last_hidden_state[:, -keep:]
            logits = output_logits(model, states).float()
        whole = logits.logsumexp(-1, keepdim=True)
        if type(head) is not torch.nn.Linear:  # an adapter stands on it: its weights are not all there is
            return torch.as_tensor(logits[..., self._tokens] - whole)
        bias = head.bias[self._tokens].float() if head.bias is not None else None
        exact = torch.nn.functional.linear(states.float(), head.weight[self._tokens].float(), bias)
        return torch.as_tensor(finished_logits(model, exact) - whole)


def load(project: Project, setup: Setup, device: Device) -> Labeller:
    """Load who labels."""
    if is_classifier(project, setup.run):
        return Classifier.load(project, setup.run, device)
    author = Author(project, setup.run, setup.model, device)
    prompt = Prompt(setup.prompt, setup.words)
    return PromptLabeller(author, setup.labels, setup.words, prompt, contextual=setup.contextual)


def propose(labelling: Labelling, labeller: Labeller, told: Told = lambda done, total: None) -> None:
    """Propose labels for all rows that have none yet; what is done is on disk after each block."""
    source = labelling.source()
    total, at = source.info.rows, labelling.proposals().next()
    size = BLOCK[isinstance(labeller, Classifier)]
    told(at, total)
    while at < total:
        rows = source.page(at, size)
        labelling.add(at, labeller.probabilities(rows).tolist())
        at += len(rows)
        told(at, total)


def measure(labelling: Labelling, labeller: Labeller, known: Dataset) -> None:
    """Let the labeller judge rows whose labels are known, to see what its confidence is worth.

    A run is measured on what was held out when it learnt from the same data; otherwise all rows count.

    Raises:
        UserError: The data set has no labels, or none that the labeller knows.
    """
    was = labelling.measured()
    if was is not None and (was.data, was.hash) == (known.name, known.info.hash):
        return
    rows = _not_learnt(labelling, known)
    rows = rows[:: -(-len(rows) // MOST_MEASURED[isinstance(labeller, Classifier)])]
    if not {row["label"] for row in rows} & set(labeller.labels):
        raise UserError(
            tr(
                "The labels of “{name}” are not those that are given: {labels}.",
                name=known.name,
                labels=", ".join(labeller.labels),
            )
        )
    found = labeller.probabilities(rows)
    chosen = [labeller.labels[index] for index in found.argmax(1)]
    labelling.measure(
        Measured(
            data=known.name,
            hash=known.info.hash,
            confidence=found.max(1).tolist(),
            right=[label == row["label"] for label, row in zip(chosen, rows, strict=True)],
        )
    )


def _not_learnt(labelling: Labelling, known: Dataset) -> list[Row]:
    """Return the rows that the labeller has not learnt from."""
    if known.info.kind != "text-label":
        raise UserError(tr("“{name}” holds no texts with labels.", name=known.name))
    run = labelling.setup.run
    learnt = bool(run) and labelling.project.run(run).spec().data == known.name
    rows = known.rows("validation" if learnt else "all")
    if not rows:
        raise UserError(
            tr("Nothing of “{name}” was held out from the run, so it cannot be measured on it.", name=known.name)
        )
    return rows
