"""What every adapter must do on a model that writes, one that reads and one that sees."""

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.engine import tiny, tiny_classifier, tiny_vision
from tests.engine.tiny import FP32
from workbench.core import registry
from workbench.core.options import parse
from workbench.engine.models import load_adapter, load_base, trainable
from workbench.engine.results import save_adapter

ADAPTERS = ("lora", "adalora", "bottleneck")
STEPS, RATE = 12, 2e-2
LABELS = ["a", "b"]
OWN = {"lora": ("lora_A", "lora_B"), "adalora": ("lora_A", "lora_B", "lora_E"), "bottleneck": ("bottleneck_",)}

Inputs = dict[str, torch.Tensor]


@pytest.fixture(scope="module", params=["writes", "reads", "sees"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A frozen base in evaluation mode; its inputs come from `inputs`."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    if request.param == "writes":
        return load_base(tiny.save_tiny(folder), FP32, frozen=True).eval()
    save = tiny_classifier.save if request.param == "reads" else tiny_vision.save
    return load_base(save(folder), FP32, frozen=True, labels=LABELS).eval()


@pytest.fixture
def inputs(base: Any) -> Inputs:
    torch.manual_seed(1)
    if hasattr(base, "vit"):
        return {"pixel_values": torch.randn(6, 3, tiny_vision.SIDE, tiny_vision.SIDE)}
    return {"input_ids": torch.randint(4, 25, (6, 10))}


def answers(model: Any, inputs: Inputs) -> torch.Tensor:
    model.eval()
    with torch.no_grad():
        logits: torch.Tensor = model(**inputs).logits
    return logits


def attach(base: Any, name: str) -> Any:
    adapter = registry.adapter(name)
    return adapter.attach(copy.deepcopy(base), adapter.options(), "default")


def learn(model: Any, name: str, inputs: Inputs) -> list[float]:
    """Train as the loop does; returns the losses."""
    adapter = registry.adapter(name)
    schedule = adapter.schedule(model, adapter.options(), STEPS)
    optimizer = torch.optim.AdamW(trainable(model).values(), lr=RATE, weight_decay=0.0)
    losses = []
    for step in range(STEPS):
        model.train()
        logits = model(**inputs).logits
        if logits.dim() == 3:
            loss = cross_entropy(logits[:, :-1].flatten(0, 1), inputs["input_ids"][:, 1:].flatten())
        else:
            loss = cross_entropy(logits, torch.tensor([0, 1] * 3))
        penalty = schedule.penalty()
        (loss if penalty is None else loss + penalty).backward()
        optimizer.step()
        schedule.after_step(step + 1)
        optimizer.zero_grad()
        losses.append(float(loss.detach()))
    schedule.settle()
    return losses


@pytest.mark.parametrize("name", ADAPTERS)
def test_it_changes_nothing_at_first_and_only_what_is_its_own_later(base: Any, inputs: Inputs, name: str) -> None:
    model = attach(base, name)
    plain = answers(base, inputs)
    assert torch.equal(answers(model, inputs), plain)
    own = set(trainable(model))
    assert own and all(any(part in one for part in (*OWN[name], "modules_to_save")) for one in own)
    assert any("modules_to_save" in one for one in own) == (plain.dim() == 2)
    before = {one: value.clone() for one, value in model.named_parameters()}
    losses = learn(model, name, inputs)
    assert losses[-1] < losses[0] - 0.2
    changed = {one for one, value in model.named_parameters() if not torch.equal(value, before[one])}
    assert changed == own
    assert not torch.equal(answers(model, inputs), plain)
    with model.disable_adapter():
        assert torch.equal(answers(model, inputs), plain)


@pytest.mark.parametrize("name", ADAPTERS)
def test_it_is_saved_and_several_of_them_live_on_one_base(base: Any, inputs: Inputs, tmp_path: Path, name: str) -> None:
    expected = []
    for number in range(2):
        torch.manual_seed(number)
        model = attach(base, name)
        learn(model, name, inputs)
        expected.append(answers(model, inputs))
        save_adapter(model, tmp_path / str(number))
        assert {path.suffix for path in (tmp_path / str(number)).iterdir()} == {".json", ".safetensors"}
    assert (expected[0] - expected[1]).abs().max() > 0.01

    def same(model: Any, number: int) -> bool:
        return torch.allclose(answers(model, inputs), expected[number], atol=1e-5)

    both = load_adapter(copy.deepcopy(base), tmp_path / "0", name="zero", trainable=False)
    assert same(both, 0) and not trainable(both)
    both = load_adapter(both, tmp_path / "1", name="one", trainable=False)
    assert same(both, 1)
    both.set_adapter("zero")
    assert same(both, 0)
    both.set_adapter("one")
    both.delete_adapter("zero")
    assert same(both, 1)
    with both.disable_adapter():
        assert torch.equal(answers(both, inputs), answers(base, inputs))
    again = load_adapter(copy.deepcopy(base), tmp_path / "1", trainable=True)
    assert trainable(again)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lora", {"rank": 3}),
        ("adalora", {}),
        ("adalora", {"rank": 1, "targets": "attention"}),
        ("bottleneck", {}),
        ("bottleneck", {"size": 5, "variant": "pfeiffer"}),
    ],
)
def test_the_count_is_what_is_trained_but_for_the_classes(base: Any, name: str, settings: dict[str, object]) -> None:
    adapter = registry.adapter(name)
    options = parse(adapter.options, settings)
    shapes = {one: tuple(value.shape) for one, value in base.named_parameters()}
    found = trainable(adapter.attach(copy.deepcopy(base), options, "default"))
    classes = sum(value.numel() for one, value in found.items() if "modules_to_save" in one and "pooler" not in one)
    assert adapter.count(shapes, options) == sum(value.numel() for value in found.values()) - classes > 0
