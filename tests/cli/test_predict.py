import json
from pathlib import Path
from typing import Any

import pytest

from tests.engine import tiny_classifier
from tests.engine.tiny import train
from workbench.cli import main
from workbench.core.project import Project

TEXTS = ["sun it is.", "ice, ice.", "sun it is.", "a\nstorm"]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("predict")
    project = Project.create(folder / "project")
    tiny_classifier.write_weather(project)
    base = tiny_classifier.save(folder / "base")
    train(project, "text-classification", "weather", name="sorter", model=str(base), max_steps=4, learning_rate=1e-2)
    return project


def predict(project: Project, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    assert main(["predict", str(project.path), "--run", "sorter", *arguments, "--json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return found


def refused(project: Project, capsys: pytest.CaptureFixture[str], run: str, file: str) -> str:
    assert main(["predict", str(project.path), "--run", run, file]) == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("suffix", ["jsonl", "csv"])
def test_each_text_of_a_file_gets_its_likeliest_label(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], suffix: str
) -> None:
    path = tmp_path / f"texts.{suffix}"
    lines = [json.dumps({"review": text}) for text in TEXTS]
    path.write_text("\n".join(lines if suffix == "jsonl" else ["review", *(f'"{text}"' for text in TEXTS)]), "utf-8")
    found = predict(project, capsys, str(path))
    assert [one["text"] for one in found] == TEXTS
    for one in found:
        assert set(one["scores"]) == {"cold", "warm"}
        assert sum(one["scores"].values()) == pytest.approx(1)
        assert one["label"] == max(one["scores"], key=lambda label: one["scores"][label])
    assert found[0]["scores"] == pytest.approx(found[2]["scores"], abs=1e-3)


def test_a_data_set_of_the_project_is_known_by_its_name(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    found = predict(project, capsys, "weather")
    assert [one["text"] for one in found] == [row["text"] for row in project.dataset("weather").rows()]


def test_the_column_can_be_named_and_empty_rows_are_told(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text('{"a": "sun and sun", "b": "ice"}\n{"a": "fog and fog", "b": ""}\n', "utf-8")
    assert main(["predict", str(project.path), "--run", "sorter", str(path), "--map", "text=b", "--json"]) == 0
    said = capsys.readouterr()
    assert [one["text"] for one in json.loads(said.out)] == ["ice"]
    assert "1 × “Text” is missing or empty." in said.err


def test_mistakes_are_one_sentence(project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert refused(project, capsys, "sorter", str(tmp_path / "none.csv")).startswith("There is no file")
    assert refused(project, capsys, "nobody", "weather").startswith("There is no run")
    empty = tmp_path / "empty.jsonl"
    empty.write_text('{"text": ""}\n', "utf-8")
    assert refused(project, capsys, "sorter", str(empty)).startswith("No row of empty.jsonl can be used.")
