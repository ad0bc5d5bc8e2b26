from pathlib import Path

import pytest
from finding import cells, find
from model_folders import write_model
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QSpinBox,
    QTableView,
    QTableWidget,
    QTextEdit,
    QToolButton,
)
from pytestqt.qtbot import QtBot

from tests.engine.tiny import make_tokenizer
from workbench.core.datasets.writer import write_dataset
from workbench.ui.data.checkup import CheckupPage
from workbench.ui.data.lens import LensPage
from workbench.ui.data.tab import DataTab
from workbench.ui.workspace import Workspace

LONG = 60_000


@pytest.fixture
def opinions(workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Workspace:
    """Two hundred opinions, one with a wrong label (row 12) and one with an address in it (row 1)."""
    monkeypatch.setenv("WORKBENCH_CACHE", str(tmp_path / "no-starters"))
    words = {"good": ["lovely", "great", "superb"], "bad": ["awful", "broken", "useless"]}
    rows = []
    for number in range(200):
        label = ("bad", "good")[number % 2]
        rows.append({"text": f"Thing {number} is {words[label][number % 3]}, I say", "label": label})
    rows[0]["text"] += ", me@example.com"
    rows[11]["label"] = "bad"
    rows[150] = rows[149]
    write_dataset(workspace.project.data / "opinions", "opinions", "text-label", rows, split=0.1)
    return workspace


@pytest.fixture
def page(opinions: Workspace, qtbot: QtBot) -> CheckupPage:
    page = CheckupPage(opinions, "data")
    qtbot.addWidget(page)
    page.resize(1000, 700)
    page.show()
    dataset = opinions.project.dataset("opinions")
    page.show_dataset(dataset, dataset.info)
    qtbot.waitUntil(lambda: find(page, QComboBox, "data.checkup.model").count() > 0)
    return page


def checked(page: CheckupPage, qtbot: QtBot) -> QTableWidget:
    find(page, QPushButton, "data.checkup.start").click()
    qtbot.waitUntil(lambda: page.findChild(QTableWidget, "data.checkup.suspects") is not None, timeout=LONG)
    table = find(page, QTableWidget, "data.checkup.suspects")
    qtbot.waitUntil(table.isVisible)  # new cards are shown a moment after they were made
    return table


def test_a_check_up_is_kept_and_leads_to_rows(page: CheckupPage, opinions: Workspace, qtbot: QtBot) -> None:
    table = checked(page, qtbot)
    assert table.item(0, 0).text() == "12"
    arrow = find(page, QToolButton, "data.checkup.duplicates")
    assert arrow.accessibleName() == "1  exact repeats of an earlier row"
    arrow.click()
    (example,) = [label for label in page.findChildren(QLabel) if label.isVisible() and "href" in label.text()]
    with qtbot.waitSignal(page.row_wanted) as wanted:
        example.linkActivated.emit(example.text().split('"')[3])
    assert wanted.args == [151]
    table.selectRow(0)
    with qtbot.waitSignal(page.row_wanted) as wanted:
        find(page, QPushButton, "data.checkup.go_to_row").click()
    assert wanted.args == [12]
    again = CheckupPage(opinions, "data")
    qtbot.addWidget(again)
    dataset = opinions.project.dataset("opinions")
    again.show_dataset(dataset, dataset.info)
    qtbot.waitUntil(lambda: again.findChild(QTableWidget, "data.checkup.suspects") is not None)


def test_suspicious_labels_are_saved_as_a_table(page: CheckupPage, qtbot: QtBot, tmp_path: Path) -> None:
    checked(page, qtbot)
    find(page, QPushButton, "data.checkup.save_suspects").click()
    dialog = page.findChild(QFileDialog)
    assert dialog is not None
    dialog.fileSelected.emit(str(tmp_path / "list.csv"))
    dialog.reject()
    state = find(page, QLabel, "data.checkup.state")
    qtbot.waitUntil(lambda: "list.csv" in state.text())
    lines = (tmp_path / "list.csv").read_text("utf-8-sig").splitlines()
    assert lines[0] == "row,text,given,proposed,probability,given_probability"
    assert lines[1].startswith("12,") and ",bad,good," in lines[1]


def test_what_was_found_is_set_right_in_copies(page: CheckupPage, opinions: Workspace, qtbot: QtBot) -> None:
    table = checked(page, qtbot)
    right = find(page, QPushButton, "data.checkup.set_right")
    assert not right.isEnabled()
    table.selectRow(0)
    assert right.isEnabled()
    with qtbot.waitSignal(page.finished, timeout=LONG) as made:
        right.click()
    assert made.args == ["opinions-corrected"]
    assert opinions.project.dataset("opinions-corrected").page(11, 1)[0]["label"] == "good"
    with qtbot.waitSignal(page.finished, timeout=LONG) as made:
        find(page, QPushButton, "data.checkup.mask").click()
    assert made.args == ["opinions-masked"]
    assert opinions.project.dataset("opinions-masked").page(0, 1)[0]["text"].endswith("[EMAIL]")


def test_a_check_up_can_be_cancelled(page: CheckupPage, qtbot: QtBot) -> None:
    find(page, QPushButton, "data.checkup.start").click()
    cancel = find(page, QPushButton, "data.checkup.cancel")
    assert cancel.isVisible()
    cancel.click()
    assert not cancel.isVisible()
    assert find(page, QPushButton, "data.checkup.start").isEnabled()


def test_a_row_is_shown_as_the_model_sees_it(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> None:
    rows = [{"prompt": f"question {word}", "answer": f"answer {word}"} for word in ("one", "two")]
    write_dataset(workspace.project.data / "talk", "talk", "instruction", rows, split=0.0)
    model = write_model(tmp_path / "model", num_attention_heads=2)
    make_tokenizer().save_pretrained(model)
    workspace.choose(model=str(model), settings={"max_length": 24})
    page = LensPage(workspace, "data")
    qtbot.addWidget(page)
    page.resize(900, 600)
    page.show()
    dataset = workspace.project.dataset("talk")
    page.show_dataset(dataset, dataset.info)
    text = find(page, QTextEdit, "data.lens.text")
    qtbot.waitUntil(lambda: "question one" in text.toPlainText(), timeout=LONG)
    assert text.toPlainText() == "<user>question one<end><assistant>answer one<end>"
    assert "26 tokens, 2 of them cut off" in find(page, QLabel, "data.lens.facts").text()
    struck = [place for place in range(len(text.toPlainText())) if style_at(text, place).fontStrikeOut()]
    assert text.toPlainText()[struck[0] :] == "e<end>"
    underlined = [place for place in range(len(text.toPlainText())) if style_at(text, place).fontUnderline()]
    assert "".join(text.toPlainText()[place] for place in underlined) == "answer on"
    find(page, QPushButton, "data.lens.next").click()
    qtbot.waitUntil(lambda: "question two" in text.toPlainText(), timeout=LONG)
    assert not find(page, QPushButton, "data.lens.next").isEnabled()
    page.show_row(1)
    qtbot.waitUntil(lambda: "question one" in text.toPlainText(), timeout=LONG)
    assert find(page, QSpinBox, "data.lens.row").value() == 1
    workspace.project_changed.emit()


def style_at(text: QTextEdit, place: int) -> QTextCharFormat:
    cursor = text.textCursor()
    cursor.setPosition(place + 1)
    return cursor.charFormat()


def test_the_tab_goes_from_a_finding_to_its_row_and_on_to_the_lens(opinions: Workspace, qtbot: QtBot) -> None:
    tab = DataTab(opinions)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    tab.refresh()
    button = find(tab, QPushButton, "data.show_checkup")
    qtbot.waitUntil(button.isVisible)
    button.click()
    page = tab.findChild(CheckupPage)
    assert page is not None
    page.row_wanted.emit(12)
    assert find(tab, QPushButton, "data.show_rows").isChecked()
    table = find(tab, QTableView, "data.rows")
    qtbot.waitUntil(lambda: "Thing 11 " in "".join(cells(table, 11)))
    assert table.currentIndex().row() == 11
    find(tab, QPushButton, "data.show_lens").click()
    lens = tab.findChild(LensPage)
    assert lens is not None
    assert find(lens, QSpinBox, "data.lens.row").value() == 12
    qtbot.waitUntil(lambda: "Get or choose a model" in find(lens, QLabel, "data.lens.facts").text())
