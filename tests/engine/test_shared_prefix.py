import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from workbench.engine import shared_prefix
from workbench.engine.batching import pad_batch
from workbench.engine.reward import new_head, score, score_together


@pytest.fixture
def model() -> LlamaForCausalLM:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=48,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
    )
    return LlamaForCausalLM(config).eval()


def test_pack_keeps_positions_and_hides_the_other_answers() -> None:
    packed = shared_prefix.pack([[1, 2, 3, 4], [1, 2, 5]], "cpu")
    assert packed.ids.tolist() == [[1, 2, 3, 4, 5]]
    assert packed.positions.tolist() == [[0, 1, 2, 3, 2]]
    assert packed.last.tolist() == [3, 4]
    assert packed.mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [1, 1, 1, 0, 0],
        [1, 1, 1, 1, 0],
        [1, 1, 0, 0, 1],
    ]


def test_equal_rows_each_keep_their_last_token() -> None:
    packed = shared_prefix.pack([[1, 2], [1, 2]], "cpu")
    assert packed.ids.tolist() == [[1, 2, 2]]
    assert packed.last.tolist() == [1, 2]


@pytest.mark.parametrize(
    "rows",
    [
        [[1, 2, 3, 4, 5], [1, 2, 3, 9], [1, 2, 3, 4, 7, 8, 9]],
        [[5, 6], [7, 8, 9]],
        [[1, 2, 3], [1, 2, 3], [1, 2, 3, 4]],
    ],
)
def test_scores_are_those_of_each_row_alone(model: LlamaForCausalLM, rows: list[list[int]]) -> None:
    head = new_head(32)
    assert shared_prefix.fits(model)
    together = score_together(model, head, rows, pad_id=0)
    apart = torch.cat([score(model, head, *pad_batch([row], 0, "cpu")) for row in rows])
    torch.testing.assert_close(together, apart, rtol=1e-5, atol=1e-5)


def test_gradients_are_those_of_each_row_alone(model: LlamaForCausalLM) -> None:
    head = new_head(32)
    rows = [[1, 2, 3, 4, 5], [1, 2, 3, 9], [1, 2, 6]]
    grads = []
    for together in (True, False):
        model.zero_grad()
        rewards = score_together(model, head, rows, 0) if together else score(model, head, *pad_batch(rows, 0, "cpu"))
        (rewards * torch.tensor([1.0, -2.0, 3.0])).sum().backward()
        grads.append([parameter.grad.clone() for parameter in model.model.parameters()])
    for one, other in zip(*grads, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)


def test_a_sliding_window_is_computed_apart(model: LlamaForCausalLM) -> None:
    model.config.sliding_window = 4
    assert not shared_prefix.fits(model)
