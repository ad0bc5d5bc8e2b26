import json
from pathlib import Path

import pytest
from test_commands_data import value, workbench

from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project


@pytest.fixture
def folder(project: Project) -> Path:
    rows = [
        {"text": "write to me@example.com", "label": "x"},
        {"text": "so so", "label": "x"},
        {"text": "So  so", "label": "y"},
    ]
    parts = ["train", "train", "validation"]
    write_dataset(project.data / "notes", "notes", "text-label", rows, split=0.0, parts=parts)
    return project.path


def test_a_data_set_is_checked_and_masked(folder: Path) -> None:
    report = value("data", "check", folder, "notes")
    assert report["parts"] == {"train": 2, "validation": 1}
    assert report["same"]["leaks_other_label"]["count"] == 1
    assert [(one["type"], one["count"]) for one in report["personal"]["types"]] == [("email", 1)]
    assert "me@example.com" not in json.dumps(report)
    plain = workbench("data", "check", folder, "notes")
    assert "Personal data: 1 findings." in plain.stdout
    assert "100 %" in plain.stderr
    assert value("data", "mask", folder, "notes") == {"data": "notes-masked", "rows": 3, "changed": 1}
    assert Project(folder).dataset("notes-masked").page(0, 1) == [
        {"text": "write to [EMAIL]", "label": "x", "split": "train"}
    ]


def test_labels_are_set_right(folder: Path) -> None:
    made = value("data", "relabel", folder, "notes", "--set", "3=x", "--name", "better")
    assert made == {"data": "better", "changed": 1}
    assert [row["label"] for row in Project(folder).dataset("better").page(0, 3)] == ["x", "x", "x"]
    refused = workbench("data", "relabel", folder, "notes", "--set", "three=x")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "“three=x” names no row and label; write it as row=label."


def test_rows_are_shown_as_the_model_sees_them(folder: Path, tmp_path: Path) -> None:
    from tests.engine.tiny import make_tokenizer

    make_tokenizer().save_pretrained(tmp_path / "model")
    (row,) = value("data", "show", folder, "notes", "--model", tmp_path / "model", "--row", "2", "--max-length", "8")
    assert (row["row"], row["split"], row["label"]) == (2, "train", "x")
    assert row["views"][0]["segments"] == [{"text": "so so"}]
    assert (row["views"][0]["tokens"], row["views"][0]["kept"]) == (5, 5)
    refused = workbench("data", "show", folder, "notes", "--model", tmp_path / "model", "--row", "9")
    assert refused.returncode == 2
    assert refused.stderr.strip() == "There is no row 9; the data set has 3."
