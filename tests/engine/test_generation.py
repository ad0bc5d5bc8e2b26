from typing import Any

import pytest
import torch
from transformers import LlamaForCausalLM

from tests.engine.tiny import FP32, make_model
from workbench.engine import generation, rl
from workbench.engine.generation import Answers, generate

PROMPTS = [[2, 7, 8, 9, 10, 1, 3], [2, 11, 1, 3], [2, 20, 21, 1, 3]]


@pytest.fixture(scope="module")
def model() -> LlamaForCausalLM:
    return make_model()


def write(model: LlamaForCausalLM, **more: Any) -> Answers:
    return generate(model, PROMPTS, FP32, **{"max_new_tokens": 20, "ends": {1}, **more})


def test_greedy_answers_are_those_of_transformers(model: LlamaForCausalLM) -> None:
    answers = write(model, temperature=0)
    for prompt, row, ended in zip(PROMPTS, answers.rows(), answers.ended.tolist(), strict=True):
        expected = model.generate(torch.tensor([prompt]), do_sample=False, max_new_tokens=20)[0, len(prompt) :]
        assert row + [1] * ended == expected.tolist()


def test_log_probabilities_are_those_of_a_plain_forward_pass(model: LlamaForCausalLM) -> None:
    answers = write(model, count=2, temperature=0.7, seed=5)
    assert 0 < answers.ended.sum() < len(answers.ended), "both kinds of endings must be in the test"
    for index, (row, ended) in enumerate(zip(answers.rows(), answers.ended.tolist(), strict=True)):
        prompt, tokens = PROMPTS[index // 2], row + [1] * ended
        logits = model(torch.tensor([prompt + tokens])).logits[0, len(prompt) - 1 : -1] / 0.7
        expected = rl.log_probs_of(logits, torch.tensor(tokens))
        torch.testing.assert_close(answers.log_probs[index, : len(tokens)], expected, atol=1e-4, rtol=1e-4)
        assert answers.mask[index].sum() == len(tokens)
        assert not answers.log_probs[index, len(tokens) :].any()


def test_a_seed_repeats_and_another_one_does_not(model: LlamaForCausalLM) -> None:
    first, again, other = (write(model, seed=seed).rows() for seed in (3, 3, 4))
    assert first == again != other


def test_an_answer_does_not_depend_on_when_others_end(model: LlamaForCausalLM) -> None:
    free = write(model, count=4, seed=1)
    endless = write(model, count=4, seed=1, ends=set())
    for row, longer, _mask in zip(free.rows(), endless.rows(), free.mask, strict=True):
        assert longer[: len(row)] == row
    assert endless.mask.all()
    assert not free.mask.all()


def test_top_p_never_takes_from_the_tail_and_samples_the_rest_in_proportion() -> None:
    probabilities = torch.tensor([[0.5, 0.05, 0.3, 0.15]]).repeat(4000, 1)
    uniform = torch.rand(4000, generator=torch.Generator().manual_seed(0))
    drawn = generation._draw(probabilities, uniform, 0.8).bincount(minlength=4) / 4000
    torch.testing.assert_close(drawn, torch.tensor([5 / 8, 0, 3 / 8, 0]), atol=0.03, rtol=0)
    whole = generation._draw(probabilities, uniform, 1.0).bincount(minlength=4) / 4000
    torch.testing.assert_close(whole, probabilities[0], atol=0.03, rtol=0)


def test_top_p_over_a_flat_vocabulary_larger_than_the_first_sort() -> None:
    probabilities = torch.full((300, 2000), 1 / 2000)
    uniform = torch.rand(300, generator=torch.Generator().manual_seed(0))
    assert generation._draw(probabilities, uniform, 0.9).unique().numel() > generation.NUCLEUS


def test_tokens_are_told_as_they_come_and_a_stop_is_obeyed(model: LlamaForCausalLM) -> None:
    told: dict[int, list[int]] = {}

    def listen(rows: list[int], tokens: list[int]) -> None:
        for row, token in zip(rows, tokens, strict=True):
            told.setdefault(row, []).append(token)

    answers = write(model, seed=2, on_tokens=listen, stopped=lambda: len(told.get(1, [])) >= 3)
    assert answers.ids.shape[1] == 3
    for row, mask, ids in zip(range(3), answers.mask, answers.ids, strict=True):
        assert told[row] == ids[mask.bool()].tolist()


def test_an_answer_can_be_trained_on(model: LlamaForCausalLM) -> None:
    answers = write(model, seed=2)
    embedding = model.get_input_embeddings()(answers.ids).sum()
    embedding.backward()
    assert embedding.requires_grad
