import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.tiny import save_tiny
from workbench.cli import main
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("label")
    project = Project.create(folder / "project")
    write_dataset(project.data / "open", "open", "unlabelled", [{"text": f"text {n}"} for n in range(70)], split=0.0)
    known = [{"text": f"known {n}", "label": "10"[n % 2]} for n in range(8)]
    write_dataset(project.data / "known", "known", "text-label", known, split=0.25)
    save_tiny(folder / "base")
    return folder


def workbench(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "workbench", "data", "label", str(folder / "project"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


def test_a_model_labels_is_measured_and_makes_a_data_set(folder: Path) -> None:
    who = ["--model", str(folder / "base"), "--labels", "1=good, 0=bad", "--prompt", "{{ text }} {{ labels }}?"]
    told = workbench(folder, "open", *who, "--calibrate", "known", "--threshold", "0", "--with", "known", "--json")
    assert told.returncode == 0, told.stderr
    report = json.loads(told.stdout)
    assert (report["rows"], report["labelled"], report["left"], report["above"]) == (70, 70, 0, 70)
    assert (report["measured_on"], report["measured"]) == ("known", 8)
    assert sum(one["count"] for one in report["bins"]) == 8
    assert "91 % · 64 of 70 rows" in told.stderr or "100 % · 70 of 70 rows" in told.stderr
    made = Project(folder / "project").dataset(report["made"])
    assert made.info.splits == {"train": 76, "validation": 2}
    by_model = [row for row in made.rows() if "labelled_by" in row]
    assert len(by_model) == 70
    assert {row["labelled_by"] for row in by_model} == {str(folder / "base")}
    assert {row["label"] for row in by_model} <= {"0", "1"}


@pytest.mark.parametrize(
    "arguments",
    [
        ["open"],
        ["open", "--model", "smollm2-135m-instruct", "--labels", "one"],
        ["known", "--model", "smollm2-135m-instruct", "--labels", "a, b"],
        ["open", "--model", "smollm2-135m-instruct", "--labels", "a, b", "--prompt", "no slot"],
        ["nothing", "--run", "001-x"],
    ],
)
def test_a_slip_is_told_in_one_sentence_before_a_model_is_loaded(
    folder: Path, arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["data", "label", str(folder / "project"), *arguments]) == 2
    said = capfd.readouterr().err.strip()
    assert said and "Traceback" not in said and "Loading" not in said
