import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QTextBrowser
from pytestqt.qtbot import QtBot

from workbench.core import events
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec
from workbench.ui.export.tab import ExportTab
from workbench.ui.workspace import Workspace


@pytest.fixture
def run(project: Project) -> Run:
    spec = RunSpec(
        task="instruction-tuning",
        name="Mine",
        model="smollm2-135m-instruct",
        model_path="/base",
        data="d",
        data_path="d",
    )
    run = project.new_run(spec)
    run.append(events.Started(pid=1))
    run.append(events.Metrics(step=3, values={"eval/loss": 1.5}))
    run.append(events.Finished(step=3, seconds=1.0))
    run.result.mkdir()
    (run.result / "result.json").write_text(json.dumps({"base": "/base", "adapter": "adapter", "model": None}))
    return run


@pytest.fixture
def tab(qtbot: QtBot, workspace: Workspace) -> Iterator[ExportTab]:
    made = ExportTab(workspace)
    qtbot.addWidget(made)
    made.show()
    yield made


def ready(qtbot: QtBot, tab: ExportTab) -> None:
    tab.refresh()
    qtbot.waitUntil(tab.export_button.isEnabled)


def shown_card(tab: ExportTab) -> str:
    card = tab.findChild(QTextBrowser, "export.card")
    assert isinstance(card, QTextBrowser)
    return card.toPlainText()


def state(tab: ExportTab) -> str:
    label = tab.findChild(QLabel, "export.state")
    assert isinstance(label, QLabel)
    return label.text() if label.isVisible() else ""


def test_a_run_gets_a_folder_and_its_card_is_shown(qtbot: QtBot, tab: ExportTab, run: Run, project: Project) -> None:
    ready(qtbot, tab)
    assert tab.run.currentText() == "001 · Mine"
    assert tab.target.text() == str(project.path / "exports" / run.id)
    qtbot.waitUntil(lambda: bool(shown_card(tab)))
    text = shown_card(tab)
    assert text.startswith("Mine")
    assert "library_name" not in text
    assert "eval/loss" in text


def test_the_command_is_run_and_its_proof_is_shown(
    qtbot: QtBot, tab: ExportTab, run: Run, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready(qtbot, tab)
    asked: list[str] = []
    monkeypatch.setattr(tab.command, "start", lambda *arguments: asked.extend(map(str, arguments)))
    target = tmp_path / "mine"
    tab.target.setText(str(target))
    qtbot.mouseClick(tab.export_button, Qt.MouseButton.LeftButton)
    assert asked == ["export", str(project.path), "--run", run.id, "--format", "adapter", "--to", str(target)]
    assert not tab.export_button.isEnabled()
    tab.command.progressed.emit("Loading the export in a fresh process")
    assert state(tab) == "Loading the export in a fresh process"
    tab.command.done.emit({"path": str(target), "checked": True, "max_difference": 0.00012})
    assert str(target) in state(tab)
    assert "0.00012" in state(tab)
    assert tab.outcome.open_button.isVisible()


def test_what_the_command_refuses_is_said_in_the_tab(qtbot: QtBot, tab: ExportTab, run: Run, tmp_path: Path) -> None:
    ready(qtbot, tab)
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "letter.txt").write_text("mine")
    tab.target.setText(str(tmp_path / "taken"))
    with qtbot.waitSignal(tab.command.failed, timeout=60_000):
        qtbot.mouseClick(tab.export_button, Qt.MouseButton.LeftButton)
    assert tab._notice.text() == f"{tmp_path / 'taken'} is not empty. Choose a new or an empty folder."
    assert state(tab) == ""
    assert tab.export_button.isEnabled()


def test_without_a_result_the_tab_says_where_one_comes_from(qtbot: QtBot, tab: ExportTab) -> None:
    tab.refresh()
    button = tab.findChild(QPushButton, "export.go-train")
    assert isinstance(button, QPushButton)
    qtbot.waitUntil(button.isVisible)
    assert not tab.export_button.isVisible()
    with qtbot.waitSignal(tab.workspace.tab_wanted) as wanted:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert wanted.args == ["train"]


def test_a_run_of_keras_offers_several_formats_and_the_card_follows(
    qtbot: QtBot, tab: ExportTab, project: Project
) -> None:
    spec = RunSpec(
        task="keras-image-classification", name="Cats", model="vgg16", model_path="/b", data="d", data_path="d"
    )
    run = project.new_run(spec)
    run.append(events.Finished(step=3, seconds=1.0))
    run.result.mkdir()
    written = {"base": "/b", "model": "model.keras", "labels": ["cat", "dog"], "side": 64}
    (run.result / "result.json").write_text(json.dumps(written))
    ready(qtbot, tab)
    formats = [tab.format.itemData(place) for place in range(tab.format.count())]
    assert formats == ["keras", "savedmodel", "tflite"]
    qtbot.waitUntil(lambda: "keras.saving.load_model" in shown_card(tab))
    tab.format.setCurrentIndex(2)
    qtbot.waitUntil(lambda: "tf.lite.Interpreter" in shown_card(tab))
    assert "keras.saving.load_model" not in shown_card(tab)
