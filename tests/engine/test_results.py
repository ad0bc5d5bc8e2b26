from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer

from tests.engine.tiny import FP32, new_run, train
from workbench.core import registry
from workbench.core.context import RunContext, Stop
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.judging import evaluate
from workbench.core.models import inspect
from workbench.core.project import Project
from workbench.engine import models, results
from workbench.engine.models import Lineage, lineage, load_base, load_run, starting_point
from workbench.tasks import instruction_tuning

pytestmark = pytest.mark.usefixtures("plain_cpu")

IDS = torch.tensor([[2, 7, 8, 3]])
MORE: dict[str, Any] = {"max_steps": 2, "batch_size": 4, "learning_rate": 1e-2, "samples": 0}


@torch.no_grad()
def logits(model: Any) -> torch.Tensor:
    return model(IDS).logits


def test_an_adapter_loads_with_plain_peft(weather: Project, tiny_model: Path) -> None:
    run = train(weather, "instruction-tuning", "talk", model=str(tiny_model), **MORE)
    assert sorted(path.name for path in (run.result / "adapter").iterdir()) == [
        "adapter_config.json",
        "adapter_model.safetensors",
    ]
    info = run.result_info()
    assert (info["task"], info["base"], info["adapter"], info["model"]) == (
        "instruction-tuning", str(tiny_model), "adapter", None,
    )  # fmt: skip
    base = AutoModelForCausalLM.from_pretrained(tiny_model)
    before = logits(base)
    plain = logits(PeftModel.from_pretrained(base, run.result / "adapter"))
    ours, tokenizer = load_run(weather, run.id, "", FP32)
    torch.testing.assert_close(logits(ours), plain)
    assert not torch.allclose(plain, before, atol=1e-3)
    assert not any(parameter.requires_grad for parameter in ours.parameters())
    assert tokenizer.pad_token_id is not None


def test_a_whole_model_loads_with_plain_transformers_and_carries_an_adapter(weather: Project, tiny_model: Path) -> None:
    whole = train(weather, "instruction-tuning", "talk", model=str(tiny_model), adapter="full", **MORE)
    folder = whole.result / "model"
    assert not list(folder.glob("*.bin"))
    assert AutoTokenizer.from_pretrained(folder).chat_template
    assert lineage(weather, whole.id) == Lineage(folder)
    plain = logits(AutoModelForCausalLM.from_pretrained(folder))
    torch.testing.assert_close(logits(load_run(weather, whole.id, "", FP32)[0]), plain)
    parents = {"from": whole.id}
    on_top = train(weather, "instruction-tuning", "talk", adapter="lora", parents=parents, **MORE)
    assert lineage(weather, on_top.id) == Lineage(folder, on_top.result / "adapter")


def test_a_run_begins_where_its_parent_ended(weather: Project, tiny_model: Path) -> None:
    first = train(weather, "instruction-tuning", "talk", model=str(tiny_model), **MORE)
    again = new_run(weather, "instruction-tuning", "talk", parents={"from": first.id}, **MORE)
    assert starting_point(weather, again.spec()) == lineage(weather, first.id)
    model, _ = models.load_trainable(weather, again.spec(), FP32)
    torch.testing.assert_close(logits(model), logits(load_run(weather, first.id, "", FP32)[0]))
    assert all("lora_" in name for name in models.trainable(model))
    with pytest.raises(UserError, match="has no result yet"):
        lineage(weather, again.id)


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_the_count_of_parameters_is_what_is_trained(weather: Project, tiny_model: Path, adapter: str) -> None:
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), adapter=adapter)
    model, _ = models.load_trainable(weather, run.spec(), FP32)
    found = sum(parameter.numel() for parameter in models.trainable(model).values())
    kind = registry.adapter(adapter)
    assert kind.count(inspect(str(tiny_model)).shapes, kind.options()) == found


def test_a_crash_while_a_newer_result_is_written_leaves_no_mixed_one(
    weather: Project, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), **MORE)
    run.ask("stop")
    with pytest.raises(Stop):
        instruction_tuning.run(RunContext(weather, run))
    assert run.result_info()
    run.forget_commands()

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(results, "save_adapter", crash)
    with pytest.raises(KeyboardInterrupt):
        instruction_tuning.run(RunContext(weather, run, resume=True))
    assert not run.result_info()


def test_the_base_is_refused_when_it_must_not_be_loaded(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architectures": ["LlamaForCausalLM"]}')
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")
    with pytest.raises(UserError, match="pickled"):
        load_base(tmp_path, FP32, frozen=True)


def test_what_is_measured_is_what_the_run_measured(weather: Project, tiny_model: Path) -> None:
    talk = weather.dataset("talk")
    run = train(weather, "instruction-tuning", "talk", model=str(tiny_model), **{**MORE, "max_length": 16})
    told = run.result_info()["metrics"]
    for name, value in evaluate(weather, run.id, talk).items():
        assert value == pytest.approx(told[name], rel=1e-4), name
    asked = write_dataset(weather.data / "asked", "asked", "prompts", [{"prompt": "a"}], split=0.0)
    with pytest.raises(UserError, match="cannot be measured on data of the kind “prompts”"):
        evaluate(weather, run.id, asked)
