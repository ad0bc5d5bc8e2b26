import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from finding import cells, find
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QLabel,
    QListWidget,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTableView,
)
from pytestqt.qtbot import QtBot

from workbench.core import starters
from workbench.core.datasets import importer
from workbench.core.datasets.dataset import Dataset
from workbench.ui.data.paged import PAGE, PagedModel
from workbench.ui.data.tab import DataTab, fitting_task
from workbench.ui.data.table import RowsTable
from workbench.ui.workspace import Workspace


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot) -> DataTab:
    tab = DataTab(workspace)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    tab.refresh()
    return tab


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    path = tmp_path / "questions.jsonl"
    rows = [{"prompt": f"What is {n}?", "answer": f"It is {n}.", "note": f"note {n}"} for n in range(30)]
    lines = [json.dumps(row) for row in rows]
    lines[3] = '{"prompt": "broken'
    lines[4] = json.dumps({"prompt": "", "answer": "nothing was asked"})
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def import_button(tab: DataTab) -> QPushButton:
    return find(tab, QPushButton, "data.import")


def open_file(tab: DataTab, qtbot: QtBot, path: Path) -> None:
    tab.open_file(path)
    qtbot.waitUntil(lambda: import_button(tab).isEnabled())


def test_an_empty_tab_offers_a_file_and_starter_data(tab: DataTab) -> None:
    assert find(tab, QPushButton, "data.pick").isVisible()
    assert find(tab, QPushButton, "data.starter.reviews").isVisible()
    assert find(tab, QPushButton, "data.starter.small-talk").isVisible()
    assert not find(tab, QPushButton, "data.use").isVisible()


