import json
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.core.project import Project
from workbench.core.spec import RunSpec
from workbench.engine import export as exporting


@pytest.fixture
def run(project: Project) -> str:
    spec = RunSpec(task="instruction-tuning", name="mine", model="m", model_path="/m", data="d", data_path="d")
    return project.new_run(spec).id


def test_the_json_value_tells_what_was_proved(
    project: Project, run: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done = exporting.Exported(tmp_path / "out", 0.0)
    monkeypatch.setattr(exporting, "export", lambda *_: done)
    command = ["export", str(project.path), "--run", "mine", "--format", "adapter", "--to", str(tmp_path / "out")]
    assert main([*command, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "run": run,
        "format": "adapter",
        "path": str(tmp_path / "out"),
        "checked": True,
        "max_difference": 0.0,
    }


def test_a_run_without_a_result_is_a_mistake_of_the_user(
    project: Project, run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(project.path), "--run", run, "--to", str(tmp_path / "out")]) == 2
    said = capsys.readouterr()
    assert said.err.splitlines()[-1] == f"Run “{run}” has no result yet."
    assert said.out == ""


def test_a_format_that_the_task_does_not_have_is_refused_before_anything_is_loaded(
    project: Project, run: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["export", str(project.path), "--run", run, "--format", "pickle", "--to", str(tmp_path / "out")]
    assert main(command) == 2
    assert capsys.readouterr().err == "The format “pickle” is not known; there is: adapter.\n"
