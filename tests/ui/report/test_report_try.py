from collections.abc import Callable
from pathlib import Path

import made_reports
import msgspec
import pytest
from finding import find
from made_reports import judged
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from tests.engine import tiny_classifier
from tests.engine.tiny import train
from workbench.core.project import Project
from workbench.core.reports import Judged
from workbench.core.runs import Run
from workbench.runtime.command import Command
from workbench.ui.report.trying import ImageField, TryPanel
from workbench.ui.train.run_view import RunView

Open = Callable[[Run], RunView]
Started = list[tuple[object, ...]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """The commands that were started, in place of any child process."""
    found: Started = []
    monkeypatch.setattr(Command, "start", lambda self, *arguments: found.append(arguments))
    return found


def panel(view: RunView) -> TryPanel:
    find(view, QPushButton, "train.report_try").click()
    found = view.findChild(TryPanel)
    assert found is not None
    return found


def test_a_real_run_shows_its_report_and_judges_a_text(
    open_report: Open, project: Project, tmp_path: Path, qtbot: QtBot
) -> None:
    tiny_classifier.write_weather(project)
    base = tiny_classifier.save(tmp_path / "base")
    run = train(project, "text-classification", "weather", model=str(base), max_steps=4, learning_rate=1e-2)
    view = open_report(run)
    assert "held-out rows" in find(view, QLabel, "train.report_sentence").text()
    trying = panel(view)
    text, start = find(view, QPlainTextEdit, "train.try_text"), find(view, QPushButton, "train.try_start")
    assert not start.isEnabled()
    text.setPlainText("sun it is.\nheat it is.")
    start.click()
    bar = trying.findChild(QProgressBar)
    assert bar is not None and bar.isVisible() and not start.isEnabled()
    answer = find(view, QLabel, "train.try_answer")
    qtbot.waitUntil(lambda: answer.text() in ("warm", "cold"), timeout=60_000)
    shown = {label.text() for label in find(view, QWidget, "train.try_scores").findChildren(QLabel)}
    assert {"warm", "cold"} < shown
    assert start.isEnabled() and not bar.isVisible()


def test_pairs_are_judged_together(open_report: Open, project: Project, started: Started) -> None:
    rows = [Judged(what="a", pair="b", truth=(0,), scores=(0.9, 0.1))]
    run = made_reports.write(project, ["yes", "no"], rows)
    view = open_report(run)
    panel(view)
    find(view, QPlainTextEdit, "train.try_text").setPlainText("one")
    start = find(view, QPushButton, "train.try_start")
    assert not start.isEnabled()
    find(view, QPlainTextEdit, "train.try_pair").setPlainText("two")
    start.click()
    file = started[0][-1]
    assert isinstance(file, Path)
    assert list(started[0]) == ["predict", project.path, "--run", run.id, file]
    assert msgspec.json.decode(file.read_bytes()) == {"text": "one", "text_pair": "two"}


def test_an_image_is_judged_when_it_is_dropped(
    open_report: Open, project: Project, started: Started, qtbot: QtBot
) -> None:
    names = made_reports.pictures(project, 3)
    run = made_reports.write(project, ["cat", "dog"], [judged(names[0], 0, (0.9, 0.1))], medium="image")
    view = open_report(run)
    trying = panel(view)
    assert not find(view, QPlainTextEdit, "train.try_text").isVisible()
    image = project.path / "data" / "d" / names[1]
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(image))])
    field = find(view, ImageField, "train.try_image")
    copy, left, none = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    field.dropEvent(QDropEvent(QPointF(5, 5), copy, mime, left, none))
    assert list(started[0]) == ["predict", project.path, "--run", run.id, image]
    trying._command.done.emit([{"path": str(image), "label": "dog", "scores": {"cat": 0.3, "dog": 0.7}}])
    assert find(view, QLabel, "train.try_answer").text() == "dog"


def test_several_labels_are_named_and_a_failure_is_a_sentence(
    open_report: Open, project: Project, started: Started, qtbot: QtBot
) -> None:
    rows = [Judged(what="a", truth=(0, 1), scores=(0.9, 0.8, 0.1))]
    view = open_report(made_reports.write(project, ["x", "y", "z"], rows, several=True))
    trying = panel(view)
    find(view, QPlainTextEdit, "train.try_text").setPlainText("one")
    find(view, QPushButton, "train.try_start").click()
    scores = {"x": 0.9, "y": 0.8, "z": 0.1}
    trying._command.done.emit([{"text": "one", "label": "x", "labels": ["x", "y"], "scores": scores}])
    assert find(view, QLabel, "train.try_answer").text() == "x, y"
    trying._command.failed.emit("The model is gone.", "")
    assert find(view, QLabel, "notice.text").text() == "The model is gone."
