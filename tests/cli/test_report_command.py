import json
from typing import Any

import pytest

from workbench.cli import main
from workbench.core import reports
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.project import Project
from workbench.core.reports import Judged
from workbench.core.runs import Run
from workbench.core.spec import RunSpec

INFO = DatasetInfo(name="notes", kind="text-label", rows=5, hash="h", splits={"train": 0, "validation": 5})
ROWS = [
    Judged(what="fine", truth=(1,), scores=(0.1, 0.9), before=(0.6, 0.4)),
    Judged(what="[so]\nso", pair="well", truth=(0,), scores=(0.2, 0.8), before=(0.6, 0.4)),
    Judged(what="good", truth=(0,), scores=(0.05, 0.95), before=(0.6, 0.4)),
    Judged(what="dull", truth=(0,), scores=(0.7, 0.3), before=(0.6, 0.4)),
    Judged(what="long " * 40, truth=(1,), scores=(0.6, 0.4), before=(0.6, 0.4)),
]


def make(project: Project, rows: list[Judged], labels: list[str], **more: Any) -> Run:
    spec = RunSpec(task="text-classification", name="sorter", model="m", model_path="m", data="notes", data_path="d")
    run = project.new_run(spec)
    reports.save(run.result, reports.build(INFO, "data/notes", more.pop("medium", "text"), labels, rows, **more), rows)
    return run


def told(project: Project, capsys: pytest.CaptureFixture[str], *more: str, status: int = 0) -> str:
    assert main(["report", str(project.path), "--run", "sorter", *more]) == status
    said = capsys.readouterr()
    return said.err if status else said.out


def test_a_person_reads_before_and_after_labels_matrix_and_mistakes(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make(project, ROWS, ["bad", "good"])
    lines = [line.split() for line in told(project, capsys).splitlines()]
    assert f"Run “{run.id}” on 5 held-out rows of “notes”".split() in lines
    assert ["Accuracy", "0.6000", "0.4000"] in lines
    assert ["Macro-F1", "0.3750", "0.4000"] in lines, "all called bad: F1 6/8 and 0; then 2/5 and 2/5"
    assert ["bad", "3", "2", "0.500", "0.333", "0.400"] in lines
    matrix = lines.index(["True", "label", "bad", "good"])
    assert lines[matrix + 1 : matrix + 3] == [["bad", "1", "2"], ["good", "1", "1"]]
    worst = lines[lines.index(["Sure", "True", "label", "The", "model", "says", "Row"]) + 1 :]
    assert [line[:3] for line in worst] == [
        ["95.0%", "bad", "good"],
        ["80.0%", "bad", "good"],
        ["60.0%", "good", "bad"],
    ]
    assert worst[1][3:] == ["[so]", "so", "/", "well"]
    assert worst[2][-1] == "…"
    assert len(told(project, capsys, "--mistakes", "1").splitlines()) == len(lines) - 2


def test_json_has_all_of_it(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    run = make(project, ROWS, ["bad", "good"])
    found = json.loads(told(project, capsys, "--json"))
    assert (found["run"], found["rows"], found["confusion"]) == (run.id, 5, [[1, 2], [1, 1]])
    assert (found["before"]["accuracy"], found["after"]["accuracy"]) == (0.6, 0.4)
    first, second, _ = found["worst"]
    assert {"row": 2, "text": "good", "truth": ["bad"], "said": ["good"], "sure": 0.95}.items() <= first.items()
    assert first["scores"] == {"bad": 0.05, "good": 0.95}
    assert second["text_pair"] == "well"


def test_the_rows_behind_a_cell(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    make(project, ROWS, ["bad", "good"])
    found = json.loads(told(project, capsys, "--cell", "bad", "good", "--json"))
    assert (found["truth"], found["said"]) == ("bad", "good")
    assert [row["text"] for row in found["rows"]] == ["good", "[so]\nso"]
    assert [line.split()[0] for line in told(project, capsys, "--cell", "bad", "bad").splitlines()] == ["Sure", "70.0%"]
    assert "There is no label “ugly”; there are: bad, good." in told(project, capsys, "--cell", "ugly", "bad", status=2)


def test_an_empty_cell_is_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    make(project, ROWS[:1], ["bad", "good"])
    assert told(project, capsys, "--cell", "bad", "good") == "No row of “bad” is taken for “good”.\n"
    assert told(project, capsys).splitlines()[-1] == "There is no mistake among the 1 held-out rows."


def test_images_are_named_by_their_paths(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    make(project, [Judged(what="images/1.png", truth=(0,), scores=(0.4, 0.6))], ["cat", "dog"], medium="image")
    found = json.loads(told(project, capsys, "--json"))
    assert found["worst"][0]["path"] == "images/1.png" and found["before"] is None
    lines = [line.split() for line in told(project, capsys).splitlines()]
    assert ["Accuracy", "–", "0.0000"] in lines
    assert ["60.0%", "cat", "dog", "images/1.png"] in lines


def test_several_labels_a_row(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        Judged(what="a", truth=(0, 1), scores=(0.9, 0.2)),
        Judged(what="b", truth=(), scores=(0.8, 0.9)),
        Judged(what="c", truth=(1,), scores=(0.3, 0.1)),
    ]
    make(project, rows, ["x", "y"], several=True)
    text = told(project, capsys)
    assert "Confusion matrix" not in text
    assert [line.split()[1:] for line in text.splitlines()[-3:]] == [
        ["x,", "y", "x", "a"],
        ["no", "label", "x,", "y", "b"],
        ["y", "no", "label", "c"],
    ]
    found = json.loads(told(project, capsys, "--cell", "y", "x", "--json"))
    assert [row["text"] for row in found["rows"]] == ["a"]


def test_of_many_labels_what_is_confused_most(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    labels = [f"l{number}" for number in range(13)]

    def row(truth: int, said: int) -> Judged:
        return Judged(what="t", truth=(truth,), scores=tuple(0.9 if number == said else 0.0 for number in range(13)))

    make(project, [row(0, 0), row(1, 2), row(3, 4), row(3, 4)], labels)
    lines = [line.split() for line in told(project, capsys).splitlines()]
    at = lines.index(["Confused", "most"])
    assert lines[at + 3 : at + 5] == [["l3", "l4", "2"], ["l1", "l2", "1"]]


def test_a_run_without_a_report(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    spec = RunSpec(task="instruction-tuning", name="sorter", model="m", model_path="m", data="d", data_path="d")
    project.new_run(spec)
    assert "has no report: it is no classifier, or nothing was held out." in told(project, capsys, status=2)
