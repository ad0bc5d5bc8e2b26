"""What a classifier's run leaves as its report, at its end and at a stop."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine import tiny_classifier
from tests.engine.tiny import FP32, go, metrics, new_run, stop_at, train
from workbench.core import reports
from workbench.core.context import RunContext
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.class_objective import ClassObjective
from workbench.engine.classification import Classifier
from workbench.engine.loop import Loop

pytestmark = pytest.mark.usefixtures("plain_cpu")

TASK = "text-classification"
MORE: dict[str, Any] = {"batch_size": 6, "epochs": 2, "learning_rate": 1e-2}


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_classifier.save(tmp_path_factory.mktemp("tiny-bert"))


@pytest.fixture
def tuned(project: Project, bert: Path) -> Run:
    tiny_classifier.write_weather(project, pairs=True)
    return train(project, TASK, "weather", model=str(bert), **MORE)


def report(run: Run) -> reports.Report:
    found = reports.load(run)
    assert found is not None
    return found


def test_it_says_what_the_kept_model_says_of_the_held_out_rows(project: Project, tuned: Run) -> None:
    found, rows = report(tuned), project.dataset("weather").rows("validation")
    judged = reports.judged(tuned)
    assert (found.labels, found.medium, found.several, found.rows) == (["cold", "warm"], "text", False, len(rows))
    assert (found.data, found.data_path, found.data_hash) == ("weather", "data/weather", tuned.spec().data_hash)
    assert [(row.what, row.pair) for row in judged] == [(row["text"], row.get("text_pair", "")) for row in rows]
    assert [[found.labels[number] for number in row.truth] for row in judged] == [[row["label"]] for row in rows]
    expected = Classifier.load(project, tuned.id, FP32).probabilities(rows)
    assert np.array([row.scores for row in judged]) == pytest.approx(expected, abs=1e-4)
    kept, at = metrics(tuned), tuned.result_info()["best_step"]
    assert found.after.accuracy == kept["eval/accuracy"][at]
    assert found.after.macro_f1 == kept["eval/macro_f1"][at]
    assert found.after.loss == pytest.approx(kept["eval/loss"][at], rel=1e-5)


def test_before_is_what_the_loop_measured_before_the_first_step(tuned: Run) -> None:
    before = report(tuned).before
    assert before is not None
    assert (before.accuracy, before.loss) == (metrics(tuned)["eval/accuracy"][0], metrics(tuned)["eval/loss"][0])


def test_the_untouched_model_is_asked_once(project: Project, bert: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny_classifier.write_weather(project)
    asked: list[int] = []
    real = ClassObjective._judge_held_out

    def counted(self: ClassObjective) -> Any:
        asked.append(len(self.held_out))
        return real(self)

    monkeypatch.setattr(ClassObjective, "_judge_held_out", counted)
    run = train(project, TASK, "weather", model=str(bert), **MORE)
    assert len(asked) == len(metrics(run)["eval/loss"]) + 1, "once more, for what is kept"


def test_a_stop_has_a_report_and_after_a_resume_before_is_still_the_untouched_model(
    project: Project, bert: Path, tuned: Run
) -> None:
    whole = reports.judged(tuned)
    run = new_run(project, TASK, "weather", model=str(bert), **MORE)
    stop_at(project, run, 4)
    assert [row.before for row in reports.judged(run)] == [row.before for row in whole]
    at_stop = report(run).after
    go(project, run, resume=True)
    assert [row.before for row in reports.judged(run)] == [row.before for row in whole]
    assert reports.judged(run) == whole
    assert at_stop.loss != report(run).after.loss


def test_a_run_that_was_killed_knows_the_untouched_model_when_it_goes_on(
    project: Project, bert: Path, tuned: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = new_run(project, TASK, "weather", model=str(bert), **MORE, save_every=1)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(Loop, "_report", killed_at(4))
        go(project, run)
    assert reports.load(run) is None
    go(project, run, resume=True)
    assert reports.judged(run) == reports.judged(tuned)


def killed_at(step: int) -> Any:
    real = Loop._report

    def report(self: Loop, now: int, values: dict[str, float]) -> None:
        if now == step:
            raise KeyboardInterrupt
        real(self, now, values)

    return report


def test_full_tuning_compares_with_its_base_and_a_fresh_head(project: Project, bert: Path) -> None:
    tiny_classifier.write_weather(project)
    run = train(project, TASK, "weather", model=str(bert), adapter="full", **MORE)
    go_again = new_run(project, TASK, "weather", model=str(bert), adapter="full", **MORE)
    stop_at(project, go_again, 1)
    assert [row.before for row in reports.judged(go_again)] == [row.before for row in reports.judged(run)]
    rows = project.dataset("weather").rows("validation")
    second = train(project, TASK, "weather", parents={"from": run.id}, **MORE)
    expected = Classifier.load(project, run.id, FP32).probabilities(rows)
    assert np.array([row.before for row in reports.judged(second)]) == pytest.approx(expected, abs=1e-4)


def test_nothing_held_out_has_no_report(project: Project, bert: Path) -> None:
    rows = [{"text": f"{word}.", "label": "ab"[n % 2]} for n, word in enumerate(tiny_classifier.WORDS)]
    write_dataset(project.data / "all", "all", "text-label", rows, split=0.0)
    run = train(project, TASK, "all", model=str(bert), **MORE)
    assert run.result_info() and reports.load(run) is None


def test_a_report_is_part_of_a_result_that_is_whole(
    project: Project, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is there before the description that makes a result count."""
    tiny_classifier.write_weather(project)
    run = new_run(project, TASK, "weather", model=str(bert), **MORE)
    seen: list[bool] = []

    def save(context: RunContext, *_: Any, **__: Any) -> None:
        seen.append(reports.load(context.run) is not None)

    monkeypatch.setattr("workbench.engine.classification_training.save_result", save)
    go(project, run)
    assert seen == [True]
