import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QLabel, QListView, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core.i18n import use_language
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.ui import memory
from workbench.ui.app import Program, catch_all
from workbench.ui.main_window import MainWindow
from workbench.ui.memory import Memory
from workbench.ui.runs.model import SUMMARY, details
from workbench.ui.theme import palette, style

HEAVY = """
import sys
from PySide6.QtCore import QTimer
from workbench.ui import app

show = app.Program.show

def look(program):
    window = show(program)
    for tab in ("data", "model", "train", "rank", "export"):
        window.show_tab(tab)
    window.open_wizard()
    QTimer.singleShot(500, window.close)
    QTimer.singleShot(600, program._app.quit)
    return window

app.Program.show = look
status = app.main([sys.argv[1], "--language", "en"])
print(sorted({"torch", "transformers", "tensorflow", "keras", "peft"} & set(sys.modules)))
sys.exit(status)
"""


@pytest.fixture
def program(qapp: QApplication, project: Project, settings_folder: Path, qtbot: QtBot) -> Iterator[Program]:
    program = Program(qapp, Memory(language="en"))
    program.open(project.path)
    yield program
    program.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    style.theme().set_scheme("system")
    style.theme().set_text_size(100)
    use_language("en")
    program.deleteLater()


@pytest.fixture
def window(program: Program, qtbot: QtBot) -> MainWindow:
    window = program.show()
    qtbot.waitExposed(window)
    return window


def status_text(window: MainWindow) -> str:
    label = window.findChild(QLabel, "window.status_text")
    assert label is not None
    return label.text()


def rows(window: MainWindow) -> list[str]:
    view = window.findChild(QListView, "runs.list")
    assert view is not None
    model = view.model()
    return [details(model.index(row, 0).data(SUMMARY)) for row in range(model.rowCount())]


def test_the_process_of_the_window_has_no_heavy_library(project: Project, settings_folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HEAVY, str(project.path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def test_a_start_without_any_project_makes_one(
    qapp: QApplication, tmp_path: Path, settings_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "first_project", lambda: tmp_path / "documents" / "First project")
    program = Program(qapp, memory.load())
    assert program.open(None) == ""
    assert (tmp_path / "documents" / "First project" / "project.json").exists()
    program.close()


def test_a_folder_that_is_no_project_is_said_and_the_last_one_opened(
    qapp: QApplication, tmp_path: Path, project: Project, settings_folder: Path
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("mine")
    program = Program(qapp, Memory(projects=(str(project.path),)))
    assert "not empty" in program.open(tmp_path / "full")
    assert program.workspace.project.path == project.path
    program.close()


def test_tabs_are_reached_by_click_and_by_key(window: MainWindow, qtbot: QtBot) -> None:
    for number, name in enumerate(["data", "model", "train", "rank", "export"], start=1):
        button = window.findChild(QToolButton, f"rail.{name}")
        assert button is not None and button.text()
        button.click()
        assert window._tabs[name].isVisible() and button.isChecked()
        window.show_tab("data")
        qtbot.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window._tabs[name].isVisible()


def test_an_unexpected_exception_becomes_a_sentence_with_its_detail(
    program: Program, window: MainWindow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    catch_all(program.workspace)
    try:
        raise ZeroDivisionError("by nothing")
    except ZeroDivisionError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert "should not have" in window._notice.text()
    assert "by nothing" in window._notice._detail.toPlainText()
    assert "by nothing" in capsys.readouterr().err


def test_a_live_run_is_shown_in_the_list_and_the_status_line(
    window: MainWindow, train: Callable[[str], Run], program: Program, qtbot: QtBot
) -> None:
    assert status_text(window) == "Nothing is training."
    run = train("obedient")
    program.workspace.runs_changed.emit()
    qtbot.waitUntil(lambda: "training" in "".join(rows(window)), timeout=10000)
    qtbot.waitUntil(lambda: run.id in status_text(window) and "step" in status_text(window), timeout=10000)
    run.ask("stop")
    qtbot.waitUntil(lambda: "stopped" in "".join(rows(window)), timeout=10000)
    qtbot.waitUntil(lambda: status_text(window) == "Nothing is training.", timeout=10000)
    assert "Stopped and saved" in window._notice.text()


def test_a_window_opened_again_finds_the_live_run_and_its_whole_curve(
    program: Program, window: MainWindow, train: Callable[[str], Run], qtbot: QtBot
) -> None:
    run = train("obedient")
    program.workspace.runs_changed.emit()
    program.workspace.run_selected.emit(run.id)
    view = window._tabs["train"].run_view
    qtbot.waitUntil(lambda: "train/loss" in view.curves.metrics(), timeout=10000)
    threads = threading.active_count()
    program.close()
    assert run.process() is not None and threading.active_count() <= threads
    again = Program(QApplication.instance(), Memory(language="en"))
    again.open(program.workspace.project.path)
    second = again.show()
    qtbot.waitUntil(lambda: [live.id for live in again.workspace.live.runs()] == [run.id], timeout=10000)
    again.workspace.run_selected.emit(run.id)
    view = second._tabs["train"].run_view
    qtbot.waitUntil(lambda: "train/loss" in view.curves.metrics(), timeout=10000)
    steps = view.curves.series("train/loss").x
    assert steps[0] == 1 and len(steps) == steps[-1]
    again.close()


def test_another_language_makes_another_window_on_the_same_project(program: Program, window: MainWindow) -> None:
    window.menu.language_chosen.emit("ja")
    assert program.window is not window and program.window is not None
    assert memory.load().language == "ja"
    assert program.window.isVisible() and not window.isVisible()


def test_theme_and_text_size_are_remembered(program: Program, window: MainWindow) -> None:
    dark = window.menu.findChild(QAction, "window.theme.dark")
    large = window.menu.findChild(QAction, "window.text_size.200")
    assert dark is not None and large is not None
    before = window.fontMetrics().height()
    dark.trigger()
    large.trigger()
    assert palette.now() is palette.DARK
    assert window.fontMetrics().height() > 1.7 * before
    assert (memory.load().scheme, memory.load().text_size) == ("dark", 200)


def test_another_project_is_opened_and_remembered(program: Program, window: MainWindow, tmp_path: Path) -> None:
    window.open_project(tmp_path / "other")
    assert "other" in window.windowTitle()
    assert memory.load().projects[0] == str(tmp_path / "other")
    (tmp_path / "other" / "project.json").write_text("broken")
    window.open_project(tmp_path / "other")
    assert "cannot be read" in window._notice.text()


def test_the_list_of_runs_folds_away(window: MainWindow) -> None:
    button = window.findChild(QToolButton, "runs.toggle")
    assert button is not None and window._runs.isVisible()
    button.click()
    assert not window._runs.isVisible() and memory.load().runs_folded


@pytest.mark.parametrize("colours", [palette.LIGHT, palette.DARK], ids=lambda colours: colours.name)
def test_text_is_readable_on_every_ground(colours: palette.Palette) -> None:
    grounds = (colours.ground, colours.base, colours.rail)
    for text in (colours.text, colours.muted, colours.accent, colours.error, colours.warning, colours.success):
        for ground in grounds:
            assert contrast(text, ground) >= 4.5, (text, ground)
    assert contrast(colours.on_accent, colours.accent) >= 4.5
    assert contrast(colours.text, colours.tint) >= 4.5
    assert contrast(colours.text, colours.hover) >= 4.5
    assert contrast(colours.edge, colours.base) >= 3.0
    assert contrast(colours.muted, colours.line) >= 4.5


def contrast(one: str, other: str) -> float:
    """Contrast of WCAG 2.2, 1.4.3."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)
