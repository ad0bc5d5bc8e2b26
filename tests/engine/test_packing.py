from itertools import chain

import pytest
import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, MambaConfig, MambaForCausalLM

from tests.engine.tiny import make_model
from workbench.core import starters
from workbench.engine import packing
from workbench.engine.device import Device
from workbench.engine.models import load_base, output_logits

TEXTS = [[5, 6, 7, 8, 9, 10], [11, 12], [13, 14, 15, 16], [5, 6, 7, 8, 20]]


def llama(**more: object) -> LlamaForCausalLM:
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3, "num_attention_heads": 4}
    return LlamaForCausalLM(LlamaConfig(vocab_size=64, **sizes, **more)).eval()  # type: ignore[arg-type]


def gpt2() -> GPT2LMHeadModel:
    torch.manual_seed(0)
    return GPT2LMHeadModel(GPT2Config(vocab_size=64, n_embd=32, n_layer=2, n_head=4, n_positions=64)).eval()


def alone(model: LlamaForCausalLM, text: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model(input_ids=torch.tensor([text])).logits[0]


def packed(model: LlamaForCausalLM, blocks: list[list[list[int]]]) -> list[list[torch.Tensor]]:
    """Return the logits of every text in its block."""
    with torch.no_grad():
        logits = output_logits(model, packing.hidden_states(model, packing.lay_out(blocks, 0, "cpu")))
    return [
        list(row[: sum(map(len, block))].split(list(map(len, block))))
        for row, block in zip(logits, blocks, strict=True)
    ]


def test_a_long_text_is_cut_and_every_piece_starts_as_the_text_does() -> None:
    assert packing.pieces([1, 2, 3], 3, None) == [[1, 2, 3]]
    assert packing.pieces([1, 2, 3, 4, 5], 2, None) == [[1, 2], [3, 4]], "of a lone token nothing is predicted"
    assert packing.pieces([9, 1, 2, 3, 4, 5], 3, 9) == [[9, 1, 2], [9, 3, 4], [9, 5]]
    assert packing.pieces([9, 1, 2, 3], 3, 7) == [[9, 1, 2]]


def test_blocks_hold_every_text_once_and_waste_little() -> None:
    draw = torch.Generator().manual_seed(0)
    lengths = torch.randint(2, 60, (2000,), generator=draw).tolist()
    blocks = packing.fill(lengths, 512, seed=3)
    assert sorted(chain(*blocks)) == list(range(2000))
    assert all(sum(lengths[index] for index in block) <= 512 for block in blocks)
    assert len(blocks) <= 1.02 * sum(lengths) / 512
    assert packing.fill(lengths, 512, seed=3) == blocks != packing.fill(lengths, 512, seed=4)
    assert sorted(packing.fill([5, 5, 5], 5, seed=0)) == [[0], [1], [2]]
    assert packing.fill([], 5, seed=0) == []


def test_a_block_by_hand() -> None:
    found = packing.lay_out([[[5, 6, 7], [8, 9]], [[4, 3]]], 0, "cpu")
    assert found.ids.tolist() == [[5, 6, 7, 8, 9], [4, 3, 0, 0, 0]]
    assert found.positions.tolist() == [[0, 1, 2, 0, 1], [0, 1, 0, 1, 2]]
    assert found.wanted.tolist() == [[True, True, False, True], [True, False, False, False]]
    assert found.targets.tolist() == [6, 7, 9, 3]


@pytest.mark.parametrize("attention", ["sdpa", "eager"])
@pytest.mark.parametrize(
    "make", [llama, gpt2, lambda: llama(rope_parameters={"rope_theta": 1e4, "rope_type": "default"})]
)
def test_logits_in_a_block_are_those_of_the_text_alone(make: object, attention: str) -> None:
    model = make()  # type: ignore[operator]
    model.set_attn_implementation(attention)
    assert packing.keeps_apart(model)
    blocks = [TEXTS[:3], TEXTS[3:], [TEXTS[1], TEXTS[0]]]
    for block, found in zip(blocks, packed(model, blocks), strict=True):
        for text, logits in zip(block, found, strict=True):
            torch.testing.assert_close(logits, alone(model, text), rtol=1e-4, atol=1e-5)


def test_what_stands_before_a_border_changes_nothing_behind_it() -> None:
    model = make_model()
    (_, one), (_, other) = packed(model, [[TEXTS[0], TEXTS[2]], [TEXTS[3] + [9], TEXTS[2]]])
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
    joined = alone(model, TEXTS[0] + TEXTS[2])[len(TEXTS[0]) :]
    assert (joined - one).abs().max() > 0.1, "without the border it would"


def test_gradients_are_those_of_each_text_alone() -> None:
    gradients = []
    for blocks in ([TEXTS], [[text] for text in TEXTS]):
        model = make_model()
        laid_out = packing.lay_out(blocks, 0, "cpu")
        logits = output_logits(model, packing.hidden_states(model, laid_out)[:, :-1][laid_out.wanted])
        torch.nn.functional.cross_entropy(logits, laid_out.targets, reduction="sum").backward()
        gradients.append([parameter.grad for parameter in model.parameters()])
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-4)


def test_a_model_that_remembers_across_borders_is_found_out() -> None:
    torch.manual_seed(0)
    model = MambaForCausalLM(MambaConfig(vocab_size=64, hidden_size=32, num_hidden_layers=2, state_size=8)).eval()
    assert not packing.keeps_apart(model)


def test_the_starter_model_keeps_texts_apart_in_bf16() -> None:
    model = load_base(starters.get("smollm2-135m-instruct"), Device("cpu", "bf16", 1), frozen=True)
    model.train()
    assert packing.keeps_apart(model)
    assert model.training
