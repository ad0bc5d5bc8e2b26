import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.core.model_hub import SHA, ModelHub, connect, serving
from tests.engine.tiny import save_tiny
from tests.ui.model_folders import write_model
from workbench.cli import main
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project

NAME = "someone/little"
Workbench = Callable[..., tuple[int, str, str]]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[ModelHub]:
    with serving() as served:
        connect(monkeypatch, served, tmp_path / "hub")
        yield served


@pytest.fixture
def workbench(capsys: pytest.CaptureFixture[str]) -> Workbench:
    def run(*arguments: object) -> tuple[int, str, str]:
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


@pytest.fixture
def value(workbench: Workbench) -> Callable[..., Any]:
    def run(*arguments: object) -> Any:
        status, out, err = workbench(*arguments, "--json")
        assert status == 0, err
        return json.loads(out)

    return run


def test_search_get_and_show(hub: ModelHub, workbench: Workbench, value: Callable[..., Any], tmp_path: Path) -> None:
    hub.add(NAME, write_model(tmp_path / "little"), gated="auto")
    [found] = value("model", "search", "little")
    assert (found["model"], found["licence"], found["downloads"], found["gated"]) == (NAME, "apache-2.0", 1000, True)
    status, out, _ = workbench("model", "search", "little")
    assert status == 0
    assert NAME in out and "apache-2.0" in out and "yes" in out
    assert value("model", "search", "nothing of the sort") == []

    told = value("model", "show", NAME)
    assert (told["here"], told["refusal"], told["architecture"], told["family"]) == (False, "", "causal-lm", "llama")
    assert sorted(told["files"]) == ["config.json", "model.safetensors"]
    assert not hub.fetched(".safetensors")

    status, out, err = workbench("model", "get", NAME)
    assert status == 0, err
    assert f"Licence: apache-2.0 ({hub.endpoint}/{NAME})" in err
    assert "100 % " in err
    assert out.startswith(f"“{NAME}” is here: ")

    told = value("model", "show", NAME)
    assert (told["here"], told["refusal"], told["parameters"]) == (True, "", 56)
    assert told["path"].endswith(SHA)


def test_what_cannot_be_used_is_told(
    hub: ModelHub, workbench: Workbench, value: Callable[..., Any], tmp_path: Path
) -> None:
    folder = write_model(tmp_path / "gptq", quantization_config={"quant_method": "gptq"})
    (folder / "README.md").write_text("---\nlicense: mit\n---\n")
    hub.add("a/gptq", folder)
    here, there = value("model", "show", folder), value("model", "show", "a/gptq")
    assert (here["here"], here["licence"]) == (True, "mit")
    assert "quantised (gptq)" in here["refusal"] and "quantised (gptq)" in there["refusal"]
    status, out, err = workbench("model", "get", "a/gptq")
    assert (status, out) == (2, "")
    assert "quantised (gptq) and cannot be trained. Choose the model" in err
    status, _, err = workbench("model", "show", tmp_path / "nowhere")
    assert status == 2
    assert "There is no model" in err


def test_a_starter_is_shown_with_its_licence(value: Callable[..., Any]) -> None:
    told = value("model", "show", "minilm-l6")
    assert (told["licence"], told["architecture"], told["refusal"]) == ("Apache-2.0", "sequence-classifier", "")


def test_a_slip_is_told_before_a_model_is_downloaded(hub: ModelHub, workbench: Workbench, project: Project) -> None:
    write_dataset(project.data / "talk", "talk", "instruction", [{"prompt": "a", "answer": "b"}] * 4, split=0.25)
    good = ["--task", "instruction-tuning", "--data", "talk"]
    for command, wrong, sentence in (
        ("train", ["--task", "instruction-tuning", "--data", "nothing"], "nothing"),
        ("train", [*good, "--adapter", "what"], "works with these adapters"),
        ("train", [*good, "--set", "epochs=many"], "Epochs must be a number"),
        ("train", [*good, "--set", "adapter.rank=-1"], "LoRA rank must be"),
        ("train", ["--task", "what", "--data", "talk"], "what"),
        ("learning-curve", ["--task", "text-classification", "--data", "talk"], "takes data of the kinds"),
        ("bake-off", ["--task", "text-classification", "--data", "talk"], "takes data of the kinds"),
    ):
        status, _, err = workbench(command, project.path, *wrong, "--model", NAME)
        assert status == 2, err
        assert sentence in err
    assert hub.asked == []


def test_a_model_that_is_named_is_downloaded_and_trained(
    hub: ModelHub, value: Callable[..., Any], project: Project, tmp_path: Path
) -> None:
    write_dataset(project.data / "talk", "talk", "instruction", [{"prompt": "sun?", "answer": "sun."}] * 4, split=0.25)
    hub.add(NAME, save_tiny(tmp_path / "tiny"))
    few = ["--set", "max_steps=1", "--set", "samples=0"]
    arguments = ["--task", "instruction-tuning", "--data", "talk", "--model", NAME, *few]
    assert value("train", project.path, *arguments)["state"] == "finished"
    assert value("model", "show", NAME)["here"]
