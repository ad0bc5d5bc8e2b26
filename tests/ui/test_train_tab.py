import os
import signal
from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton, QTableWidget, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core import events
from workbench.core.datasets.importer import import_file
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec
from workbench.ui.train.tab import TrainTab
from workbench.ui.workspace import Workspace


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot) -> TrainTab:
    tab = TrainTab(workspace)
    qtbot.addWidget(tab, before_close_func=lambda widget: widget.shut())
    tab.resize(1000, 700)
    tab.show()
    tab.refresh()
    return tab


def button(tab: TrainTab, name: str) -> QPushButton:
    found = tab.findChild(QPushButton, name)
    assert found is not None, name
    return found


def notice(tab: TrainTab) -> str:
    return tab.run_view._notice.text()


def points(tab: TrainTab) -> int:
    curves = tab.run_view.curves
    return len(curves.series("train/loss")) if "train/loss" in curves.metrics() else 0


@pytest.fixture
def data(project: Project) -> str:
    source = project.path.parent / "questions.jsonl"
    source.write_text("".join(f'{{"instruction": "Question {n}?", "output": "Answer {n}."}}\n' for n in range(20)))
    import_file(project, source, kind="instruction", name="questions")
    return "questions"


def test_start_says_what_is_missing_and_then_asks_for_what_was_chosen(
    tab: TrainTab, workspace: Workspace, data: str, qtbot: QtBot
) -> None:
    reason = tab.findChild(QLabel, "train.reason")
    start = button(tab, "train.start")
    assert reason is not None
    tab.refresh()
    box = tab.findChild(QComboBox, "train.data")
    assert box is not None
    qtbot.waitUntil(lambda: box.findData("questions") > 0)
    assert not start.isEnabled() and "data set" in reason.text()
    workspace.choose(data="questions")
    assert not start.isEnabled() and "model" in reason.text()
    workspace.choose(model="smollm2-135m-instruct", settings={"adapter.rank": 4})
    assert start.isEnabled() and not reason.text()
    epochs = tab.findChild(QLineEdit, "train.options.epochs")
    assert epochs is not None
    epochs.setText("nonsense")
    assert not start.isEnabled() and "setting" in reason.text()
    epochs.setText("2")
    request = tab.start_panel.request()
    assert start.isEnabled()
    assert request.settings == {"adapter.rank": 4, "epochs": 2.0}
    assert (request.data, request.model, request.adapter) == ("questions", "smollm2-135m-instruct", "lora")


def test_whether_it_fits_is_told_and_what_takes_less_is_chosen(
    tab: TrainTab, workspace: Workspace, data: str, qtbot: QtBot
) -> None:
    fold = tab.findChild(QToolButton, "train.will_it_fit")
    sentence = tab.findChild(QLabel, "train.fit.sentence")
    assert fold is not None and sentence is not None
    tab.refresh()
    box = tab.findChild(QComboBox, "train.data")
    assert box is not None
    qtbot.waitUntil(lambda: box.findData("questions") > 0)
    assert not fold.isVisible()  # nothing can start yet
    workspace.choose(data="questions", model="smollm2-135m-instruct", adapter="lora", settings={"batch_size": 8})
    assert fold.isVisible() and not sentence.isVisible()
    fold.click()
    qtbot.waitUntil(sentence.isVisible, timeout=300_000)
    assert "fit: about" in sentence.text() or "fits: about" in sentence.text()
    half = tab.findChild(QPushButton, "train.fit.remedy.micro-batch")
    assert half is not None and half.text() == "4 at once"
    half.click()
    assert workspace.draft.settings == {"batch_size": 8, "micro_batch": 4}


