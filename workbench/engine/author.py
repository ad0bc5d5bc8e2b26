"""A model that answers: loaded once, asked as often as one likes."""

from collections.abc import Callable, Sequence
from typing import Any

from workbench.core import registry
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.engine import chat
from workbench.engine.device import Device
from workbench.engine.generation import Answers, end_ids, generate
from workbench.engine.models import load_run


class Author:
    """A run's result, or a plain model, ready to write.

    Args:
        project: The project of the run.
        run: Id or name of a run; empty for a plain model.
        model: A starter's name, a folder or a Hugging Face id; only looked at without a run.
        device: Where it computes.

    Raises:
        UserError: It is not there, or it is not made to write.
    """

    def __init__(self, project: Project, run: str, model: str, device: Device) -> None:
        if run and project.run(run).spec().task == "reward-model":
            raise UserError(tr("Run “{run}” is a reward model: it judges answers and cannot write any.", run=run))
        if run and registry.task(project.run(run).spec().task).sorts:
            raise UserError(tr("Run “{run}” sorts texts into classes and cannot write any.", run=run))
        self.device = device
        self.model, self.tokenizer = load_run(project, project.run(run).id if run else None, model, device)
        self.ends = end_ids(self.model, self.tokenizer)

    def encode(self, messages: Sequence[chat.Message], max_new_tokens: int) -> list[int]:
        """Return a conversation as tokens up to where the answer begins.

        Raises:
            UserError: It leaves no room for an answer.
        """
        ids = chat.encode_prompt(self.tokenizer, messages)
        room = getattr(self.model.config, "max_position_embeddings", None)
        if room and len(ids) + max_new_tokens > room:
            raise UserError(
                tr(
                    "The prompt has {count} tokens; with an answer of {more} that is more than the model's {room}.",
                    count=len(ids),
                    more=max_new_tokens,
                    room=room,
                )
            )
        return ids

    def write(self, prompts: Sequence[Sequence[int]], **settings: Any) -> Answers:
        """Write answers; settings as those of `workbench.engine.generation.generate`."""
        return generate(self.model, prompts, self.device, ends=self.ends, **settings)

    def text(self, ids: Sequence[int]) -> str:
        """Return tokens of an answer as text."""
        return chat.decode_answer(self.tokenizer, ids)


class Pieces:
    """Turns tokens into pieces of text as they come; a character made of several tokens waits until it is whole.

    Args:
        tokenizer: The model's tokenizer.
        hand_on: Told the number of an answer and a piece to append to it.
    """

    def __init__(self, tokenizer: Any, hand_on: Callable[[int, str], None]) -> None:
        self._tokenizer, self._hand_on = tokenizer, hand_on
        self._ids: dict[int, list[int]] = {}
        self._sent: dict[int, str] = {}

    def __call__(self, rows: list[int], tokens: list[int]) -> None:
        """Take one new token for each of some answers."""
        for row, token in zip(rows, tokens, strict=True):
            ids, sent = self._ids.setdefault(row, []), self._sent.get(row, "")
            ids.append(token)
            text: str = self._tokenizer.decode(ids, skip_special_tokens=True).lstrip()
            if text.startswith(sent) and len(text) > len(sent) and not text.endswith(chat.BROKEN):
                self._hand_on(row, text[len(sent) :])
                self._sent[row] = text
