import json
from pathlib import Path

import pytest
from finding import find
from model_folders import write_model
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QLineEdit, QListWidget, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from workbench.core.datasets import importer
from workbench.core.runs import Run
from workbench.runtime import launcher
from workbench.runtime.command import Command
from workbench.ui.fit.panel import FitPanel
from workbench.ui.main_window import MainWindow
from workbench.ui.memory import Memory
from workbench.ui.model.choices import ModelChoices
from workbench.ui.wizard.data import DataPage
from workbench.ui.wizard.model import ModelPage
from workbench.ui.wizard.wizard import FirstRunWizard
from workbench.ui.workspace import Workspace


@pytest.fixture
def wizard(workspace: Workspace, qtbot: QtBot) -> FirstRunWizard:
    wizard = FirstRunWizard(workspace)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    wizard.show()
    return wizard


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    rows = [json.dumps({"prompt": f"What is {n}?", "answer": f"It is {n}."}) for n in range(20)]
    path.write_text("\n".join(rows), "utf-8")
    return path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    runs: list[Run] = []
    monkeypatch.setattr(launcher, "start", lambda run, resume=False: runs.append(run) or 1)
    return runs


def go_on(wizard: FirstRunWizard, qtbot: QtBot) -> None:
    button = find(wizard, QPushButton, "wizard.next")
    qtbot.waitUntil(button.isEnabled)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def choose_model(wizard: FirstRunWizard, qtbot: QtBot, folder: Path) -> None:
    choices = wizard.findChildren(ModelChoices)[0]
    with qtbot.waitSignal(choices.chosen):
        choices.choose(str(folder))


def test_from_the_goal_to_a_started_run(
    wizard: FirstRunWizard, qtbot: QtBot, workspace: Workspace, questions: Path, tmp_path: Path, started: list[Run]
) -> None:
    assert find(wizard, QRadioButton, "wizard.task.instruction-tuning").isChecked()
    go_on(wizard, qtbot)
    reason, following = find(wizard, QLabel, "wizard.reason"), find(wizard, QPushButton, "wizard.next")
    qtbot.waitUntil(lambda: "data set" in reason.text())
    assert not following.isEnabled()
    page = wizard.page
    assert isinstance(page, DataPage)
    page._add.open_file(questions)
    take = find(wizard, QPushButton, "wizard.data.import")
    qtbot.waitUntil(take.isEnabled)
    take.click()
    go_on(wizard, qtbot)
    assert isinstance(wizard.page, ModelPage)
    folder = write_model(tmp_path / "mine")
    choose_model(wizard, qtbot, folder)
    find(wizard, QLineEdit, "wizard.model.adapter_options.rank").setText("4")
    go_on(wizard, qtbot)
    find(wizard, QLineEdit, "wizard.options.batch_size").setText("2")
    go_on(wizard, qtbot)
    estimate = find(wizard, QLabel, "wizard.estimate")
    qtbot.waitUntil(lambda: "of memory" in estimate.text())
    assert find(wizard, QPushButton, "wizard.next").text() == "Start training"
    with qtbot.waitSignals([workspace.tab_wanted, workspace.run_selected]):
        go_on(wizard, qtbot)
    (run,) = started
    spec = json.loads((run.path / "spec.json").read_text("utf-8"))
    assert (spec["task"], spec["data"], spec["adapter"]) == ("instruction-tuning", "questions", "lora")
    assert spec["model_path"] == str(folder)
    assert spec["options"]["batch_size"] == 2
    assert spec["adapter_options"]["rank"] == 4
    assert not wizard.isVisible()
    assert workspace.draft.data == "questions"


FOUND = {
    "parameters": 1000,
    "trainable": 10,
    "memory": 5e12,
    "free": 1e9,
    "device": "cpu",
    "precision": "fp32",
    "parts": {"libraries": 4e8, "model": 1e9, "trained": 1e6, "batch": 4.9986e12},
    "examples": 2,
    "tokens": 12,
    "step_seconds": 1.0,
    "remedies": [
        {"name": "micro-batch", "settings": {"micro_batch": 1}, "memory": 3e12, "slower": 1.0},
        {"name": "checkpointing", "settings": {"gradient_checkpointing": True}, "memory": 1e12, "slower": 1.33},
    ],
}


