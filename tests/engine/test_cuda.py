"""The engine on a GPU: the same runs as elsewhere, small, and nothing left behind on the processor by mistake."""

from pathlib import Path
from typing import Any

import pytest
import torch

from tests.engine import tiny, tiny_classifier, tiny_vision
from tests.engine.tiny import go, make_project, metrics, new_run, stop_at, train
from workbench.core import registry
from workbench.core.project import Project
from workbench.engine.device import probe
from workbench.engine.export import export
from workbench.engine.models import load_base, load_run

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU"),
]
TEXT = ("lora", "adalora", "bottleneck", "ia3", "prefix-tuning", "p-tuning", "prompt-tuning", "full")


@pytest.fixture(scope="module")
def tuned(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return make_project(tmp_path_factory.mktemp("cuda"))


def losses(run: Any) -> list[float]:
    return list(metrics(run)["eval/loss"].values())


def test_it_is_found() -> None:
    assert probe().name == "cuda"
    assert probe().precision == "bf16"


@pytest.mark.parametrize("adapter", TEXT)
def test_instruction_tuning_and_its_export(tmp_path: Path, adapter: str) -> None:
    project = Project.create(tmp_path / "project")
    tiny.write_talk(project)
    base = str(tiny.save_tiny(tmp_path / "base"))
    run = train(project, "instruction-tuning", "talk", model=base, adapter=adapter, epochs=12, learning_rate=1e-2)
    assert losses(run)[-1] < losses(run)[0]
    model, _ = load_run(project, run.id, "", probe())
    assert {weight.device.type for weight in model.parameters()} == {"cuda"}
    done = export(project, run.id, "adapter", tmp_path / "out", lambda phase: None)
    assert done.max_difference < 0.1


def test_a_stopped_run_goes_on(tuned: Project) -> None:
    base = tuned.run("tuned").spec().model
    how: dict[str, Any] = {"model": base, "max_steps": 6, "learning_rate": 1e-3}
    whole = train(tuned, "instruction-tuning", "talk", **how)
    halved = new_run(tuned, "instruction-tuning", "talk", **how)
    stop_at(tuned, halved, 3)
    go(tuned, halved, resume=True)
    assert losses(halved)[-1] == pytest.approx(losses(whole)[-1], rel=1e-3)


@pytest.mark.parametrize("task", ["ppo", "reinforce"])
def test_learning_from_a_reward(tuned: Project, task: str) -> None:
    small = {"max_steps": 2, "batch_size": 4, "max_new_tokens": 8, "eval_prompts": 4}
    run = train(tuned, task, "asked", parents={"from": "tuned", "reward": "reward"}, **small)
    assert set(metrics(run)["eval/kl"]) == {0, 2}
    assert all(abs(value) < 1e6 for value in metrics(run)["policy/loss"].values())


@pytest.mark.parametrize("adapter", TEXT)
def test_text_classification(tmp_path: Path, adapter: str) -> None:
    project = Project.create(tmp_path / "project")
    tiny_classifier.write_weather(project)
    base = str(tiny_classifier.save(tmp_path / "base"))
    how: dict[str, Any] = {"model": base, "adapter": adapter, "epochs": 12, "learning_rate": 1e-2}
    run = train(project, "text-classification", "weather", **how)
    assert min(losses(run)) < losses(run)[0]
    verdicts = registry.task("text-classification").predict
    assert verdicts is not None
    assert len(verdicts(project, run, [{"text": "sun."}], lambda share: None)) == 1


@pytest.mark.parametrize("adapter", ["lora", "adalora", "bottleneck", "ia3", "full"])
def test_image_classification(tmp_path: Path, adapter: str) -> None:
    project = Project.create(tmp_path / "project")
    tiny_vision.write_halves(project, tmp_path)
    base = str(tiny_vision.save(tmp_path / "base"))
    run = train(project, "image-classification", "halves", model=base, adapter=adapter, epochs=6, learning_rate=1e-2)
    assert min(losses(run)) < losses(run)[0]


def test_domain_adaptation(tmp_path: Path) -> None:
    from workbench.core.datasets.writer import write_dataset

    project = Project.create(tmp_path / "project")
    texts = [{"text": f"{word} it is. " * 3} for word in tiny.WORDS]
    write_dataset(project.data / "read", "read", "text", texts, split=0.2)
    base = str(tiny.save_tiny(tmp_path / "base"))
    run = train(project, "domain-adaptation", "read", model=base, epochs=4, max_length=64, learning_rate=1e-3)
    assert losses(run)[-1] < losses(run)[0]


@pytest.mark.parametrize("bits", ["8", "4"])
def test_a_base_in_few_bits(tmp_path: Path, bits: str) -> None:
    pytest.importorskip("bitsandbytes")
    project = Project.create(tmp_path / "project")
    tiny.write_talk(project)
    base = tiny.save_tiny(tmp_path / "base", width=256)
    how: dict[str, Any] = {"model": str(base), "epochs": 12, "learning_rate": 1e-2, "base_bits": bits}
    run = train(project, "instruction-tuning", "talk", **how)
    assert losses(run)[-1] < losses(run)[0]

    def held(bits: str) -> int:
        model: Any = load_base(base, probe(), frozen=True, bits=bits)
        return sum(weight.nbytes for weight in model.model.layers.parameters())

    assert held(bits) < {"8": 0.6, "4": 0.35}[bits] * held("as-is")  # of bf16, the norms included
    model, _ = load_run(project, run.id, "", probe())
    assert {"8": "Linear8bitLt", "4": "Linear4bit"}[bits] in {type(module).__name__ for module in model.modules()}
    done = export(project, run.id, "adapter", tmp_path / "out", lambda phase: None)  # on the base as it is
    assert done.max_difference < 0.1
    halved = new_run(project, "instruction-tuning", "talk", **{**how, "epochs": 3})
    stop_at(project, halved, 2)
    go(project, halved, resume=True)
    assert losses(halved)[-1] < losses(halved)[0]
