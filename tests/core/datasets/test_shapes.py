"""Each shape that is recognised without asking: which kind it is, and what a row of it becomes."""

import json
from pathlib import Path
from typing import Any

import pytest

from workbench.core.datasets.importer import look, preview

HELLO = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
ASKED = [{"role": "user", "content": "Why?"}]

SHAPES: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "alpaca": (
        "instruction",
        {"instruction": "Translate", "input": "cat", "output": "猫"},
        {"prompt": "Translate", "input": "cat", "answer": "猫"},
    ),
    "alpaca without input": (
        "instruction",
        {"instruction": "Say hi", "input": "", "output": "hi"},
        {"prompt": "Say hi", "answer": "hi"},
    ),
    "prompt and completion": (
        "instruction",
        {"prompt": "p", "completion": "c"},
        {"prompt": "p", "answer": "c"},
    ),
    "prompt and completion as messages": (
        "instruction",
        {
            "prompt": [{"role": "system", "content": "Be brief"}, *ASKED],
            "completion": [{"role": "assistant", "content": "So."}],
        },
        {"prompt": "Why?", "answer": "So.", "system": "Be brief"},
    ),
    "question, answer and context": (
        "instruction",
        {"id": 1, "question": "Who?", "context": "Ann came.", "answer": "Ann"},
        {"prompt": "Who?", "input": "Ann came.", "answer": "Ann"},
    ),
    "SQuAD": (
        "instruction",
        {
            "id": "5",
            "title": "A",
            "context": "Ann came.",
            "question": "Who?",
            "answers": {"text": ["Ann", "Ann"], "answer_start": [0, 0]},
        },
        {"prompt": "Who?", "input": "Ann came.", "answer": "Ann"},
    ),
    "one good answer in a list": (
        "instruction",
        {"question": "Who?", "answers": ["Ann"]},
        {"prompt": "Who?", "answer": "Ann"},
    ),
    "messages": ("chat", {"messages": HELLO}, {"messages": HELLO}),
    "a list of messages": ("chat", HELLO, {"messages": HELLO}),
    "messages under another name": ("chat", {"id": 3, "log": HELLO}, {"messages": HELLO}),
    "ShareGPT": (
        "chat",
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}], "tools": "[]"},
        {"messages": HELLO},
    ),
    "ShareGPT with a system column": (
        "chat",
        {"conversations": [{"from": "human", "value": "Hi"}, {"from": "gpt", "value": "Hello"}], "system": "Be kind"},
        {"messages": [{"role": "system", "content": "Be kind"}, *HELLO]},
    ),
    "pairs": (
        "ranking",
        {"prompt": "p", "chosen": "good", "rejected": "bad"},
        {"prompt": "p", "responses": ["good", "bad"], "ranks": [1, 2]},
    ),
    "pairs of messages": (
        "ranking",
        {
            "chosen": [*ASKED, {"role": "assistant", "content": "good"}],
            "rejected": [*ASKED, {"role": "assistant", "content": "bad"}],
            "score_chosen": 8.0,
        },
        {"prompt": "Why?", "responses": ["good", "bad"], "ranks": [1, 2]},
    ),
    "pairs of messages with a prompt of messages": (
        "ranking",
        {
            "prompt": ASKED,
            "chosen": [{"role": "assistant", "content": "good"}],
            "rejected": [{"role": "assistant", "content": "bad"}],
        },
        {"prompt": "Why?", "responses": ["good", "bad"], "ranks": [1, 2]},
    ),
    "pairs of transcripts": (
        "ranking",
        {"chosen": "\n\nHuman: Why?\n\nAssistant: So it is.", "rejected": "\n\nHuman: Why?\n\nAssistant: So what?"},
        {"prompt": "Why?", "responses": ["So it is.", "So what?"], "ranks": [1, 2]},
    ),
    "pairs of long transcripts": (
        "ranking",
        {
            "chosen": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: good",
            "rejected": "\n\nHuman: a\n\nAssistant: b\n\nHuman: c\n\nAssistant: bad",
        },
        {
            "prompt": "Human: a\n\nAssistant: b\n\nHuman: c",
            "responses": ["good", "bad"],
            "ranks": [1, 2],
        },
    ),
    "ranked list": (
        "ranking",
        {"prompt": "p", "responses": ["a", "b", "c"], "ranks": [2, 1, 2]},
        {"prompt": "p", "responses": ["a", "b", "c"], "ranks": [2, 1, 2]},
    ),
    "best first": (
        "ranking",
        {"question": "q", "responses": ["a", "b", "c"]},
        {"prompt": "q", "responses": ["a", "b", "c"], "ranks": [1, 2, 3]},
    ),
    "scores beside the answers": (
        "ranking",
        {"prompt": "p", "responses": ["a", "b", "c"], "scores": [0.5, 9.5, 0.5]},
        {"prompt": "p", "responses": ["a", "b", "c"], "ranks": [2, 1, 2]},
    ),
    "scores in the answers": (
        "ranking",
        {"prompt": "p", "responses": [{"text": "a", "score": 1}, {"text": "b", "score": 7}]},
        {"prompt": "p", "responses": ["a", "b"], "ranks": [2, 1]},
    ),
    "ranks in the answers": (
        "ranking",
        {"prompt": "p", "answers": [{"answer": "a", "model": "m", "rank": 3.0}, {"answer": "b", "rank": 1.0}]},
        {"prompt": "p", "responses": ["a", "b"], "ranks": [2, 1]},
    ),
    "label in words": ("text-label", {"text": "t", "label": "joy"}, {"text": "t", "label": "joy"}),
    "label as a number": ("text-label", {"sentence": "t", "label": 1}, {"text": "t", "label": "1"}),
    "label as both": ("text-label", {"text": "t", "label": 0, "label_text": "no"}, {"text": "t", "label": "no"}),
    "two sentences": (
        "text-label",
        {"idx": 0, "sentence1": "a", "sentence2": "b", "label": 1},
        {"text": "a", "text_pair": "b", "label": "1"},
    ),
    "names written in another way": (
        "instruction",
        {"User": "u", "Assistant": "a", "System Prompt": "s"},
        {"prompt": "u", "answer": "a", "system": "s"},
    ),
    "two texts with numbers": (
        "text-label",
        {"Text 1": "a", "Text 2": "b", "Gold-Label": "x"},
        {"text": "a", "text_pair": "b", "label": "x"},
    ),
    "inference": (
        "text-label",
        {"premise": "a", "hypothesis": "b", "label": "entailment"},
        {"text": "a", "text_pair": "b", "label": "entailment"},
    ),
    "pairs of questions": (
        "text-label",
        {"question1": "a", "question2": "b", "is_duplicate": True},
        {"text": "a", "text_pair": "b", "label": "true"},
    ),
    "text only": ("text", {"text": "t", "url": "u"}, {"text": "t"}),
    "prompts": ("prompts", {"prompt": "p"}, {"prompt": "p"}),
    "images in a table": ("image-folder", {"path": "a/b.PNG", "class": 3}, {"image": "a/b.PNG", "label": "3"}),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_shape_is_recognised(tmp_path: Path, shape: str) -> None:
    kind, given, wanted = SHAPES[shape]
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(given) + "\n", "utf-8")
    seen = look(path)
    assert seen.kind == kind
    (shown,) = preview(seen.records, seen.kind, seen.mapping)
    assert (shown.row, shown.reason) == (wanted, "")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"prompt": "p", "chosen": "same", "rejected": "same"}, "Both answers are the same"),
        ({"prompt": "p", "chosen": "a", "rejected": ""}, "“Worse answer” is missing or empty."),
        ({"chosen": "a", "rejected": "b"}, "“Prompt” is missing or empty."),
        ({"prompt": "p", "responses": ["a", "b"], "scores": [1, "x"]}, "The scores of the answers are not numbers."),
        ({"prompt": "p", "responses": ["a", "b"], "scores": [1]}, "There are not as many ranks as answers."),
        ({"question": "q", "answers": {"text": []}, "context": "c"}, "“Answer” is missing or empty."),
    ],
)
def test_what_cannot_be_used_says_why(tmp_path: Path, given: dict[str, Any], reason: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(given) + "\n", "utf-8")
    seen = look(path)
    (shown,) = preview(seen.records, seen.kind, seen.mapping)
    assert shown.row is None
    assert shown.reason.startswith(reason)


def test_content_decides_where_names_do_not(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    texts = [{"a": f"some longer text {n}", "b": "pn"[n % 2]} for n in range(20)]
    path.write_text("".join(json.dumps(row) + "\n" for row in texts))
    assert (look(path).kind, look(path).mapping) == ("text-label", {"text": "a", "label": "b"})
    asked = [{"a": f"a question {n}?", "b": f"its rather long answer {n}"} for n in range(20)]
    path.write_text("".join(json.dumps(row) + "\n" for row in asked))
    assert (look(path).kind, look(path).mapping) == ("instruction", {"prompt": "a", "answer": "b"})
