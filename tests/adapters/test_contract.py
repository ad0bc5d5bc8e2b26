"""What every adapter must do on a model that writes, one that reads and one that sees."""

import copy
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch.nn.functional import cross_entropy

from tests.engine import tiny, tiny_classifier, tiny_vision
from tests.engine.tiny import FP32
from workbench.core import registry
from workbench.core.errors import UserError
from workbench.core.options import parse
from workbench.core.project import Project
from workbench.core.spec import RunSpec
from workbench.engine.models import load_adapter, load_base, merge, trainable, without_adapter
from workbench.engine.results import save_adapter

STEPS = 20
LABELS = ["a", "b"]
ARCHITECTURES = {"writes": "causal-lm", "reads": "sequence-classifier", "sees": "image-classifier"}
CLOSE = 1e-5
"""Largest difference of logits between two ways to compute the same in fp32."""

Inputs = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Way:
    """An adapter with settings.

    Attributes:
        own: What its weights have in their names.
        begins: Whether a fresh one leaves the answers as they are, to the bit, nearly, or not at all.
        merges: Whether it can become part of the weights.
        rate: At which it learns.
        falls: By how much the loss does, at least.
    """

    name: str
    own: tuple[str, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    begins: str = "same"
    merges: bool = True
    rate: float = 2e-2
    falls: float = 0.1

    def attach(self, base: Any) -> Any:
        adapter = registry.adapter(self.name)
        return adapter.attach(copy.deepcopy(base), self.options, "default")

    @property
    def options(self) -> Any:
        return parse(registry.adapter(self.name).options, self.settings)

    def __str__(self) -> str:
        return "-".join([self.name, *map(str, self.settings.values())])


LORA = ("lora_A", "lora_B")
VIRTUAL: dict[str, Any] = {"own": ("prompt_encoder",), "begins": "other", "merges": False, "rate": 1e-2, "falls": 0.02}
WAYS = (
    Way("lora", LORA),
    Way("lora", LORA, {"targets": "attention"}),
    Way("lora", (*LORA, "lora_magnitude"), {"variant": "dora"}, begins="near"),
    Way("lora", LORA, {"variant": "rslora"}, rate=5e-3),
    Way("lora", LORA, {"variant": "pissa", "rank": 2}, begins="near"),
    Way("adalora", (*LORA, "lora_E")),
    Way("bottleneck", ("bottleneck_",), merges=False),
    Way("bottleneck", ("bottleneck_",), {"size": 5, "variant": "pfeiffer"}, merges=False),
    Way("ia3", ("ia3_l",)),
    Way("prompt-tuning", settings={"tokens": 6, "start": "sun and rain"}, **VIRTUAL),
    Way("prompt-tuning", settings={"start": "", "tokens": 5}, **VIRTUAL),
    Way("p-tuning", settings={"tokens": 5}, **VIRTUAL),
    Way("p-tuning", settings={"encoder": "lstm", "hidden_size": 8}, **VIRTUAL),
    Way("prefix-tuning", settings={"tokens": 6}, **VIRTUAL),
)


@pytest.fixture(scope="module", params=ARCHITECTURES)
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A frozen base in evaluation mode; its inputs come from `inputs`."""
    folder: Path = tmp_path_factory.mktemp(request.param)
    torch.manual_seed(0)
    if request.param == "writes":
        return load_base(tiny.save_tiny(folder), FP32, frozen=True).eval()
    save = tiny_classifier.save if request.param == "reads" else tiny_vision.save
    return load_base(save(folder), FP32, frozen=True, labels=LABELS).eval()


@pytest.fixture(params=WAYS, ids=str)
def way(request: pytest.FixtureRequest, base: Any) -> Iterator[Way]:
    kind = "sees" if hasattr(base, "vit") else "reads" if hasattr(base, "bert") else "writes"
    found: Way = request.param
    if ARCHITECTURES[kind] not in registry.adapter(found.name).architectures:
        pytest.skip(f"{found.name} does not go with a model that {kind}")
    torch.manual_seed(0)
    yield found


@pytest.fixture
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
    optimizer = torch.optim.AdamW(trainable(model).values(), lr=way.rate, weight_decay=0.01)
    for step in range(steps):
        torch.manual_seed(step)
        model.train()
        penalty = schedule.penalty()
        (loss(model(**inputs).logits, inputs) + (0 if penalty is None else penalty)).backward()
        optimizer.step()
        with torch.no_grad():
            schedule.after_step(step + 1)
        optimizer.zero_grad()
    schedule.settle()


def test_lora_goes_on_the_layers_that_are_named(base: Any) -> None:
    queries = "query" if hasattr(base, "bert") else "q_proj"
    found = trainable(Way("lora", LORA, {"modules": f" {queries},"}).attach(base))
    assert {one.split(".lora_")[0].rsplit(".", 1)[-1] for one in found if "lora_" in one} == {queries}
    with pytest.raises(UserError, match="no layers “q_prj”; it has: .*" + queries):
        Way("lora", LORA, {"modules": "q_prj"}).attach(base)


def test_every_adapter_is_tried() -> None:
    assert {way.name for way in WAYS} | {"full"} == set(registry.adapters())


def test_the_table_in_the_readme_is_what_is_tried_here() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    for adapter in registry.adapters().values():
        if adapter.name == "full":
            continue
        fits = [architecture in adapter.architectures for architecture in ARCHITECTURES.values()]
        merges = all(way.merges for way in WAYS if way.name == adapter.name)
        assert merges == adapter.merges
        cells = ["yes" if fact else "no" for fact in (*fits, merges, not adapter.module)]
        assert f"| `{adapter.name}` | {' | '.join(cells)} |" in readme


def test_only_what_is_its_own_changes(base: Any, inputs: Inputs, way: Way) -> None:
    model = way.attach(base)
    plain = answers(base, inputs)
    first = (answers(model, inputs) - plain).abs().max()
    assert {"same": first == 0, "near": first < CLOSE, "other": first > 0.01}[way.begins]
    own = set(trainable(model))
    assert own and all(any(part in one for part in (*way.own, "modules_to_save")) for one in own)
    assert any("modules_to_save" in one for one in own) == (plain.dim() == 2)
    before = {one: value.clone() for one, value in model.named_parameters()}
    learn(model, way, inputs)
    found = answers(model, inputs)
    assert loss(found, inputs) < loss(answers(way.attach(base), inputs), inputs) - way.falls
    changed = {one for one, value in model.named_parameters() if not torch.equal(value, before[one])}
    assert changed <= own if way.name == "adalora" else changed == own  # it takes ranks away before they were used
    assert not torch.equal(found, plain)
    with without_adapter(model):
        assert torch.equal(answers(model, inputs), plain)
    assert torch.equal(answers(model, inputs), found)


def test_it_is_saved_and_several_of_them_live_on_one_base(base: Any, inputs: Inputs, tmp_path: Path, way: Way) -> None:
    expected = []
    for number in range(2):
        torch.manual_seed(number)
        model = way.attach(base)
        learn(model, way, inputs, steps=STEPS // (1 + number))
        expected.append(answers(model, inputs))
        save_adapter(model, tmp_path / str(number))
        assert {path.suffix for path in (tmp_path / str(number)).iterdir()} == {".json", ".safetensors"}
    assert (expected[0] - expected[1]).abs().max() > 0.01

    def same(model: Any, number: int) -> bool:
        return torch.allclose(answers(model, inputs), expected[number], atol=CLOSE)

    both = load_adapter(copy.deepcopy(base), tmp_path / "0", name="zero", trainable=False)
    assert same(both, 0) and not trainable(both)
    both = load_adapter(both, tmp_path / "1", name="one", trainable=False)
    assert same(both, 1)
    both.set_adapter("zero")
    assert same(both, 0)
    both.set_adapter("one")
    both.delete_adapter("zero")
    assert same(both, 1)
    with without_adapter(both):
        assert torch.equal(answers(both, inputs), answers(base, inputs))


def test_a_saved_one_is_trained_further(base: Any, inputs: Inputs, tmp_path: Path, way: Way) -> None:
    model = way.attach(base)
    learn(model, way, inputs)
    expected = answers(model, inputs)
    save_adapter(model, tmp_path / "saved")
    again = load_adapter(copy.deepcopy(base), tmp_path / "saved", trainable=True)
    assert torch.allclose(answers(again, inputs), expected, atol=CLOSE)
    assert trainable(again)
    learn(again, Way("ia3", ()), inputs)  # no schedule of its own
    assert not torch.allclose(answers(again, inputs), expected, atol=CLOSE)
    save_adapter(again, tmp_path / "further")
    loaded = load_adapter(copy.deepcopy(base), tmp_path / "further", trainable=False)
    assert torch.allclose(answers(loaded, inputs), answers(again, inputs), atol=CLOSE)


def test_it_becomes_part_of_the_model_where_it_can(base: Any, inputs: Inputs, project: Project, way: Way) -> None:
    model = way.attach(base)
    learn(model, way, inputs)
    expected = answers(model, inputs)
    run = project.new_run(RunSpec(task="t", name="mine", model="m", model_path="m", data="d", data_path="data/d"))
    if not way.merges:
        with pytest.raises(UserError, match="cannot become part of its model"):
            merge(run, model)
        return
    whole = merge(run, model)
    assert not any(part in one for one, _ in whole.named_parameters() for part in (*way.own, "modules_to_save"))
    assert torch.allclose(answers(whole, inputs), expected, atol=10 * CLOSE)


@pytest.mark.parametrize("settings", [{}, {"rank": 3}], ids=str)
def test_the_count_is_what_is_trained_but_for_the_classes(base: Any, way: Way, settings: dict[str, object]) -> None:
    adapter = registry.adapter(way.name)
    if "rank" in settings and "rank" not in adapter.options.__struct_fields__:
        pytest.skip("it has no ranks")
    options = parse(adapter.options, way.settings | settings)
    shapes = {one: tuple(value.shape) for one, value in base.named_parameters()}
    found = trainable(adapter.attach(copy.deepcopy(base), options, "default"))
    classes = sum(value.numel() for one, value in found.items() if "modules_to_save" in one and "pooler" not in one)
    assert adapter.count(shapes, options) == sum(value.numel() for value in found.values()) - classes > 0


LOADER = """
import json, sys
import torch, transformers
from peft import PeftModel
from safetensors.torch import load_file, save_file
job = json.load(sys.stdin)
assert not any(name.startswith("workbench") for name in sys.modules)
auto = getattr(transformers, job["auto"])
more = {"num_labels": 2, "ignore_mismatched_sizes": True} if job["classes"] else {}
found = {}
for name, folder in job["folders"].items():
    model = PeftModel.from_pretrained(auto.from_pretrained(job["base"], **more), folder).eval()
    with torch.no_grad():
        found[name] = model(**load_file(job["inputs"])).logits.contiguous()
save_file(found, job["out"])
"""
"""What a stranger does who has peft and transformers and nothing of ours."""

AUTO = {
    "writes": "AutoModelForCausalLM",
    "reads": "AutoModelForSequenceClassification",
    "sees": "AutoModelForImageClassification",
}


def test_strangers_load_it_with_plain_peft(base: Any, inputs: Inputs, tmp_path: Path) -> None:
    """All but the bottleneck adapter, which is ours alone: PEFT says so when it is asked to load one."""
    kind = "sees" if hasattr(base, "vit") else "reads" if hasattr(base, "bert") else "writes"
    folders, expected = {}, {}
    for way in WAYS:
        if ARCHITECTURES[kind] in registry.adapter(way.name).architectures and way.name != "bottleneck":
            torch.manual_seed(0)
            model = way.attach(base)
            learn(model, way, inputs, steps=4)
            with torch.no_grad():
                expected[str(way)] = model.eval()(**inputs).logits
            save_adapter(model, tmp_path / str(way))
            folders[str(way)] = str(tmp_path / str(way))
    save_file(inputs, tmp_path / "inputs")
    job = {
        "base": base.name_or_path,
        "auto": AUTO[kind],
        "classes": kind != "writes",
        "folders": folders,
        "inputs": str(tmp_path / "inputs"),
        "out": str(tmp_path / "out"),
    }
    command = [sys.executable, "-I", "-c", LOADER]
    child = subprocess.run(command, input=json.dumps(job), capture_output=True, text=True, check=False)
    assert child.returncode == 0, child.stderr
    found = load_file(tmp_path / "out")
    far = {name: float((found[name] - expected[name]).abs().max()) for name in expected}
    assert max(far.values()) < CLOSE, far
