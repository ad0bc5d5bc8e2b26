"""From rows of a data set to token ids, with the part marked that the model shall learn to write."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Message = dict[str, str]

BROKEN = "\ufffd"
"""What a character looks like of which not all bytes are there."""


@dataclass(frozen=True)
class Example:
    """A conversation as tokens.

    Attributes:
        ids: Token ids, length T.
        answer: 1 where the token is part of an answer and counts in the loss, else 0; length T.
    """

    ids: list[int]
    answer: list[int]

    @property
    def answer_tokens(self) -> int:
        """How many tokens the loss is taken over; the first token of a text is never predicted."""
        return sum(self.answer[1:])


def messages_of(row: dict[str, Any]) -> list[Message]:
    """Return a row of the kinds ``chat`` or ``instruction`` as messages."""
    if "messages" in row:
        return list(row["messages"])
    system = [{"role": "system", "content": row["system"]}] if row.get("system") else []
    return [
        *system,
        {"role": "user", "content": row["prompt"]},
        {"role": "assistant", "content": row["answer"]},
    ]


def prompt_of(row: dict[str, Any]) -> list[Message]:
    """Return what comes before the first answer of a row of the kinds ``prompts``, ``instruction`` or ``chat``."""
    if "messages" not in row:
        system = [{"role": "system", "content": row["system"]}] if row.get("system") else []
        return [*system, {"role": "user", "content": row["prompt"]}]
    roles = [message["role"] for message in row["messages"]]
    first = roles.index("assistant") if "assistant" in roles else len(roles)
    return list(row["messages"][:first])


def render(tokenizer: Any, messages: Sequence[Message], *, answer_next: bool) -> str:
    """Write a conversation as the text that the model sees.

    A model without a chat template gets a plain one: a line for each role, and a blank line between turns.

    Args:
        tokenizer: The model's tokenizer.
        messages: The conversation.
        answer_next: End where the model is to begin its answer.
    """
    if tokenizer.chat_template:
        text: str = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=answer_next)
        return text
    turns = "".join(
        f"{message['role'].capitalize()}: {message['content']}{_end(tokenizer, message)}\n" for message in messages
    )
    return turns + "Assistant:" if answer_next else turns


def _end(tokenizer: Any, message: Message) -> str:
    return tokenizer.eos_token or "" if message["role"] == "assistant" else ""


def encode_prompt(tokenizer: Any, messages: Sequence[Message]) -> list[int]:
    """Return the token ids of a conversation up to where the model answers."""
    ids: list[int] = tokenizer(render(tokenizer, messages, answer_next=True), add_special_tokens=False).input_ids
    return ids


def encode_example(tokenizer: Any, messages: Sequence[Message], max_length: int) -> Example:
    """Encode a conversation; every assistant turn with its end token counts in the loss, nothing else does.

    A text longer than ``max_length`` loses its end.
    """
    text = render(tokenizer, messages, answer_next=False)
    spans = _answer_spans(tokenizer, messages, text)
    encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    answer = [int(any(start < end_ and end > begin for begin, end_ in spans)) for start, end in encoded.offset_mapping]
    return Example(encoded.input_ids[:max_length], answer[:max_length])


def _answer_spans(tokenizer: Any, messages: Sequence[Message], text: str) -> list[tuple[int, int]]:
    """Return where in ``text`` the answers stand: from the end of the prompt to the end of the answer's end token."""
    spans = []
    for index, message in enumerate(messages):
        if message["role"] != "assistant":
            continue
        begin = len(render(tokenizer, messages[:index], answer_next=True))
        end = len(render(tokenizer, messages[: index + 1], answer_next=False).rstrip("\n"))
        spans.append((begin, min(end, len(text))))
    return spans


def decode_answer(tokenizer: Any, ids: Any) -> str:
    """Return the tokens of an answer as text, without blanks around it or half a character where it was cut off."""
    text: str = tokenizer.decode(ids, skip_special_tokens=True)
    return text.strip().rstrip(BROKEN)
