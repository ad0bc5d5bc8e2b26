import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.engine.tiny import save_tiny
from workbench.core.project import Project

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "WORKBENCH_LANGUAGE": "en", "LC_ALL": "C", "HF_HUB_OFFLINE": "1"}
WORDS = ["sun", "rain", "snow", "wind", "fog", "hail", "heat", "ice", "storm", "cloud"]


def start(*arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "workbench", *map(str, arguments)]
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=ENVIRONMENT,
        start_new_session=True,
    )


def workbench(*arguments: object) -> tuple[int, str, str]:
    child = start(*arguments)
    out, err = child.communicate(timeout=300)
    return child.returncode, out, err


def value(*arguments: object) -> Any:
    status, out, err = workbench(*arguments, "--json")
    assert status == 0, err
    return json.loads(out)


def press_ctrl_c(child: subprocess.Popen[str]) -> None:
    """Wait for the first step, and interrupt."""
    assert child.stderr is not None
    assert any("train/loss" in line for line in child.stderr)
    os.kill(child.pid, signal.SIGINT)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    save_tiny(folder / "model")
    rows = [{"prompt": f"{word}?", "answer": f"{word} it is."} for word in WORDS]
    (folder / "talk.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    Project.create(folder / "p")
    value("data", "import", folder / "p", folder / "talk.jsonl", "--kind", "instruction", "--split", "0.2")
    return folder / "p"


def train(project: Path, *more: str) -> list[object]:
    model = project.parent / "model"
    settings = [f"--set={pair}" for pair in ("batch_size=4", "samples=0", *more)]
    return ["train", project, "--task", "instruction-tuning", "--data", "talk", "--model", model, *settings]


def test_train_stop_resume_list_and_measure(project: Path) -> None:
    child = start(*train(project, "max_steps=1000000", "adapter.rank=2"), "--name", "mine", "--json")
    press_ctrl_c(child)
    out, err = child.communicate(timeout=300)
    assert child.returncode == 0, err
    stopped = json.loads(out)
    wanted = {"run", "task", "model", "adapter", "data", "state", "parents", "seconds", "metrics", "result"}
    assert wanted <= set(stopped)
    assert (stopped["state"], stopped["task"], stopped["adapter"], stopped["data"]) == (
        "stopped", "instruction-tuning", "lora", "talk",
    )  # fmt: skip
    assert "Stopping after this step and saving" in err

    short = value(*train(project, "epochs=1"))
    assert (short["state"], short["step"], short["total"]) == ("finished", 2, 2)
    assert {"train/loss", "eval/loss", "eval/accuracy", "eval/perplexity"} <= set(short["metrics"])
    assert (Path(short["result"]) / "adapter" / "adapter_model.safetensors").exists()

    assert value("runs", project) == [stopped, short]
    _, *lines = workbench("runs", project)[1].splitlines()
    assert [line.split()[0] for line in lines] == [stopped["run"], short["run"]], "nothing is cut or wrapped in a pipe"
    measured = value("evaluate", project, "--run", short["run"], "--data", "talk")
    assert (measured["run"], measured["data"]) == (short["run"], "talk")
    assert measured["metrics"]["eval/loss"] == pytest.approx(short["metrics"]["eval/loss"], rel=0.02)
    status, out, err = workbench("resume", project, short["run"], "--json")
    assert (status, out) == (2, "")
    assert "there is nothing to resume" in err

    child = start("resume", project, "mine", "--json")
    press_ctrl_c(child)
    again = json.loads(child.communicate(timeout=300)[0])
    assert (again["run"], again["state"]) == (stopped["run"], "stopped")
    assert again["step"] > stopped["step"]


def test_a_failed_run_ends_with_1_and_its_reason(project: Path) -> None:
    (project.parent / "long.jsonl").write_text(json.dumps({"prompt": "a" * 30, "answer": "too far"}) + "\n")
    value("data", "import", project, project.parent / "long.jsonl", "--kind", "instruction", "--split", "0")
    status, out, err = workbench(*train(project, "max_length=16"), "--data", "long", "--json")
    assert status == 1, err
    assert json.loads(out)["state"] == "failed"
    assert json.loads(out)["reason"] == err.splitlines()[-1] == "No row of “long” can be used for training."
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "epochs"], "Write a setting as key=value; “epochs” has no “=”."),
        (["--set", "epochs=many"], "Epochs must be a number."),
        (["--data", "poems"], "There is no data set “poems”"),
        (["--model", "no/model"], "Hugging Face cannot be reached. Check the network and try again."),
        (["--task", "poetry"], "There is no task “poetry”"),
        (["--from", "x"], "There is no run “x”"),
    ],
)
def test_mistakes_end_with_2_and_one_sentence(
    project: Path, arguments: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # where nobody listens
    before = list((project / "runs").iterdir())
    status, out, err = workbench(*train(project), *arguments, "--json")
    assert (status, out) == (2, "")
    assert sentence in err and len(err.strip().splitlines()) == 1
    assert list((project / "runs").iterdir()) == before


def test_unknown_runs_are_a_mistake(project: Path) -> None:
    for command in (["resume", project, "x"], ["evaluate", project, "--run", "x", "--data", "talk"]):
        status, out, err = workbench(*command)
        assert (status, out) == (2, "")
        assert "There is no run “x”" in err
