from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine.tiny import make_model, make_tokenizer
from workbench.core import starters
from workbench.engine.batching import pad_batch
from workbench.engine.chat import encode_prompt
from workbench.engine.models import load_tokenizer
from workbench.engine.reward import encode_answer, hidden_states, load_head, new_head, save_head, score

ROWS = [[2, 7, 8, 3, 9, 1], [2, 11, 3, 1], [2, 20, 21, 22, 3, 5, 6, 1]]
PROMPT = [{"role": "user", "content": "hi there?"}]


@pytest.fixture(scope="module")
def model() -> Any:
    return make_model()


@pytest.fixture(scope="module")
def head() -> torch.nn.Linear:
    torch.manual_seed(1)
    return new_head(32)


@pytest.mark.parametrize("side", ["right", "left"])
@torch.no_grad()
def test_the_score_is_taken_at_the_last_real_token(model: Any, head: torch.nn.Linear, side: str) -> None:
    ids, mask = pad_batch(ROWS, 0, "cpu")
    if side == "left":
        gaps = [ids.shape[1] - len(row) for row in ROWS]
        ids = torch.stack([row.roll(gap) for row, gap in zip(ids, gaps, strict=True)])
        mask = torch.stack([row.roll(gap) for row, gap in zip(mask, gaps, strict=True)])
    found = score(model, head, ids, mask)
    for row, value in zip(ROWS, found, strict=True):
        alone = torch.tensor([row])
        last = hidden_states(model, alone, torch.ones_like(alone))[0, -1]
        torch.testing.assert_close(value, head(last)[0], atol=1e-4, rtol=1e-4)
    assert found.shape == (3,) and len(set(found.tolist())) == 3


def test_a_score_teaches_the_head_in_fp32(model: Any, head: torch.nn.Linear) -> None:
    with torch.autocast("cpu", torch.bfloat16):
        found = score(model, head, *pad_batch(ROWS, 0, "cpu"))
    assert found.dtype == torch.float32
    found.sum().backward()
    assert head.weight.grad is not None and head.weight.grad.abs().sum() > 0
    head.zero_grad(set_to_none=True)


def test_the_spread_of_a_new_head() -> None:
    torch.manual_seed(0)
    assert new_head(5000).weight.std().item() == pytest.approx(5001**-0.5, rel=0.05)
    assert new_head(10).bias.item() == 0


def test_an_answer_is_judged_with_its_end_token_last() -> None:
    smol = load_tokenizer(starters.get("smollm2-135m-instruct"))
    for tokenizer, end in ((make_tokenizer(), "<end>"), (smol, "<|im_end|>")):
        for answer in ("good.", "雨。", ""):
            ids = encode_answer(tokenizer, PROMPT, answer, 512)
            assert tokenizer.decode(ids[-1:]) == end, "the place where the value of an answer in PPO is taken too"
        ids = encode_answer(tokenizer, PROMPT, "good.", 512)
        prompt = encode_prompt(tokenizer, PROMPT)
        assert ids[: len(prompt)] == prompt
        assert encode_answer(tokenizer, PROMPT, "good.", 4) == ids[-4:]


def test_a_head_comes_back_from_its_file(tmp_path: Path, head: torch.nn.Linear) -> None:
    save_head(head, tmp_path)
    again = load_head(tmp_path)
    assert torch.equal(again.weight, head.weight) and torch.equal(again.bias, head.bias)