def test_what_does_not_fit_is_made_to_fit(
    wizard: FirstRunWizard,
    qtbot: QtBot,
    workspace: Workspace,
    questions: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(Command, "start", lambda self, *arguments: asked.append(arguments))
    importer.import_file(workspace.project, questions, kind="instruction")
    go_on(wizard, qtbot)
    listed = find(wizard, QListWidget, "wizard.data.list")
    qtbot.waitUntil(lambda: listed.count() == 1)
    listed.setCurrentRow(0)
    go_on(wizard, qtbot)
    choose_model(wizard, qtbot, write_model(tmp_path / "mine"))
    go_on(wizard, qtbot)
    go_on(wizard, qtbot)
    estimate = find(wizard, QLabel, "wizard.estimate")
    qtbot.waitUntil(lambda: "of memory" in estimate.text())
    panel = wizard.findChildren(FitPanel)[0]
    panel._estimate.done.emit(FOUND)
    assert "5.0 TB" in estimate.text()
    assert "10 of 1,000 parameters" in find(wizard, QLabel, "wizard.fit.state").text()
    button = find(wizard, QPushButton, "wizard.fit.remedy.checkpointing")
    assert button.isVisible()  # it does not fit, so the way out is unfolded
    button.click()
    assert wizard.choice.settings["gradient_checkpointing"] is True
    assert "gradient_checkpointing=True" in asked[-1]
    find(wizard, QPushButton, "wizard.fit.try").click()
    assert asked[-1][-1] == "--try"
    panel._trial.done.emit({"memory": 1.5e9, "step_seconds": 2.0, "device": "cpu"})
    assert "1.5 GB of memory and 2.0 s" in find(wizard, QLabel, "wizard.fit.tried").text()


def test_a_wrong_setting_stops_it_with_a_reason(
    wizard: FirstRunWizard, qtbot: QtBot, workspace: Workspace, questions: Path, tmp_path: Path
) -> None:
    importer.import_file(workspace.project, questions, kind="instruction")
    go_on(wizard, qtbot)
    go_on(wizard, qtbot)
    choose_model(wizard, qtbot, write_model(tmp_path / "bert", architectures=["BertModel"]))
    assert not find(wizard, QPushButton, "wizard.next").isEnabled()
    assert "cannot train" in find(wizard, QLabel, "wizard.reason").text()


def test_back_keeps_what_was_chosen(
    wizard: FirstRunWizard, qtbot: QtBot, workspace: Workspace, questions: Path
) -> None:
    importer.import_file(workspace.project, questions, kind="instruction", name="one")
    importer.import_file(workspace.project, questions, kind="instruction", name="two")
    go_on(wizard, qtbot)
    listed = find(wizard, QListWidget, "wizard.data.list")
    qtbot.waitUntil(lambda: listed.count() == 2)
    listed.setCurrentRow(1)
    find(wizard, QPushButton, "wizard.back").click()
    go_on(wizard, qtbot)
    qtbot.waitUntil(lambda: listed.count() == 2 and listed.currentRow() == 1)
    assert wizard.choice.data == "two"


def test_data_of_another_kind_is_not_offered(
    wizard: FirstRunWizard, qtbot: QtBot, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("text,label\nfine,good\nawful,bad\n", "utf-8")
    importer.import_file(workspace.project, path, kind="text-label")
    go_on(wizard, qtbot)
    qtbot.wait(50)
    assert not find(wizard, QListWidget, "wizard.data.list").isVisible()
    assert not find(wizard, QPushButton, "wizard.next").isEnabled()


def test_it_can_be_skipped_and_is_offered_only_in_an_empty_project(
    wizard: FirstRunWizard, workspace: Workspace, questions: Path
) -> None:
    assert FirstRunWizard.is_due(workspace.project)
    find(wizard, QPushButton, "wizard.skip").click()
    assert not wizard.isVisible()
    importer.import_file(workspace.project, questions, kind="instruction")
    assert not FirstRunWizard.is_due(workspace.project)


def test_the_window_offers_it_by_itself_only_where_nothing_has_been_done(
    workspace: Workspace, qtbot: QtBot, questions: Path
) -> None:
    window = MainWindow(workspace, Memory())
    qtbot.addWidget(window)
    window.offer_wizard()
    (offered,) = window.findChildren(FirstRunWizard)
    with qtbot.waitSignal(offered.destroyed):
        find(offered, QPushButton, "wizard.skip").click()
    importer.import_file(workspace.project, questions, kind="instruction")
    window.offer_wizard()
    assert window.findChildren(FirstRunWizard) == []
    window.close()