def test_a_dropped_file_is_shown_as_it_will_be_used_and_imported(
    tab: DataTab, qtbot: QtBot, questions: Path, workspace: Workspace
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(questions))])
    where = QPointF(50, 50)
    event = QDropEvent(where, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
    tab.dropEvent(event)
    qtbot.waitUntil(lambda: import_button(tab).isEnabled())
    preview = find(tab, QTableView, "data.preview")
    assert cells(preview, 0) == ["What is 0?", "It is 0."]
    assert "Left out" in cells(preview, 3)[0]
    find(tab, QCheckBox, "data.only_left_out").click()
    assert preview.model().rowCount() == 2
    assert "missing or empty" in cells(preview, 1)[0]
    assert preview.model().headerData(1, Qt.Orientation.Vertical) == "5"
    with qtbot.waitSignal(workspace.datasets_changed):
        qtbot.mouseClick(import_button(tab), Qt.MouseButton.LeftButton)
    dataset = workspace.project.dataset("questions")
    assert (dataset.info.rows, dataset.info.rejected) == (28, 2)
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(lambda: listed.count() == 1)
    assert "2 left out" in listed.item(0).text()


def test_another_column_changes_the_preview_and_the_import(
    tab: DataTab, qtbot: QtBot, questions: Path, workspace: Workspace
) -> None:
    open_file(tab, qtbot, questions)
    answer = find(tab, QComboBox, "data.map.answer")
    answer.setCurrentIndex(answer.findData("note"))
    assert not import_button(tab).isEnabled()  # until the rows have been seen anew
    qtbot.waitUntil(lambda: cells(find(tab, QTableView, "data.preview"), 0)[1] == "note 0")
    with qtbot.waitSignal(workspace.datasets_changed):
        import_button(tab).click()
    rows = workspace.project.dataset("questions").rows()
    assert all(row["answer"].startswith("note") for row in rows)


def test_no_column_is_not_guessed_again(tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace) -> None:
    path = tmp_path / "with-input.jsonl"
    row = {"instruction": "Translate", "input": "cat", "output": "chat"}
    path.write_text(json.dumps(row) + "\n", "utf-8")
    open_file(tab, qtbot, path)
    preview = find(tab, QTableView, "data.preview")
    assert "cat" in cells(preview, 0)
    find(tab, QComboBox, "data.map.input").setCurrentIndex(0)
    qtbot.waitUntil(lambda: "cat" not in cells(preview, 0))
    with qtbot.waitSignal(workspace.datasets_changed):
        import_button(tab).click()
    assert workspace.project.dataset("with-input").rows()[0]["prompt"] == "Translate"


def test_a_required_role_without_a_column_stops_the_import(tab: DataTab, qtbot: QtBot, questions: Path) -> None:
    open_file(tab, qtbot, questions)
    find(tab, QComboBox, "data.map.answer").setCurrentIndex(0)
    qtbot.waitUntil(lambda: any("Choose a column for: Answer" in label.text() for label in tab.findChildren(QLabel)))
    assert not import_button(tab).isEnabled()


def test_another_encoding_is_read_anew(tab: DataTab, qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "日本語.csv"
    path.write_bytes("本文,ラベル\nとても良いです,良い\n最悪でした,悪い\n".encode("cp932"))
    open_file(tab, qtbot, path)
    encoding = find(tab, QComboBox, "data.encoding")
    preview = find(tab, QTableView, "data.preview")
    assert encoding.currentData() == "cp932"
    assert cells(preview, 0) == ["とても良いです", "良い"]
    encoding.setCurrentIndex(encoding.findData("cp1252"))
    encoding.activated.emit(encoding.currentIndex())
    qtbot.waitUntil(lambda: not preview.model().rowCount() or cells(preview, 0)[0] != "とても良いです")


def test_a_file_that_holds_nothing_useful_is_refused_with_the_reason(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text('{"prompt": "a", "answer": ""}\n', "utf-8")
    open_file(tab, qtbot, path)
    import_button(tab).click()
    qtbot.waitUntil(lambda: any("No row" in label.text() for label in tab.findChildren(QLabel)))
    assert workspace.project.datasets() == []


def test_a_cancelled_import_leaves_nothing_behind(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, stopped, real = threading.Event(), threading.Event(), importer.import_file

    def held(*given: Any, progress: Callable[[float], None], **named: Any) -> Dataset:
        def wait(share: float) -> None:
            progress(share)
            begun.set()
            stopped.wait(20)

        return real(*given, progress=wait, **named)

    monkeypatch.setattr(importer, "import_file", held)
    path = tmp_path / "large.jsonl"
    path.write_text((json.dumps({"prompt": "What?", "answer": "That. " * 200}) + "\n") * 40_000, "utf-8")
    open_file(tab, qtbot, path)
    import_button(tab).click()
    qtbot.waitUntil(begun.is_set)
    assert find(tab, QProgressBar, "data.progress").isVisible()
    words = find(tab, QLabel, "data.progress_words")
    qtbot.waitUntil(lambda: "rows so far" in words.text())
    tab.open_files([tmp_path / "later.jsonl"])  # waits, instead of taking the place of what is being imported
    assert any("later.jsonl" in label.text() for label in tab.findChildren(QLabel) if label.isVisible())
    assert not import_button(tab).isEnabled()
    find(tab, QPushButton, "data.cancel").click()
    stopped.set()
    qtbot.waitUntil(lambda: any("There is no file" in label.text() for label in tab.findChildren(QLabel)))
    find(tab, QPushButton, "data.cancel").click()
    assert find(tab, QPushButton, "data.pick").isVisible()
    assert workspace.project.datasets() == []
    assert list(workspace.project.data.iterdir()) == []


def test_what_was_left_out_is_shown_with_line_reason_and_text(
    tab: DataTab, qtbot: QtBot, questions: Path, workspace: Workspace
) -> None:
    importer.import_file(workspace.project, questions, kind="instruction")
    tab.refresh()
    table = find(tab, QTableView, "data.rows")
    qtbot.waitUntil(lambda: table.model().rowCount() == 28)
    qtbot.mouseClick(find(tab, QPushButton, "data.show_left_out"), Qt.MouseButton.LeftButton)
    assert table.model().rowCount() == 2
    qtbot.waitUntil(lambda: cells(table, 0)[0] == "4")
    assert cells(table, 0)[2] == '{"prompt": "broken'
    assert cells(table, 1)[0] == "5"
    assert "(1)" in find(tab, QLabel, "data.reasons").text()
    table.selectRow(1)
    assert "nothing was asked" in find(tab, QPlainTextEdit, "data.row_text").toPlainText()


def test_using_the_data_sets_the_draft_and_goes_on(
    tab: DataTab, qtbot: QtBot, questions: Path, workspace: Workspace
) -> None:
    importer.import_file(workspace.project, questions, kind="instruction")
    tab.refresh()
    use = find(tab, QPushButton, "data.use")
    qtbot.waitUntil(use.isVisible)
    with qtbot.waitSignal(workspace.tab_wanted) as wanted:
        qtbot.mouseClick(use, Qt.MouseButton.LeftButton)
    assert wanted.args == ["model"]
    assert (workspace.draft.data, workspace.draft.task) == ("questions", "instruction-tuning")


def test_the_task_follows_the_kind_of_the_data() -> None:
    assert fitting_task("ranking", "instruction-tuning") == "reward-model"
    assert fitting_task("instruction", "instruction-tuning") == "instruction-tuning"


def test_starter_data_is_imported_with_one_click(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    if not starters.is_ready("reviews"):
        pytest.skip("the starter data is not on this computer")
    with qtbot.waitSignal(workspace.datasets_changed, timeout=20000):
        find(tab, QPushButton, "data.starter.reviews").click()
    info = workspace.project.dataset("reviews").info
    assert info.kind == "text-label"
    assert info.rows > 1000


def test_a_table_of_millions_reads_only_what_is_shown(qtbot: QtBot) -> None:
    asked: list[int] = []

    def fetch(start: int, count: int) -> list[list[str]]:
        asked.append(start)
        return [[f"row {start + number}"] for number in range(count)]

    model = PagedModel()
    model.show(["Text"], 5_000_000, fetch)
    view = QTableView()
    qtbot.addWidget(view)
    view.setModel(model)
    view.show()
    qtbot.waitUntil(lambda: model.text(0, 0) == "row 0")
    view.scrollToBottom()
    qtbot.waitUntil(lambda: model.text(4_999_999, 0) == "row 4999999")
    assert set(asked) <= {0, 4_999_800, 4_999_600}
    assert len(asked) == len(set(asked))
    assert PAGE == 200


def test_a_hidden_table_does_not_measure_all_of_its_rows(qtbot: QtBot) -> None:
    asked: list[int] = []

    class Counted(PagedModel):
        def text(self, row: int, column: int) -> str | None:
            asked.append(row)
            return f"row {row}"

    model = Counted()
    table = RowsTable(model, "rows", "Rows")
    qtbot.addWidget(table)
    model.show(["Text"], 1_000_000, None)
    table.show_columns({0})
    table.sizeHintForColumn(0)
    assert 0 < len(asked) < 500


def test_tags_in_the_data_are_not_drawn() -> None:
    from workbench.ui.data.cells import tooltip

    assert "<b>" not in tooltip("<b>bold</b>")
