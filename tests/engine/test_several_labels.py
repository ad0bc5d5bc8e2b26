"""Texts that have several labels, or none: from the data to what is said of new ones."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from transformers import AutoModelForSequenceClassification

from tests.engine import tiny_classifier
from tests.engine.tiny import FP32, go, metrics, new_run, stop_at, train
from workbench.cli import main
from workbench.core import events, judging, reports
from workbench.core.datasets.importer import import_file
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.labelling.setup import describe
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.classification import Classifier

pytestmark = pytest.mark.usefixtures("plain_cpu")

TASK = "text-classification"
LABELS = ["a", "b", "c"]
MORE: dict[str, Any] = {"batch_size": 8, "epochs": 8, "learning_rate": 2e-2, "several_labels": True}


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier.save(tmp_path_factory.mktemp("tiny-bert"))


@pytest.fixture
def letters(project: Project, tmp_path: Path) -> Project:
    """80 texts, labelled by which of three letters they have; an eighth of them have none."""
    rows = []
    for number in range(80):
        there = [letter for place, letter in enumerate("abc") if number >> place & 1]
        text = "".join(3 * letter for letter in there) or "ddd"
        rows.append({"text": text + number // 8 * ".", "labels": there[::-1]})
    path = tmp_path / "letters.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    import_file(project, path, split=0.25)
    return project


@pytest.fixture
def tune(letters: Project, bert: Path) -> Callable[..., Run]:
    return lambda **more: train(letters, TASK, "letters", model=str(bert), **{**MORE, **more})


@pytest.mark.parametrize("adapter", ["lora", "full"])
def test_it_learns_each_label_for_itself(letters: Project, tune: Callable[..., Run], adapter: str) -> None:
    run = tune(adapter=adapter, **({"learning_rate": 5e-3} if adapter == "full" else {}))
    found = metrics(run)["eval/accuracy"]
    assert found[0] < 0.5 and max(found.values()) >= 0.9
    info = run.result_info()
    assert (info["labels"], info["several"]) == (LABELS, True)
    told = info["metrics"]
    for name, value in judging.evaluate(letters, run.id, letters.dataset("letters")).items():
        assert value == pytest.approx(told[name], rel=1e-4), name


def test_accuracy_is_all_labels_right_and_the_report_says_so_too(letters: Project, tune: Callable[..., Run]) -> None:
    run = tune(epochs=2)
    report, rows = reports.load(run), letters.dataset("letters").rows("validation")
    assert report is not None and report.several and report.before is not None and not report.confusion
    verdicts = Classifier.load(letters, run.id, FP32).verdicts(rows)
    right = [
        set(one.labels or ()) == set(row["label"].replace(" ", "").split(";")) - {""}
        for one, row in zip(verdicts, rows, strict=True)
    ]
    assert 0 < sum(right) < len(right), "where all are right or wrong, nothing is shown"
    assert report.after.accuracy == pytest.approx(sum(right) / len(right))
    assert run.result_info()["metrics"]["eval/accuracy"] == report.after.accuracy
    scores = np.array([[one.scores[label] for label in LABELS] for one in verdicts])
    assert not np.allclose(scores.sum(1), 1)
    assert np.array([row.scores for row in reports.judged(run)]) == pytest.approx(scores, abs=1e-4)


def test_predict_gives_all_labels_or_none(
    letters: Project, tune: Callable[..., Run], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tune()
    path = tmp_path / "new.jsonl"
    path.write_text('{"text": "aaabbb.."}\n{"text": "aaa...."}\n{"text": "ddd.."}\n', "utf-8")
    assert main(["predict", str(letters.path), "--run", run.id, str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [one["labels"] for one in found] == [["a", "b"], ["a"], []]
    assert all(one["label"] == max(one["scores"], key=one["scores"].get) for one in found)
    assert main(["predict", str(letters.path), "--run", run.id, str(path)]) == 0
    assert [line.split("\t")[0] for line in capsys.readouterr().out.splitlines()] == ["a, b", "a", "no label"]


def test_samples_name_all_labels(tune: Callable[..., Run]) -> None:
    run = tune(samples=12)
    said = [event.response for event in run.follow().read() if isinstance(event, events.Sample)]
    assert any(text.startswith("a, b, ") and text.endswith("right") for text in said)
    assert any(text.startswith("no label, ") for text in said)
    assert any("wrong, it is" in text for text in said)


def test_a_stopped_run_goes_on_as_if_it_had_not_been(letters: Project, bert: Path, tune: Callable[..., Run]) -> None:
    more = {**MORE, "epochs": 2, "class_weights": "balanced"}
    whole = tune(**more)
    run = new_run(letters, TASK, "letters", model=str(bert), **more)
    stop_at(letters, run, 5)
    go(letters, run, resume=True)
    assert metrics(run) == metrics(whole)
    assert reports.judged(run) == reports.judged(whole)


def test_another_separator(project: Project, bert: Path) -> None:
    rows = [{"text": f"{word}.", "label": "x|y" if n % 2 else "y"} for n, word in enumerate(tiny_classifier.WORDS)]
    write_dataset(project.data / "bars", "bars", "text-label", rows, split=0.25)
    more = {**MORE, "epochs": 1, "model": str(bert)}
    assert train(project, TASK, "bars", label_separator="|", **more).result_info()["labels"] == ["x", "y"]
    assert train(project, TASK, "bars", **more).result_info()["labels"] == ["x|y", "y"]
    with pytest.raises(UserError, match="Say what stands between the labels of a row"):
        train(project, TASK, "bars", label_separator="", **more)


def test_what_can_be_mistaken_is_said(letters: Project, bert: Path, tune: Callable[..., Run]) -> None:
    with pytest.raises(UserError, match="Rows of “letters” have no label; that is possible only with several labels"):
        tune(several_labels=False)
    same = [{"text": f"{word}.", "label": "x; y" if n % 2 else "y; x"} for n, word in enumerate(tiny_classifier.WORDS)]
    write_dataset(letters.data / "same", "same", "text-label", same, split=0.0)
    with pytest.raises(UserError, match="All rows of “same” have the same label"):
        train(letters, TASK, "same", model=str(bert), **MORE)
    run = tune(epochs=1)
    write_dataset(letters.data / "more", "more", "text-label", [{"text": "c", "label": "a; z"}], split=0.0)
    with pytest.raises(UserError, match=r"labels that run “.*” never learnt: z. It knows: a, b, c"):
        judging.evaluate(letters, run.id, letters.dataset("more"))
    write_dataset(letters.data / "bare", "bare", "unlabelled", [{"text": "c"}], split=0.0)
    with pytest.raises(UserError, match="gives a text several labels, but one is proposed"):
        describe(letters, "bare", run=run.id)


def test_other_programs_are_told_that_labels_are_several(tune: Callable[..., Run]) -> None:
    run = tune(epochs=1, adapter="full")
    plain = AutoModelForSequenceClassification.from_pretrained(run.result / "model")
    assert plain.config.problem_type == "multi_label_classification"
