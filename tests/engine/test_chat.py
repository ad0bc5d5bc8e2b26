from pathlib import Path
from typing import Any

import pytest

from tests.engine.tiny import make_tokenizer
from workbench.core import starters
from workbench.engine import chat
from workbench.engine.chat import encode_example, encode_prompt, messages_of, prompt_of, render
from workbench.engine.models import load_tokenizer

END = "<|im_end|>"
ROWS: dict[str, dict[str, Any]] = {
    "plain": {"prompt": "What is rain?", "answer": "Water."},
    "japanese": {"prompt": "雨とは何ですか。", "answer": "空から落ちる水です。☔️"},
    "system": {"system": "Be brief.", "prompt": "Rain?", "answer": "Yes, rain."},
    "blanks": {"prompt": "A list?", "answer": "\n- one\n\n- two\n\n"},
    "looks like a turn": {"prompt": "Say assistant", "answer": "assistant\nuser\nsystem"},
    "the prompt again": {"prompt": "Echo", "answer": "Echo"},
}


@pytest.fixture(scope="module")
def smol() -> Any:
    return load_tokenizer(starters.get("smollm2-135m-instruct"))


def learnt(tokenizer: Any, example: chat.Example) -> list[str]:
    """Return the stretches of the text that count in the loss."""
    parts: list[list[int]] = []
    for place, (token, counts) in enumerate(zip(example.ids, example.answer, strict=True)):
        if counts and (place == 0 or not example.answer[place - 1]):
            parts.append([])
        if counts:
            parts[-1].append(token)
    return [tokenizer.decode(part) for part in parts]


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_the_answer_and_its_end_are_learnt_and_nothing_else(smol: Any, row: dict[str, Any]) -> None:
    example = encode_example(smol, messages_of(row), 512)
    assert learnt(smol, example) == [row["answer"] + END]
    assert smol.decode(example.ids) == render(smol, messages_of(row), answer_next=False)


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_what_comes_before_the_answer_is_what_the_model_is_asked_with(smol: Any, row: dict[str, Any]) -> None:
    example = encode_example(smol, messages_of(row), 512)
    prompt = encode_prompt(smol, prompt_of(row))
    begin = example.answer.index(1)
    if not row["answer"].startswith("\n"):
        assert example.ids[:begin] == prompt
    assert smol.decode(prompt).endswith("<|im_start|>assistant\n")


def test_every_answer_of_a_conversation_is_learnt(smol: Any) -> None:
    messages = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "One?"},
        {"role": "assistant", "content": "First."},
        {"role": "user", "content": "二?"},
        {"role": "assistant", "content": "二番目。"},
    ]
    example = encode_example(smol, messages, 512)
    assert learnt(smol, example) == [f"First.{END}", f"二番目。{END}"]
    assert prompt_of({"messages": messages}) == messages[:2]
    assert example.answer_tokens == sum(example.answer)


def test_a_long_example_loses_its_end(smol: Any) -> None:
    messages = messages_of({"prompt": "Count.", "answer": "one two three four five"})
    whole = encode_example(smol, messages, 512)
    begin = whole.answer.index(1)
    cut = encode_example(smol, messages, begin + 2)
    assert (cut.ids, cut.answer) == (whole.ids[: begin + 2], whole.answer[: begin + 2])
    assert cut.answer_tokens == 2
    assert encode_example(smol, messages, begin).answer_tokens == 0


def test_a_model_without_a_chat_template_gets_a_plain_one(tmp_path: Path) -> None:
    tokenizer = make_tokenizer()
    tokenizer.chat_template = None
    messages = [
        {"role": "user", "content": "a b?"},
        {"role": "assistant", "content": "c."},
        {"role": "user", "content": "d?"},
        {"role": "assistant", "content": "e."},
    ]
    assert render(tokenizer, messages[:1], answer_next=True) == "User: a b?\nAssistant:"
    whole = render(tokenizer, messages, answer_next=False)
    assert whole == "User: a b?\nAssistant: c.<end>\nUser: d?\nAssistant: e.<end>\n"
    spans = [whole[start:end] for start, end in chat._answer_spans(tokenizer, messages, whole)]
    assert spans == [" c.<end>", " e.<end>"]


def test_prompts_of_every_kind() -> None:
    user = {"role": "user", "content": "q"}
    assert prompt_of({"prompt": "q"}) == prompt_of({"prompt": "q", "answer": "a"}) == [user]
    assert prompt_of({"prompt": "q", "system": "s"}) == [{"role": "system", "content": "s"}, user]
    assert prompt_of({"messages": [user]}) == [user]
    assert messages_of({"messages": [user]}) == [user]
