import pytest
from finding import find
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTableWidget,
)
from pytestqt.qtbot import QtBot

from workbench.core.datasets.writer import write_dataset
from workbench.core.templates.families import family
from workbench.core.templates.wordings import Wordings, builtin
from workbench.ui.data.tab import DataTab
from workbench.ui.workspace import Workspace

NAMES = ["greetings", "reviews", "sums"]


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot) -> DataTab:
    data = workspace.project.data
    reviews = [{"text": f"film {n}", "label": str(n % 2)} for n in range(40)]
    greetings = [{"prompt": f"Good morning {n}", "answer": f"おはよう {n}"} for n in range(30)]
    sums = [{"prompt": f"What is {n} plus 1?", "answer": str(n + 1)} for n in range(10)]
    write_dataset(data / "reviews", "reviews", "text-label", reviews, split=0.25)
    write_dataset(data / "greetings", "greetings", "instruction", greetings, split=0.1)
    write_dataset(data / "sums", "sums", "instruction", sums, split=0.1)
    tab = DataTab(workspace)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    tab.refresh()
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(lambda: listed.count() == 3)
    return tab


def open_panel(tab: DataTab, qtbot: QtBot, data: str, panel: str = "template") -> None:
    find(tab, QListWidget, "data.list").setCurrentRow(NAMES.index(data))
    action = tab.findChild(QAction, f"data.{panel}")
    assert action is not None
    action.trigger()
    qtbot.waitUntil(find(tab, QPushButton, f"data.{panel}.make").isEnabled if panel == "template" else lambda: True)


def wordings(tab: DataTab) -> QListWidget:
    return find(tab, QListWidget, "data.template.wordings")


def text(tab: DataTab, name: str) -> str:
    return find(tab, QPlainTextEdit, f"data.template.{name}").toPlainText()


def press(tab: DataTab, name: str) -> None:
    button = find(tab, QPushButton, f"data.template.{name}")
    assert button.isEnabled()
    button.click()


def test_the_rows_are_shown_filled_in_and_the_family_is_proposed(tab: DataTab, qtbot: QtBot) -> None:
    open_panel(tab, qtbot, "reviews")
    assert find(tab, QComboBox, "data.template.family").currentData() == "sentiment"
    assert find(tab, QComboBox, "data.template.language").currentData() == "en"
    assert wordings(tab).count() == 11
    assert (
        text(tab, "filled_prompt") == "film 0\n\nHow does the writer feel about it?\n\nOPTIONS:\n- negative\n- positive"
    )
    assert text(tab, "filled_answer") == "negative"
    press(tab, "next")
    assert text(tab, "filled_prompt").startswith("film 1\n")
    assert not find(tab, QPushButton, "data.template.remove").isEnabled()  # ours can be switched off, not removed
    find(tab, QCheckBox, "data.template.options").click()
    assert "OPTIONS" not in text(tab, "filled_prompt")
    word = find(tab, QTableWidget, "data.template.words").item(1, 1)
    assert word is not None
    word.setText("splendid")
    assert text(tab, "filled_answer") == "splendid"
    wordings(tab).setCurrentRow(8)
    assert text(tab, "filled_prompt") == "Write a short text whose sentiment is splendid."
    assert text(tab, "filled_answer") == "film 1"
    language = find(tab, QComboBox, "data.template.language")
    qtbot.keyClick(language, Qt.Key.Key_Down)
    assert "film 1" in text(tab, "filled_prompt")
    assert text(tab, "filled_answer") == "肯定的"


