"""Virtual tokens are before every text, however the engine uses the model: as PEFT puts them before a whole one."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny
from tests.engine.tiny import FP32
from workbench.core import registry
from workbench.core.options import parse
from workbench.core.project import Project
from workbench.engine import packing, shared_prefix
from workbench.engine.generation import generate
from workbench.engine.models import decoder, load_adapter, load_base, output_logits, without_adapter
from workbench.engine.results import save_adapter
from workbench.engine.virtual_tokens import virtual_tokens

CLOSE = 1e-4
V = 5


@pytest.fixture(params=["prompt-tuning", "p-tuning", "prefix-tuning"])
def model(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """A model with virtual tokens that have been changed at random, so that they say something."""
    base = load_base(tiny.save_tiny(tmp_path / "base"), FP32, frozen=True)
    torch.manual_seed(0)
    adapter = registry.adapter(request.param)
    found = adapter.attach(base, parse(adapter.options, {"tokens": V}), "default")
    with torch.no_grad():
        for weight in found.prompt_encoder.parameters():
            weight.add_(0.5 * torch.randn_like(weight))
    return found.eval()


def ids(*shape: int) -> torch.Tensor:
    torch.manual_seed(1)
    return torch.randint(4, 30, shape)


@torch.no_grad()
def test_the_body_sees_them_and_they_are_not_in_what_it_gives(model: Any) -> None:
    text = ids(2, 7)
    states = decoder(model)(input_ids=text).last_hidden_state
    assert states.shape == (2, 7, 32)
    whole = model(input_ids=text).logits[:, -7:]
    assert torch.allclose(output_logits(model, states), whole, atol=CLOSE)
    assert virtual_tokens(model) == V
    with without_adapter(model):
        assert virtual_tokens(model) == 0
        plain = decoder(model)(input_ids=text).last_hidden_state
    assert (plain - states).abs().max() > 0.1


@torch.no_grad()
def test_padding_changes_nothing(model: Any) -> None:
    text = ids(1, 6)
    alone = decoder(model)(input_ids=text).last_hidden_state
    padded = torch.cat([torch.zeros(1, 3, dtype=torch.long), text], 1)
    mask = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1, 1]])
    positions = (mask.cumsum(1) - 1).clamp(min=0)
    left = decoder(model)(input_ids=padded, attention_mask=mask, position_ids=positions).last_hidden_state[:, 3:]
    assert torch.allclose(left, alone, atol=CLOSE)


@torch.no_grad()
def test_texts_in_a_block_see_them_and_not_each_other(model: Any) -> None:
    one, other = ids(2, 6).tolist()
    packed = packing.lay_out([[one, other]], 0, "cpu")
    together = packing.hidden_states(model, packed)[0]
    for place, text in ((0, one), (6, other)):
        alone = decoder(model)(input_ids=torch.tensor([text])).last_hidden_state[0]
        assert torch.allclose(together[place : place + 6], alone, atol=CLOSE)
    assert packing.keeps_apart(model)


@torch.no_grad()
def test_answers_behind_one_beginning_see_them(model: Any) -> None:
    beginning = ids(1, 4)[0].tolist()
    rows = [[*beginning, 7, 8], [*beginning, 9], [*beginning, 10, 11, 12]]
    packed = shared_prefix.pack(rows, "cpu")
    states = decoder(model)(
        input_ids=packed.ids, attention_mask=packed.mask, position_ids=packed.positions
    ).last_hidden_state[0, packed.last]
    for row, state in zip(rows, states, strict=True):
        alone = decoder(model)(input_ids=torch.tensor([row])).last_hidden_state[0, -1]
        assert torch.allclose(state, alone, atol=CLOSE)


@torch.no_grad()
def test_writing_token_by_token_is_writing_from_the_whole(model: Any) -> None:
    prompts = [ids(1, 5)[0].tolist(), ids(1, 3)[0].tolist()]
    found = generate(model, prompts, FP32, count=2, max_new_tokens=6, ends={1}, temperature=0)
    for row, written in enumerate(found.rows()):
        text = list(prompts[row // 2])
        for token in written:
            logits = model(input_ids=torch.tensor([text])).logits[0, -1]
            assert int(logits.argmax()) == token
            text.append(token)
    assert any(found.rows())


@torch.no_grad()
def test_one_goes_on_as_the_tokens_themselves(model: Any, tmp_path: Path) -> None:
    text = ids(2, 7)
    expected = model(input_ids=text).logits
    save_adapter(model, tmp_path / "saved")
    base = load_base(tmp_path / "base", FP32, frozen=True)
    again = load_adapter(base, tmp_path / "saved", trainable=True).eval()
    assert torch.allclose(again(input_ids=text).logits, expected, atol=CLOSE)
    assert [name for name, weight in again.named_parameters() if weight.requires_grad] == [
        "prompt_encoder.default.embedding.weight"
    ]


@pytest.mark.parametrize("adapter", ["prompt-tuning", "p-tuning", "prefix-tuning", "ia3"])
def test_a_run_learns_and_goes_on(tmp_path: Path, adapter: str) -> None:
    base = tiny.save_tiny(tmp_path / "base")
    project = Project.create(tmp_path / "project")
    tiny.write_talk(project)
    how: dict[str, Any] = {"model": str(base), "adapter": adapter, "max_steps": 6, "learning_rate": 1e-2}
    whole = tiny.train(project, "instruction-tuning", "talk", name="whole", **how)
    losses = tiny.metrics(whole)["eval/loss"]
    assert losses[6] < losses[0]
    further = tiny.train(project, "instruction-tuning", "talk", parents={"from": "whole"}, max_steps=2)
    assert tiny.metrics(further)["eval/loss"][0] == pytest.approx(losses[6], abs=0.02)  # bf16
