from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_train import value, workbench
from tests.engine import tiny_classifier
from workbench.core.project import Project


@pytest.fixture
def ask(project: Project, tmp_path: Path) -> list[object]:
    tiny_classifier.write_weather(project)
    model = tiny_classifier.save(tmp_path / "model")
    return ["bake-off", project.path, "--task", "text-classification", "--data", "weather", "--model", model]


def test_two_adapters_from_the_start_to_the_sentence(ask: list[object], project: Project) -> None:
    settings = [f"--set={pair}" for pair in ("max_steps=3", "samples=0")]
    told: dict[str, Any] = value(*ask, *settings, "--adapters", "lora, ia3")
    assert told["measure"] == "eval/accuracy"
    lora, ia3 = told["results"]
    assert (lora["adapter"], ia3["adapter"]) == ("lora", "ia3")
    for result in (lora, ia3):
        assert result["state"] == "finished" and 0 <= result["quality"] <= 1
        assert result["memory"] > 100 and result["size"] > 1000 and result["seconds"] >= 0
    assert lora["trainable"] > ia3["trainable"] > 0
    assert "IA3" in told["sentence"]
    assert value("bake-off", project.path, "--bake-off", told["bake_off"]) == told
    assert len(project.runs()) == 2, "nothing is trained twice"
    status, out, _ = workbench("bake-off", project.path, "--bake-off", told["bake_off"])
    assert status == 0
    assert out.splitlines()[-1] == told["sentence"]


@pytest.mark.parametrize(
    ("adapters", "sentence"),
    [
        ("lora", "Choose two or more adapters to compare."),
        ("lora,lroa", "There is no adapter “lroa”"),
    ],
)
def test_what_does_not_go_is_said(ask: list[object], adapters: str, sentence: str) -> None:
    status, _, error = workbench(*ask, "--adapters", adapters)
    assert status == 2
    assert sentence in error