def test_a_task_that_goes_on_from_a_run_takes_its_model(
    tab: TrainTab, workspace: Workspace, project: Project, qtbot: QtBot
) -> None:
    for task in ("instruction-tuning", "reward-model"):
        spec = RunSpec(task=task, name=task, model="m", model_path="m", adapter="lora", data="d", data_path="data/d")
        run = project.new_run(spec)
        run.append(events.Launched(pid=1))
        run.append(events.Finished(step=1, seconds=1.0))
        run.result.mkdir()
        (run.result / "result.json").write_text('{"kind": "adapter"}')
    tab.refresh()
    qtbot.waitUntil(lambda: len(tab.start_panel._material.runs) == 2)
    task_box = tab.findChild(QComboBox, "train.task")
    assert task_box is not None
    task_box.setCurrentIndex(task_box.findData("ppo"))
    task_box.activated.emit(task_box.currentIndex())
    assert workspace.draft.parents == {"from": "001-instruction-tuning", "reward": "002-reward-model"}
    request = tab.start_panel.request()
    assert (request.task, request.model, request.adapter) == ("ppo", "", "")


def test_a_finished_run_opens_with_its_whole_curve(tab: TrainTab, make_run: Callable[[], Run], qtbot: QtBot) -> None:
    run = make_run()
    run.append(events.Launched(pid=1))
    for step in range(1500):
        run.append(events.Metrics(step=step, values={"train/loss": 1.0}))
    run.append(events.Sample(step=1499, prompt="Who?", response="Me."))
    run.append(events.Finished(step=1499, seconds=1.0))
    run.log_file.write_text("the log\n")
    tab.show_run(run.id)
    qtbot.waitUntil(lambda: points(tab) == 1500)
    samples = tab.findChild(QTableWidget, "train.samples")
    settings = tab.findChild(QTableWidget, "train.settings")
    assert samples is not None and settings is not None
    qtbot.waitUntil(lambda: samples.rowCount() == 1 and settings.rowCount() > 3)
    assert samples.item(0, 2).text() == "Me."
    qtbot.waitUntil(lambda: button(tab, "train.next").isVisible())
    assert not button(tab, "train.stop").isVisible() and not button(tab, "train.resume").isVisible()
    fold = tab.findChild(QToolButton, "train.log")
    text = tab.findChild(QPlainTextEdit, "train.log_text")
    assert fold is not None and text is not None and not text.isVisible()
    fold.click()
    qtbot.waitUntil(lambda: text.toPlainText() == "the log")


def test_a_killed_trainer_leaves_a_sentence_and_a_resume_that_works(
    tab: TrainTab, train: Callable[[str], Run], qtbot: QtBot
) -> None:
    run = train("obedient")
    tab.show_run(run.id)
    qtbot.waitUntil(lambda: points(tab) > 3, timeout=10000)
    process = run.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    resume = button(tab, "train.resume")
    qtbot.waitUntil(resume.isVisible, timeout=10000)
    assert "killed" in notice(tab) and "Resume" in notice(tab)
    before = points(tab)
    resume.click()
    qtbot.waitUntil(lambda: button(tab, "train.next").isVisible(), timeout=15000)
    assert run.summary().state == "finished"
    assert points(tab) >= min(before, 20) and notice(tab) == ""


def test_stop_saves_and_offers_to_resume(
    tab: TrainTab, train: Callable[[str], Run], workspace: Workspace, qtbot: QtBot
) -> None:
    run = train("obedient")
    tab.show_run(run.id)
    stop = button(tab, "train.stop")
    qtbot.waitUntil(lambda: stop.isVisible() and stop.isEnabled(), timeout=10000)
    stop.click()
    assert not stop.isEnabled() and workspace.live.is_stopping(run)
    qtbot.waitUntil(lambda: button(tab, "train.resume").isVisible(), timeout=15000)
    assert run.summary().state == "stopped" and "Stopped and saved" in notice(tab)
    qtbot.waitUntil(lambda: not workspace.live.is_stopping(run), timeout=10000)


def test_save_now_and_sample_now_reach_the_trainer(tab: TrainTab, train: Callable[[str], Run], qtbot: QtBot) -> None:
    run = train("obedient")
    control = run.follow_control()
    tab.show_run(run.id)
    qtbot.waitUntil(button(tab, "train.save_now").isEnabled, timeout=10000)
    button(tab, "train.save_now").click()
    button(tab, "train.sample_now").click()
    heard: list[str] = []

    def both() -> bool:
        heard.extend(item.command for item in control.read())
        return sorted(heard) == ["sample", "save"]

    qtbot.waitUntil(both)
