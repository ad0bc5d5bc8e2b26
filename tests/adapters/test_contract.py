"""What every adapter must do on a model that writes, one that reads and one that sees."""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.nn.functional import cross_entropy

from tests.adapters.ways import ARCHITECTURES, CLOSE, LORA, README, WAYS, Pair, Way, each, pairs, save_base, table
from tests.engine import tiny_vision
from tests.engine.tiny import FP32
from workbench.core import registry
from workbench.core.errors import UserError
from workbench.core.options import parse
from workbench.core.project import Project
from workbench.core.spec import RunSpec
from workbench.engine.loop import learning_rate_at
from workbench.engine.models import load_adapter, load_base, merge, trainable, without_adapter
from workbench.engine.results import save_adapter

STEPS = 20
LABELS = ["a", "b"]

Inputs = dict[str, torch.Tensor]


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A frozen base of each kind in evaluation mode; its inputs come from `inputs`."""
    torch.set_num_threads(1)  # another one would only wait: the models are tiny
    found = {}
    for kind in ARCHITECTURES:
        folder = save_base(kind, tmp_path_factory.mktemp(kind))
        torch.manual_seed(0)
        labels = None if kind == "writes" else LABELS
        found[kind] = load_base(folder, FP32, frozen=True, labels=labels).eval()
    return found


@pytest.fixture(scope="module", **each(pairs()))
def pair(request: pytest.FixtureRequest) -> Pair:
    found: Pair = request.param
    return found


@pytest.fixture(scope="module")
def base(bases: dict[str, Any], pair: Pair) -> Any:
    return bases[pair[0]]


@pytest.fixture(scope="module")
def way(pair: Pair) -> Way:
    return pair[1]


@pytest.fixture(scope="module")
def inputs(base: Any) -> Inputs:
    torch.manual_seed(1)
    if hasattr(base, "vit"):
        return {"pixel_values": torch.randn(6, 3, tiny_vision.SIDE, tiny_vision.SIDE)}
    return {"input_ids": torch.randint(4, 25, (6, 10))}


def answers(model: Any, inputs: Inputs) -> torch.Tensor:
    """Return the logits, of a text those of its own tokens."""
    model.eval()
    with torch.no_grad():
        logits: torch.Tensor = model(**inputs).logits
    return logits[:, -inputs["input_ids"].shape[1] :] if logits.dim() == 3 else logits


def loss(logits: torch.Tensor, inputs: Inputs) -> torch.Tensor:
    """Return the loss of logits (6, 10, vocabulary) of a text, or (6, 2) of its classes."""
    if logits.dim() == 3:
        return cross_entropy(logits[:, -10:-1].flatten(0, 1), inputs["input_ids"][:, 1:].flatten())
    return cross_entropy(logits, torch.tensor([0, 1] * 3))


def learn(model: Any, way: Way, inputs: Inputs, steps: int = STEPS) -> None:
    """Train as the loop does."""
    schedule = registry.adapter(way.name).schedule(model, way.options, steps)
    optimizer = torch.optim.AdamW(trainable(model).values(), weight_decay=0.01)
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = learning_rate_at(step, steps, way.rate, 0.0)
        torch.manual_seed(step)
        model.train()
        penalty = schedule.penalty()
        (loss(model(**inputs).logits, inputs) + (0 if penalty is None else penalty)).backward()
        optimizer.step()
        with torch.no_grad():
            schedule.after_step(step + 1)
        optimizer.zero_grad()
    schedule.settle()


@dataclass(frozen=True)
class Learnt:
    """A model with an adapter that has learnt; tests leave it as it is.

    Attributes:
        model: It.
        fresh: What it answered before.
        before: All its weights then.
        own: Names of those that were trainable.
        logits: What it answers.
        folder: Where its adapter is saved.
    """

    model: Any
    fresh: torch.Tensor
    before: dict[str, torch.Tensor]
    own: set[str]
    logits: torch.Tensor
    folder: Path


@pytest.fixture(scope="module")
def learnt(base: Any, way: Way, inputs: Inputs, tmp_path_factory: pytest.TempPathFactory) -> Learnt:
    torch.manual_seed(0)
    model = way.attach(base)
    fresh, own = answers(model, inputs), set(trainable(model))
    before = {name: value.clone() for name, value in model.named_parameters()}
    learn(model, way, inputs)
    folder = tmp_path_factory.mktemp("learnt") / "saved"
    save_adapter(model, folder)
    return Learnt(model, fresh, before, own, answers(model, inputs), folder)


@pytest.mark.parametrize("kind", ARCHITECTURES)
def test_lora_goes_on_the_layers_that_are_named(bases: dict[str, Any], kind: str) -> None:
    queries = "query" if kind == "reads" else "q_proj"
    found = trainable(Way("lora", LORA, {"modules": f" {queries},"}).attach(bases[kind]))
    assert {one.split(".lora_")[0].rsplit(".", 1)[-1] for one in found if "lora_" in one} == {queries}
    with pytest.raises(UserError, match="no layers “q_prj”; it has: .*" + queries):
        Way("lora", LORA, {"modules": "q_prj"}).attach(bases[kind])


def test_every_adapter_is_tried() -> None:
    assert {way.name for way in WAYS} | {"full"} == set(registry.adapters())
    assert all(way.merges == registry.adapter(way.name).merges for way in WAYS)


def test_the_table_in_the_readme_is_what_is_tried_here() -> None:
    assert table() in README.read_text("utf-8"), "write it anew: python -m tests.adapters.ways"


def test_only_what_is_its_own_changes(base: Any, inputs: Inputs, way: Way, learnt: Learnt) -> None:
    model, own = learnt.model, learnt.own
    plain = answers(base, inputs)
    first = (learnt.fresh - plain).abs().max()
    assert {"same": first == 0, "near": first < CLOSE, "other": first > 0.01}[way.begins]
    assert own and all(any(part in one for part in (*way.own, "modules_to_save")) for one in own)
    assert any("modules_to_save" in one for one in own) == (plain.dim() == 2)
    assert loss(learnt.logits, inputs) < loss(learnt.fresh, inputs) - way.falls
    changed = {one for one, value in model.named_parameters() if not torch.equal(value, learnt.before[one])}
    assert changed <= own if way.name == "adalora" else changed == own  # it takes ranks away before they were used
    assert not torch.equal(learnt.logits, plain)
    with without_adapter(model):
        assert torch.equal(answers(model, inputs), plain)
    assert torch.equal(answers(model, inputs), learnt.logits)


def test_it_is_saved_and_several_of_them_live_on_one_base(
    base: Any, inputs: Inputs, tmp_path: Path, way: Way, learnt: Learnt
) -> None:
    torch.manual_seed(1)
    other = way.attach(base)
    learn(other, way, inputs, steps=STEPS // 2)
    save_adapter(other, tmp_path / "other")
    assert {path.suffix for path in (tmp_path / "other").iterdir()} == {".json", ".safetensors"}
    expected = {"zero": learnt.logits, "one": answers(other, inputs)}
    assert (expected["zero"] - expected["one"]).abs().max() > 0.01

    def same(model: Any, name: str) -> bool:
        return torch.allclose(answers(model, inputs), expected[name], atol=CLOSE)

    both = load_adapter(copy.deepcopy(base), learnt.folder, name="zero", trainable=False)
    assert same(both, "zero") and not trainable(both)
    both = load_adapter(both, tmp_path / "other", name="one", trainable=False)
    assert same(both, "one")
    both.set_adapter("zero")
    assert same(both, "zero")
    both.set_adapter("one")
    both.delete_adapter("zero")
    assert same(both, "one")
    with without_adapter(both):
        assert torch.equal(answers(both, inputs), answers(base, inputs))


def test_a_saved_one_is_trained_further(base: Any, inputs: Inputs, tmp_path: Path, learnt: Learnt) -> None:
    again = load_adapter(copy.deepcopy(base), learnt.folder, trainable=True)
    assert torch.allclose(answers(again, inputs), learnt.logits, atol=CLOSE)
    assert trainable(again)
    learn(again, Way("ia3", ()), inputs, steps=STEPS // 4)  # no schedule of its own
    assert not torch.allclose(answers(again, inputs), learnt.logits, atol=CLOSE)
    save_adapter(again, tmp_path / "further")
    loaded = load_adapter(copy.deepcopy(base), tmp_path / "further", trainable=False)
    assert torch.allclose(answers(loaded, inputs), answers(again, inputs), atol=CLOSE)


def test_it_becomes_part_of_the_model_where_it_can(inputs: Inputs, project: Project, way: Way, learnt: Learnt) -> None:
    run = project.new_run(RunSpec(task="t", name="mine", model="m", model_path="m", data="d", data_path="data/d"))
    model = copy.deepcopy(learnt.model)
    if not way.merges:
        with pytest.raises(UserError, match="cannot become part of its model"):
            merge(run, model)
        return
    whole = merge(run, model)
    assert not any(part in one for one, _ in whole.named_parameters() for part in (*way.own, "modules_to_save"))
    assert torch.allclose(answers(whole, inputs), learnt.logits, atol=10 * CLOSE)


def test_the_count_is_what_is_trained_but_for_the_classes(base: Any, way: Way) -> None:
    adapter = registry.adapter(way.name)
    shapes = {one: tuple(value.shape) for one, value in base.named_parameters()}
    has_ranks = "rank" in adapter.options.__struct_fields__
    for more in [{}, {"rank": 3}] if has_ranks else [{}]:
        options = parse(adapter.options, way.settings | more)
        found = trainable(adapter.attach(copy.deepcopy(base), options, "default"))
        classes = sum(value.numel() for one, value in found.items() if "modules_to_save" in one and "pooler" not in one)
        assert adapter.count(shapes, options) == sum(value.numel() for value in found.values()) - classes > 0
