import json
from pathlib import Path
from typing import ClassVar

import pytest
from finding import cells, find
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QLabel, QLineEdit, QListWidget, QPushButton, QTableView, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core.datasets import importer
from workbench.core.datasets.dataset import Dataset, DatasetInfo
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project
from workbench.ui.data import catalogue
from workbench.ui.data.panel import DataPanel, DetailPage
from workbench.ui.data.tab import DataTab
from workbench.ui.workspace import Workspace


class Counting(DetailPage):
    name = "counting"
    label = "Counting"
    kinds: ClassVar[tuple[str, ...]] = ("text-label",)
    shown: ClassVar[list[str]] = []

    def show_dataset(self, dataset: Dataset, info: DatasetInfo) -> None:
        self.shown.append(info.name)


class Doubling(DataPanel):
    name = "doubling"
    label = "Double it"
    help = "Writes every row twice."
    kinds: ClassVar[tuple[str, ...]] = ("instruction",)

    def open(self, dataset: Dataset, info: DatasetInfo) -> None:
        self.dataset = dataset

    def work(self) -> None:
        project = self.workspace.project
        write_dataset(project.data / "doubled", "doubled", "instruction", self.dataset.rows() * 2, split=0.1)
        self.finished.emit("doubled")


def make(project: Project, name: str, kind: str) -> None:
    if kind == "instruction":
        rows = [{"prompt": f"Question {n}", "answer": f"Answer {n}"} for n in range(300)]
    else:
        rows = [{"text": f"Text {n}", "label": "ab"[n % 2]} for n in range(20)]
    write_dataset(project.data / name, name, kind, rows, split=0.1)


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> DataTab:
    monkeypatch.setattr(catalogue, "PAGES", (Counting,))
    monkeypatch.setattr(catalogue, "PANELS", (Doubling,))
    monkeypatch.setattr(Counting, "shown", [])
    make(workspace.project, "questions", "instruction")
    make(workspace.project, "words", "text-label")
    tab = DataTab(workspace)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    tab.refresh()
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(lambda: listed.count() == 2)
    return tab


def choose(tab: DataTab, row: int) -> None:
    find(tab, QListWidget, "data.list").setCurrentRow(row)


def action(tab: DataTab, name: str) -> QAction:
    found = tab.findChild(QAction, name)
    assert found is not None
    return found


def test_a_page_is_offered_for_its_kinds_and_made_when_it_is_wanted(tab: DataTab) -> None:
    segment = find(tab, QPushButton, "data.show_counting")
    assert not segment.isVisible()
    choose(tab, 1)
    assert segment.isVisible()
    assert tab.findChild(Counting) is None
    segment.click()
    assert Counting.shown == ["words"]
    choose(tab, 0)  # the page does not fit: back to the rows
    assert find(tab, QPushButton, "data.show_rows").isChecked()
    assert find(tab, QTableView, "data.rows").isVisible()


def test_a_page_is_not_shown_anew_when_another_data_set_comes(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    choose(tab, 1)
    find(tab, QPushButton, "data.show_counting").click()
    make(workspace.project, "another", "text-label")
    workspace.datasets_changed.emit()
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(lambda: listed.count() == 3)
    assert Counting.shown == ["words"]


def test_the_chosen_row_is_still_chosen_after_another_page(tab: DataTab, qtbot: QtBot) -> None:
    choose(tab, 1)
    table = find(tab, QTableView, "data.rows")
    qtbot.waitUntil(lambda: table.model().rowCount() == 20)
    table.selectRow(7)
    find(tab, QPushButton, "data.show_counting").click()
    find(tab, QPushButton, "data.show_rows").click()
    assert table.currentIndex().row() == 7


def test_a_panel_takes_the_place_of_the_list_and_leaves_its_data_set_chosen(tab: DataTab, qtbot: QtBot) -> None:
    double = action(tab, "data.doubling")
    assert double.isVisible()
    double.trigger()
    panel = tab.findChild(Doubling)
    assert panel is not None
    assert panel.isVisible()
    listed = find(tab, QListWidget, "data.list")
    assert not listed.isVisible()
    panel.work()
    qtbot.waitUntil(lambda: listed.count() == 3)
    assert listed.isVisible()
    assert find(tab, QListWidget, "data.list").currentItem().text().startswith("doubled")


def test_going_back_from_a_panel(tab: DataTab) -> None:
    action(tab, "data.doubling").trigger()
    find(tab, QPushButton, "data.add").click()
    assert find(tab, QListWidget, "data.list").isVisible()
    action(tab, "data.doubling").trigger()
    panel = tab.findChild(Doubling)
    assert panel is not None
    panel.dismissed.emit()
    assert find(tab, QListWidget, "data.list").isVisible()


def test_data_that_nothing_learns_from_leads_to_what_can_be_made_of_it(
    tab: DataTab, qtbot: QtBot, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Doubling, "kinds", ("unlabelled",))
    rows = [{"text": f"Text {n}"} for n in range(20)]
    write_dataset(workspace.project.data / "alone", "alone", "unlabelled", rows, split=0.1)
    workspace.datasets_changed.emit()
    listed, use = find(tab, QListWidget, "data.list"), find(tab, QPushButton, "data.use")
    qtbot.waitUntil(lambda: listed.count() == 3)
    assert use.text() == "Use this data"
    choose(tab, 0)
    assert use.text() == "Double it"
    use.click()
    panel = tab.findChild(Doubling)
    assert panel is not None
    assert panel.isVisible()


def test_only_what_fits_can_be_made_of_it(tab: DataTab) -> None:
    shape = find(tab, QToolButton, "data.shape")
    assert shape.isVisible()
    choose(tab, 1)
    assert not action(tab, "data.doubling").isVisible()
    assert not shape.isVisible()


def test_the_next_row_with_a_text_is_found(tab: DataTab, qtbot: QtBot) -> None:
    text, table = find(tab, QLineEdit, "data.find"), find(tab, QTableView, "data.rows")
    text.setText("answer 27")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: table.currentIndex().row() == 27)
    for row in (270, 271):
        qtbot.keyClick(text, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda row=row: table.currentIndex().row() == row)
    assert find(tab, QLabel, "data.find_said").text() == "Row 272"
    qtbot.waitUntil(lambda: cells(table, 271)[0] == "Question 271")
    text.setText("nowhere")
    qtbot.keyClick(text, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "No row" in find(tab, QLabel, "data.find_said").text())


