from collections.abc import Callable

import made_reports
from finding import cells, find
from made_reports import judged
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QPushButton, QTableView
from pytestqt.qtbot import QtBot

from workbench.core.project import Project
from workbench.core.reports import Judged
from workbench.core.runs import Run
from workbench.ui.train.run_view import RunView

Open = Callable[[Run], RunView]

ROWS = [
    judged("a", 0, (0.9, 0.1, 0.0), (0.1, 0.9, 0.0)),
    judged("b", 0, (0.2, 0.8, 0.0), (0.1, 0.9, 0.0)),
    judged("c", 1, (0.3, 0.7, 0.0), (0.1, 0.9, 0.0)),
    judged("d", 0, (0.05, 0.95, 0.0), (0.9, 0.1, 0.0)),
    judged("e", 2, (0.5, 0.1, 0.4), (0.1, 0.9, 0.0)),
]
LABELS = ["cat", "dog", "owl"]


def table(view: RunView) -> QTableView:
    return find(view, QTableView, "train.report_rows")


def matrix(view: RunView) -> QTableView:
    return find(view, QTableView, "train.report_confusion")


def title(view: RunView) -> str:
    return find(view, QLabel, "train.report_rows_title").text()


def listed(view: RunView) -> list[list[str]]:
    assert table(view).isVisible()
    return [cells(table(view), row) for row in range(table(view).model().rowCount())]


def texts(view: RunView) -> list[str]:
    return [row[0] for row in listed(view)]


def place(view: RunView, truth: int, said: int) -> QRect:
    return matrix(view).visualRect(matrix(view).model().index(truth, said))


def click(view: RunView, truth: int, said: int, qtbot: QtBot) -> None:
    qtbot.mouseClick(matrix(view).viewport(), Qt.MouseButton.LeftButton, pos=place(view, truth, said).center())


def press(view: RunView, name: str) -> None:
    find(view, QPushButton, name).click()


def choose_label(view: RunView, row: int) -> None:
    press(view, "train.report_labels")
    find(view, QTableView, "train.report_by_label").selectRow(row)


def test_it_begins_with_the_most_confident_mistakes(open_report: Open, project: Project) -> None:
    view = open_report(made_reports.write(project, LABELS, ROWS))
    assert listed(view) == [
        ["d", "cat", "dog", "95.0%"],
        ["b", "cat", "dog", "80.0%"],
        ["e", "owl", "cat", "50.0%"],
    ]
    assert title(view) == "Most confident mistakes"
    assert find(view, QLabel, "train.report_text_verdict").text() == "dog, 95.0 % sure: wrong, it is cat"


def test_a_click_on_a_cell_shows_just_its_rows(open_report: Open, project: Project, qtbot: QtBot) -> None:
    view = open_report(made_reports.write(project, LABELS, ROWS))
    counts = [cells(matrix(view), row) for row in range(3)]
    assert counts == [["1", "2", "0"], ["0", "1", "0"], ["1", "0", "0"]]
    for truth, said, expected in ((0, 1, ["d", "b"]), (1, 1, ["c"]), (2, 0, ["e"])):
        click(view, truth, said, qtbot)
        assert texts(view) == expected
    assert title(view) == "1 rows: “owl”, and the model says “cat”"
    click(view, 2, 1, qtbot)
    assert not table(view).isVisible()
    press(view, "train.report_mistakes")
    assert texts(view) == ["d", "b", "e"]
    assert not matrix(view).currentIndex().isValid()


def test_the_matrix_works_by_keyboard(open_report: Open, project: Project, qtbot: QtBot) -> None:
    view = open_report(made_reports.write(project, LABELS, ROWS))
    view.activateWindow()
    matrix(view).setFocus()
    qtbot.waitUntil(matrix(view).hasFocus)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Return):
        qtbot.keyClick(matrix(view), key)
    assert texts(view) == ["d", "b"]
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Enter):
        qtbot.keyClick(matrix(view), key)
    assert texts(view) == ["c"]
    told = matrix(view).currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    assert told == "1 of 1 rows with the label “dog” are taken for “dog”."
    qtbot.keyClick(matrix(view), Qt.Key.Key_Tab)
    assert not matrix(view).hasFocus()


