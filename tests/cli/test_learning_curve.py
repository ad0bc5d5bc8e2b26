import json
import random
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_train import value, workbench
from workbench.core import starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project


@pytest.fixture
def reviews(project: Project) -> Path:
    lines = starters.get("reviews").read_text("utf-8").splitlines()
    rows = [{"text": row["text"], "label": row["label"]} for row in map(json.loads, lines)]
    random.Random(0).shuffle(rows)
    write_dataset(project.data / "reviews", "reviews", "text-label", rows[:150], split=0.4)
    return project.path


def ask(project: Path, *more: object) -> list[object]:
    return [
        *("learning-curve", project, "--task", "text-classification", "--data", "reviews"),
        *("--model", starters.get("minilm-l6"), *more),
    ]


@pytest.mark.slow
def test_a_study_from_its_start_to_the_sentence(reviews: Path) -> None:
    """90 rows to learn from, 60 to be measured on, five steps each."""
    settings = [f"--set={pair}" for pair in ("max_steps=5", "samples=0", "eval_every=100", "max_length=32")]
    told: dict[str, Any] = value(*ask(reviews, *settings, "--adapter", "lora", "--shares", "0.2,1"))
    small, whole = told["points"]
    assert {"share", "rows", "run", "accuracy", "low", "high"} <= set(small)
    assert (small["share"], small["rows"], whole["share"], whole["rows"]) == (0.2, 18, 1.0, 90)
    assert (small["run"], whole["run"]) == ("001-text-classification", "002-text-classification")
    for point in (small, whole):
        assert 0 <= point["low"] < point["accuracy"] < point["high"] <= 1
    assert told["verdict"] in ("worth", "little", "unsure") and told["sentence"]
    project = Project.open(reviews)
    runs = [project.run(name) for name in (small["run"], whole["run"])]
    assert [run.spec().name.split(" · ")[-1] for run in runs] == ["20 %", "100 %"]
    assert [run.summary().metrics["eval/accuracy"] for run in runs] == [
        pytest.approx(point["accuracy"]) for point in (small, whole)
    ]
    again = value("learning-curve", reviews, "--study", "001")
    assert again == told and len(project.runs()) == 2, "nothing is trained twice"
    status, out, _ = workbench("learning-curve", reviews, "--study", "001")
    assert status == 0
    assert [line.split()[:3] for line in out.splitlines()[1:3]] == [["18", "20", "%"], ["90", "100", "%"]]
    assert out.splitlines()[-1] == told["sentence"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--shares", "a,b"], "“a,b” is no list of numbers separated by commas."),
        (["--shares", "0.5"], "A learning curve needs two or more shares"),
        (["--study", "7"], "There is no study “7”; there are: none yet."),
        (["--set", "epochs=many"], "Epochs must be a number."),
    ],
)
def test_mistakes_end_with_2_and_one_sentence(reviews: Path, more: list[str], sentence: str) -> None:
    status, out, err = workbench(*ask(reviews, *more), "--json")
    assert (status, out) == (2, "")
    assert err.strip().startswith(sentence) and len(err.strip().splitlines()) == 1
    assert not (reviews / "studies").exists()
