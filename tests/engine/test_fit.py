import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch

from tests.engine import tiny
from workbench.core.errors import UserError
from workbench.core.fitting import Fit, described
from workbench.core.options import parse
from workbench.core.plan import Request, plan
from workbench.core.project import Project
from workbench.core.trial import try_step
from workbench.engine.fit.estimate import estimate
from workbench.engine.fit.meter import Meter
from workbench.tasks.instruction_tuning import Options

LAYER, NORM = 32 * 32 * 2 + 32 * 16 * 2 + 3 * 32 * 64 + 2 * 32, 32
"""Numbers of a block of the tiny model (attention with half the keys, feed-forward, two norms), and of a norm."""


@pytest.fixture
def bare(tiny_model: Path, tmp_path: Path) -> Path:
    """A folder with the configuration of the tiny model alone."""
    folder = tmp_path / "bare"
    folder.mkdir()
    (folder / "config.json").write_bytes((tiny_model / "config.json").read_bytes())
    return folder


def reckon(project: Project, model: Path, adapter: str = "lora", *, remedies: bool = False, **settings: Any) -> Fit:
    chosen = {"precision": "fp32", **settings}
    request = Request(task="instruction-tuning", data="talk", model=str(model), adapter=adapter, settings=chosen)
    spec = plan(project, request, described)
    return estimate(model, spec, project.dataset("talk"), remedies=remedies)


def test_parameters_and_optimiser_by_hand(weather: Project, bare: Path) -> None:
    words = json.loads((bare / "config.json").read_text("utf-8"))["vocab_size"] * 32
    whole = reckon(weather, bare, "full")
    assert whole.parameters == whole.trainable == 2 * words + 2 * LAYER + NORM
    assert whole.parts["trained"] == whole.trainable * 12  # a number, and two moments, in fp32
    rank: dict[str, Any] = {"adapter.rank": 2}
    lora = reckon(weather, bare, "lora", **rank)
    # four layers of attention and three of the feed-forward network, each with both its sides
    assert lora.trainable == 2 * 2 * (64 + 48 + 48 + 64 + 96 + 96 + 96)
    assert lora.parameters == whole.parameters + lora.trainable


def test_what_takes_less_is_less(weather: Project, tiny_model: Path) -> None:
    now = reckon(weather, tiny_model, "full", batch_size=8, remedies=True)
    found = {remedy.name: remedy for remedy in now.remedies}
    assert {"micro-batch", "checkpointing", "lora"} <= set(found)
    assert all(remedy.memory < now.memory for remedy in found.values())
    assert found["micro-batch"].settings == {"micro_batch": 4}
    assert found["micro-batch"].slower == pytest.approx(1, rel=0.1)
    assert 1.1 < found["checkpointing"].slower < 1.5  # the way there is a third of a step


def test_it_counts_what_is_alive_and_each_memory_once() -> None:
    with Meter() as meter:
        first = torch.zeros(1000)
        view = first[:10]
        second = first + 1
        assert meter.now == (8000, 0)
        del first
        assert meter.now == (8000, 0)  # the view keeps it
        del view, second
    assert meter.now == (0, 0)
    assert meter.both == 8000


def test_a_real_step_is_measured_and_leaves_nothing(weather: Project, tiny_model: Path) -> None:
    before = sorted(path for path in weather.path.rglob("*"))
    request = Request(task="instruction-tuning", data="talk", model=str(tiny_model), adapter="lora")
    found = try_step(weather, request)
    assert 1e8 < found.memory < 5e9
    assert found.step_seconds > 0
    assert sorted(path for path in weather.path.rglob("*")) == before
    assert weather.runs() == []


def test_checkpointing_changes_no_loss(weather: Project, tiny_model: Path, plain_cpu: None) -> None:
    how: dict[str, Any] = {"model": str(tiny_model), "max_steps": 4, "batch_size": 4, "learning_rate": 1e-2}
    plain = tiny.train(weather, "instruction-tuning", "talk", **how)
    saving = tiny.train(weather, "instruction-tuning", "talk", gradient_checkpointing=True, **how)
    assert tiny.metrics(saving)["train/loss"] == tiny.metrics(plain)["train/loss"]


def test_checkpointing_with_a_prefix_is_refused(weather: Project, tiny_model: Path) -> None:
    how: dict[str, Any] = {"model": str(tiny_model), "adapter": "prefix-tuning", "gradient_checkpointing": True}
    with pytest.raises(UserError, match="prefix"):
        tiny.new_run(weather, "instruction-tuning", "talk", **how)


def test_a_run_from_before_these_settings_is_read_as_it_was() -> None:
    new = ("precision", "gradient_checkpointing")
    old = {name: value for name, value in msgspec.to_builtins(Options()).items() if name not in new}
    assert parse(Options, old) == Options()


def test_the_command_answers_from_a_configuration_alone(weather: Project, bare: Path) -> None:
    command = [sys.executable, "-m", "workbench", "fit", str(weather.path), "--task", "instruction-tuning"]
    command += ["--data", "talk", "--model", str(bare), "--adapter", "lora", "--only", "--json"]
    done = subprocess.run(command, capture_output=True, check=True)
    found = msgspec.json.decode(done.stdout, type=Fit)
    assert found.memory > sum(found.parts.values()) * 0.999
    assert found.trainable < found.parameters