def test_the_chosen_row_is_shown_in_full(open_report: Open, project: Project, qtbot: QtBot) -> None:
    long = "A first line.\n" + "word " * 200
    rows = [Judged(what=long, pair="And a <b>second</b> text.", truth=(0,), scores=(0.1, 0.9)), *ROWS[:0]]
    view = open_report(made_reports.write(project, ["a", "b"], rows))
    assert [len(row) for row in listed(view)] == [5]  # with a column for second texts
    shown = find(view, QPlainTextEdit, "train.report_text").toPlainText()
    assert shown == f"{long}\n\nAnd a <b>second</b> text."


def test_a_label_opens_what_it_missed_and_what_it_was_wrongly_given_to(open_report: Open, project: Project) -> None:
    view = open_report(made_reports.write(project, LABELS, ROWS))
    choose_label(view, 0)
    assert cells(find(view, QTableView, "train.report_by_label"), 0) == ["cat", "3", "50.0%", "33.3%", "40.0%"]
    assert texts(view) == ["d", "b"]
    assert find(view, QPushButton, "train.report_missed").text() == "Missed (2)"
    press(view, "train.report_wrongly_given")
    assert texts(view) == ["e"]
    press(view, "train.report_found")
    assert texts(view) == ["a"]
    find(view, QTableView, "train.report_by_label").selectRow(1)
    assert texts(view) == ["c"]  # what is asked stays: found


def test_labels_are_sorted_by_number_not_by_text(open_report: Open, project: Project) -> None:
    rows = [judged(f"{n}", n % 2, (0.9, 0.1) if n % 3 else (0.2, 0.8)) for n in range(25)]
    rows += [judged("x", 0, (0.9, 0.1))] * 100
    view = open_report(made_reports.write(project, ["a", "b"], rows))
    labels = find(view, QTableView, "train.report_by_label")
    press(view, "train.report_labels")
    labels.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert [cells(labels, row)[:2] for row in range(2)] == [["b", "12"], ["a", "113"]]
    labels.selectRow(0)
    assert title(view) == "Label “b”"


def test_rows_with_several_labels_have_no_matrix(open_report: Open, project: Project) -> None:
    rows = [
        Judged(what="a", truth=(0, 1), scores=(0.9, 0.2, 0.6)),
        Judged(what="b", truth=(1,), scores=(0.1, 0.4, 0.9)),
        Judged(what="c", truth=(), scores=(0.1, 0.1, 0.1)),
    ]
    view = open_report(made_reports.write(project, LABELS, rows, several=True))
    assert not find(view, QPushButton, "train.report_matrix").isVisible()
    assert find(view, QTableView, "train.report_by_label").isVisible()
    assert listed(view) == [["a", "cat, dog", "cat, owl", "60.0%"], ["b", "dog", "owl", "60.0%"]]
    choose_label(view, 2)
    press(view, "train.report_wrongly_given")
    assert texts(view) == ["b", "a"]
    assert cells(find(view, QTableView, "train.report_by_label"), 2) == ["owl", "0", "0.0%", "–", "0.0%"]


def test_a_model_without_a_mistake(open_report: Open, project: Project) -> None:
    view = open_report(made_reports.write(project, ["a", "b"], [judged("x", 0, (1.0, 0.0))]))
    assert not table(view).isVisible()
    words = [label.text() for label in view.findChildren(QLabel) if label.isVisible()]
    assert "There is no mistake among the 1 held-out rows." in words


def test_many_labels_with_long_names_scroll_and_tell_their_names(open_report: Open, project: Project) -> None:
    labels = [f"とても長くて一列には収まらない日本語のラベルその{number}番" for number in range(40)]
    view = open_report(made_reports.write(project, labels, made_reports.many(40, 400)))
    view.resize(800, 500)
    grid = matrix(view)
    assert grid.horizontalScrollBar().maximum() > 0 and grid.verticalScrollBar().maximum() > 0
    assert labels[7] in str(grid.model().headerData(7, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole))
    assert labels[3] in str(grid.model().index(3, 7).data(Qt.ItemDataRole.ToolTipRole))
    narrowest = grid.columnWidth(0)
    assert narrowest >= grid.fontMetrics().horizontalAdvance("10")
    assert grid.verticalHeader().width() < view.width() / 4
    assert grid.horizontalHeader().height() > 3 * grid.fontMetrics().height()  # the names run upwards
    assert grid.visualRect(grid.model().index(0, 0)).contains(QPoint(1, 1) + place(view, 0, 0).topLeft())