def test_prompts_are_made_of_the_wordings_that_are_on(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    open_panel(tab, qtbot, "reviews")
    press(tab, "all_off")
    assert not find(tab, QPushButton, "data.template.make").isEnabled()
    for row in (1, 2):
        wordings(tab).setCurrentRow(row)
        qtbot.keyClick(wordings(tab), Qt.Key.Key_Space)
    per_row = find(tab, QSpinBox, "data.template.per_row")
    assert per_row.maximum() == 2
    per_row.setValue(2)
    assert "40 rows become 80 prompts" in find(tab, QLabel, "data.template.outlook").text()
    find(tab, QLineEdit, "data.template.name").setText("asked")
    with qtbot.waitSignal(workspace.datasets_changed):
        press(tab, "make")
    made = workspace.project.dataset("asked")
    assert made.info.splits == {"train": 60, "validation": 20}
    begin = {row["prompt"].split()[0] for row in made.rows()}
    assert begin == {"Read", "Somebody"}
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(lambda: listed.isVisible() and listed.count() == 4)
    assert listed.currentItem().text().startswith("asked")
    kept = Wordings(workspace.project.path, family("sentiment")).chosen(["en"])
    assert [wording.id for wording in kept] == ["en-2", "en-3"]  # what is off stays off


def test_a_wording_of_ones_own(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    open_panel(tab, qtbot, "reviews")
    press(tab, "write")
    prompt = find(tab, QPlainTextEdit, "data.template.wording_prompt")
    save, problem = (
        find(tab, QPushButton, "data.template.wording_save"),
        find(tab, QLabel, "data.template.wording_problem"),
    )
    assert not save.isEnabled()
    assert not find(tab, QPushButton, "data.template.make").isEnabled()
    prompt.setPlainText("Well?\n{{ txt }}")
    assert problem.isVisible()
    assert problem.text().startswith("Line 2 of the prompt names “txt”")
    assert not save.isEnabled()
    prompt.setPlainText("Well? ")
    prompt.moveCursor(prompt.textCursor().MoveOperation.End)
    press(tab, "slot.text")
    assert prompt.toPlainText() == "Well? {{ text }}"
    assert text(tab, "filled_prompt").startswith("Well? film 0\n\nOPTIONS")
    answer = find(tab, QPlainTextEdit, "data.template.wording_answer")
    focus = QFocusEvent(QEvent.Type.FocusIn)
    QApplication.sendEvent(answer, focus)
    press(tab, "slot.label")
    assert answer.toPlainText() == "{{ label }}"
    save.click()
    qtbot.waitUntil(lambda: wordings(tab).count() == 12)
    assert wordings(tab).currentItem().text() == "yours · Well? ‹text›"
    own = Wordings(workspace.project.path, family("sentiment")).chosen(ids=["own-en-1"])
    assert own[0].prompt == "Well? {{ text }}"
    press(tab, "remove")
    qtbot.waitUntil(lambda: wordings(tab).count() == 11)
    undo = find(tab, QPushButton, "notice.action")
    panels = [button for button in tab.findChildren(QPushButton, "notice.action") if button.isVisible()]
    assert len(panels) == 1, undo
    panels[0].click()
    qtbot.waitUntil(lambda: wordings(tab).count() == 12)


def test_a_change_of_ours_can_be_taken_back(tab: DataTab, qtbot: QtBot) -> None:
    open_panel(tab, qtbot, "reviews")
    press(tab, "edit")
    find(tab, QPlainTextEdit, "data.template.wording_prompt").setPlainText("{{ text }} So?")
    press(tab, "wording_save")
    qtbot.waitUntil(lambda: wordings(tab).item(0).text() == "yours · ‹text› So?")
    remove = find(tab, QPushButton, "data.template.remove")
    assert remove.text() == "Back to ours"
    press(tab, "remove")
    qtbot.waitUntil(lambda: wordings(tab).item(0).text() == "‹text› How does the writer feel about it?")
    press(tab, "edit")
    press(tab, "wording_cancel")
    assert wordings(tab).isVisible()


def test_languages_of_a_translation_and_another_family(tab: DataTab, qtbot: QtBot) -> None:
    open_panel(tab, qtbot, "greetings")
    assert text(tab, "filled_prompt") == "Translate this into Japanese.\n\nGood morning 0"
    find(tab, QComboBox, "data.template.fill.target_language").setEditText("old Japanese")
    assert "into old Japanese" in text(tab, "filled_prompt")
    box = find(tab, QComboBox, "data.template.family")
    box.setCurrentIndex(box.findData("dialogue"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: tab.findChild(QComboBox, "data.template.fill.said") is not None)
    assert wordings(tab).count() == len(builtin("dialogue")) // 2
    assert text(tab, "filled_prompt") == "Good morning 0"
    find(tab, QComboBox, "data.template.fill.said").setCurrentIndex(1)
    qtbot.waitUntil(lambda: text(tab, "filled_prompt") == "おはよう 0")


def test_a_damaged_file_of_ones_own_is_told(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    folder = workspace.project.path / "templates"
    folder.mkdir()
    (folder / "sentiment.yaml").write_text("wordings:\n- id: a: b\n")
    find(tab, QListWidget, "data.list").setCurrentRow(1)
    action = tab.findChild(QAction, "data.template")
    assert action is not None
    action.trigger()
    told = lambda: [label.text() for label in tab.findChildren(QLabel, "notice.text") if label.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: bool(told()))
    assert told()[0].startswith("Line 2 of ")
    assert not find(tab, QPushButton, "data.template.make").isEnabled()
    box = find(tab, QComboBox, "data.template.family")
    box.setCurrentIndex(box.findData("classification"))
    box.activated.emit(box.currentIndex())
    qtbot.waitUntil(lambda: wordings(tab).count() == 11)


def test_mixing_shows_what_each_gives_and_gives_it(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    open_panel(tab, qtbot, "greetings", "mix")
    qtbot.waitUntil(lambda: tab.findChild(QCheckBox, "data.mix.set.sums") is not None)
    assert tab.findChild(QCheckBox, "data.mix.set.reviews") is None  # of another kind
    mix = find(tab, QPushButton, "data.mix.make")
    assert not mix.isEnabled()
    assert "at least two" in find(tab, QLabel, "data.mix.outlook").text()
    find(tab, QCheckBox, "data.mix.set.sums").click()
    assert find(tab, QLabel, "data.mix.share.sums").text() == "25.0 % of the mix: 9 of 9 rows"
    find(tab, QSpinBox, "data.mix.rate_maximum").setValue(9)
    assert find(tab, QLabel, "data.mix.share.greetings").text() == "50.0 % of the mix: 9 of 27 rows"
    assert "18 rows for training and 2 held out" in find(tab, QLabel, "data.mix.outlook").text()
    with qtbot.waitSignal(workspace.datasets_changed):
        mix.click()
    assert workspace.project.dataset("mix").info.splits == {"train": 18, "validation": 2}
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(lambda: listed.isVisible() and listed.count() == 4)
    assert listed.currentItem().text().startswith("mix")