def test_a_removed_data_set_comes_back(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    listed = find(tab, QListWidget, "data.list")
    listed.setFocus()
    qtbot.keyClick(listed, Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: listed.count() == 1)
    assert [dataset.name for dataset in workspace.project.datasets()] == ["words"]
    undo = find(tab, QPushButton, "notice.action")
    qtbot.waitUntil(undo.isVisible)
    undo.click()
    qtbot.waitUntil(lambda: listed.count() == 2)
    assert len(workspace.project.dataset("questions").rows()) == 300
    assert find(tab, QListWidget, "data.list").currentItem().text().startswith("questions")


def test_very_long_values_are_shown_in_part(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    row = {"prompt": "p" * 1_000_000, "answer": "short"}
    write_dataset(workspace.project.data / "long", "long", "instruction", [row], split=0)
    workspace.datasets_changed.emit()
    listed, table = find(tab, QListWidget, "data.list"), find(tab, QTableView, "data.rows")
    qtbot.waitUntil(lambda: listed.count() == 3)
    choose(tab, 0)
    qtbot.waitUntil(lambda: table.model().rowCount() == 1)
    qtbot.waitUntil(lambda: cells(table, 0)[1] == "short")
    table.selectRow(0)
    from PySide6.QtWidgets import QPlainTextEdit

    text = find(tab, QPlainTextEdit, "data.row_text").toPlainText()
    assert len(text) < 30_000
    assert "980,000 more characters" in text


def test_what_only_some_rows_have_is_a_column(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    rows = [{"text": f"Text {n}", "label": "a"} for n in range(9)]
    rows.append({"text": "Text 9", "label": "b", "labelled_by": "run-1", "confidence": 0.98765})
    write_dataset(workspace.project.data / "labelled", "labelled", "text-label", rows, split=0)
    workspace.datasets_changed.emit()
    listed, table = find(tab, QListWidget, "data.list"), find(tab, QTableView, "data.rows")
    qtbot.waitUntil(lambda: listed.count() == 3)
    choose(tab, 0)
    qtbot.waitUntil(lambda: table.model().rowCount() == 10)
    qtbot.waitUntil(lambda: cells(table, 9)[0] == "Text 9")
    assert cells(table, 9) == ["Text 9", "b", "run-1", "0.9877", "For training"]
    assert cells(table, 0) == ["Text 0", "a", "", "", "For training"]


def test_the_left_out_rows_are_saved_to_a_file(
    tab: DataTab, qtbot: QtBot, workspace: Workspace, tmp_path: Path
) -> None:
    path = tmp_path / "some.jsonl"
    path.write_text('{"prompt": "a", "answer": "b"}\n{"prompt": ""}\n', "utf-8")
    importer.import_file(workspace.project, path, kind="instruction")
    workspace.datasets_changed.emit()
    listed, export = find(tab, QListWidget, "data.list"), action(tab, "data.export_left_out")
    qtbot.waitUntil(lambda: listed.count() == 3)
    assert not export.isEnabled()
    choose(tab, 1)
    assert export.isEnabled()
    export.trigger()
    dialog = tab.findChild(QFileDialog)
    assert dialog is not None
    target = tmp_path / "out.jsonl"
    dialog.fileSelected.emit(str(target))
    dialog.close()
    qtbot.waitUntil(target.exists)
    qtbot.waitUntil(lambda: any(str(target) in label.text() for label in tab.findChildren(QLabel)))
    assert json.loads(target.read_text("utf-8"))["raw"] == '{"prompt": ""}'
