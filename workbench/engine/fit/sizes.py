"""How large the largest batch of a run is, found in its data without turning all of it into tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.core import estimates, vision_models
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.engine import chat, shared_prefix
from workbench.engine.classes import labels_in
from workbench.engine.classification import encode
from workbench.engine.models import load_tokenizer
from workbench.engine.reward import encode_answer

MOST = 20_000
"""Rows that are looked at; of a larger data set they come from ten places."""

SPARE = 4
"""So many times the rows of a batch become tokens: those that look longest need not be."""


@dataclass(frozen=True)
class Sizes:
    """The examples that are computed at once, the longest of the data.

    Attributes:
        rows: How many.
        length: Tokens of the longest.
        targets: Tokens that are predicted, of all of them.
        classes: Of a classifier; 0 for a model that writes.
        side: Of the images in pixels; 0 for texts.
        rankings: Tokens and answers of each ranking.
        prompts: Token ids of the longest prompts of a round.
    """

    rows: int
    length: int = 0
    targets: int = 0
    classes: int = 0
    side: int = 0
    rankings: tuple[tuple[int, int], ...] = ()
    prompts: tuple[tuple[int, ...], ...] = ()


def largest(task: str, folder: Path, dataset: Dataset, options: Any, config: Any) -> Sizes:
    """Return the size of what the run computes at once.

    Args:
        task: Its name.
        folder: Of the model; a tokenizer there is used, without one lengths are guessed.
        dataset: What it learns from.
        options: The task's.
        config: The model's.

    Raises:
        UserError: The data has no row to learn from.
    """
    rows = _rows(dataset)
    if not rows:
        raise UserError(tr("No row of “{data}” can be used for training.", data=dataset.name))
    at_once = min(getattr(options, "micro_batch", 0) or options.batch_size, options.batch_size, len(rows))
    tokenizer = load_tokenizer(folder) if (folder / "tokenizer_config.json").exists() else None
    most = min(getattr(options, "max_length", 10**9), getattr(config, "max_position_embeddings", None) or 10**9)
    if task == "image-classification":
        shape = config.to_dict()
        side, patches = vision_models.side(shape), vision_models.patches(shape)
        return Sizes(rows=at_once, side=side, classes=_classes(rows, ""), length=patches)
    if task == "text-classification":
        separator = options.label_separator if options.several_labels else ""
        found = _longest(rows, at_once, lambda row: _text(tokenizer, row, most))
        return Sizes(rows=at_once, length=max(found), classes=_classes(rows, separator))
    if task == "domain-adaptation":
        total = sum(map(estimates.tokens_in, (row["text"] for row in rows)))
        length = int(min(most, total))
        return Sizes(rows=at_once, length=length, targets=at_once * (length - 1))
    if task == "reward-model":
        rankings = [_ranking(tokenizer, row, most) for row in _likely(rows, at_once)]
        chosen = tuple(sorted(rankings, reverse=True)[:at_once])
        return Sizes(rows=at_once, length=chosen[0][0], rankings=chosen)
    if task in ("ppo", "reinforce"):
        likely = [_prompt(tokenizer, row) for row in _likely(rows, options.batch_size)]
        usable = sorted((ids for ids in likely if len(ids) <= options.max_prompt_length), key=len, reverse=True)
        prompts = tuple((usable or likely)[: options.batch_size])
        return Sizes(rows=options.batch_size * options.answers, length=len(prompts[0]), prompts=prompts)
    examples = sorted((_example(tokenizer, row, int(most)) for row in _likely(rows, at_once)), reverse=True)[:at_once]
    return Sizes(rows=at_once, length=examples[0][0], targets=max(sum(count for _, count in examples), 1))


def _rows(dataset: Dataset) -> list[Row]:
    if dataset.info.rows <= MOST:
        return dataset.rows("train")
    step = dataset.info.rows // 10
    return [row for start in range(0, dataset.info.rows, step) for row in dataset.page(start, MOST // 10)]


def _likely(rows: Sequence[Row], count: int) -> list[Row]:
    """Return those rows that look longest, more than ``count`` of them."""
    return sorted(rows, key=lambda row: -estimates.lengths([row], 0)[0])[: SPARE * count]


def _longest(rows: Sequence[Row], count: int, length: Callable[[Row], int]) -> list[int]:
    return sorted(map(length, _likely(rows, count)), reverse=True)[:count]


def _classes(rows: Sequence[Row], separator: str) -> int:
    return len({label for row in rows for label in labels_in(row["label"], separator)})


def _text(tokenizer: Any, row: Row, most: int) -> int:
    if tokenizer is None:
        return int(min(most, estimates.lengths([{"text": row["text"]}], estimates.BORDERS)[0]))
    return len(encode(tokenizer, [row], most)[0].ids)


def _example(tokenizer: Any, row: Row, most: int) -> tuple[int, int]:
    """Return the tokens of a conversation, and how many of them are predicted."""
    if tokenizer is None:
        length = int(min(most, estimates.lengths([row])[0]))
        return length, int(length * estimates.ANSWERS)
    example = chat.encode_example(tokenizer, chat.messages_of(row), most)
    return len(example.ids), example.answer_tokens


def _ranking(tokenizer: Any, row: Row, most: int) -> tuple[int, int]:
    """Return the tokens of a ranking, its prompt counted once, and how many answers it has."""
    prompt = [{"role": "user", "content": row["prompt"]}]
    if tokenizer is None:
        return int(estimates.lengths([row])[0]), len(row["responses"])
    rows = [encode_answer(tokenizer, prompt, text, most) for text in row["responses"]]
    return shared_prefix.pack(rows, "cpu").ids.shape[1], len(rows)


def _prompt(tokenizer: Any, row: Row) -> tuple[int, ...]:
    if tokenizer is None:
        return (0,) * int(estimates.lengths([{"text": chat.prompt_of(row)[-1]["content"]}])[0])
    return tuple(chat.encode_prompt(tokenizer, chat.prompt_of(row)))
