import pytest
from finding import find
from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QSlider,
)
from pytestqt.qtbot import QtBot

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.writer import write_dataset
from workbench.core.labelling.setup import Setup
from workbench.core.labelling.store import Labelling, Measured
from workbench.ui.data.labelling import LabellingPanel
from workbench.ui.data.labelling_review import LabellingReview
from workbench.ui.workspace import Workspace

SURE = [0.95, 0.6, 0.8, 0.99, 0.7]
"""How sure the model is of each row; its label is always the second."""


@pytest.fixture
def source(workspace: Workspace) -> Dataset:
    rows = [{"text": f"text {number}"} for number in range(len(SURE))]
    return write_dataset(workspace.project.data / "open", "open", "unlabelled", rows, split=0.0)


@pytest.fixture
def labelling(workspace: Workspace, source: Dataset) -> Labelling:
    setup = Setup(data="open", hash=source.info.hash, model="m", labels=("bad", "good"), words=("bad", "good"))
    labelling = Labelling.begin(workspace.project, setup)
    labelling.add(0, [[1 - value, value] for value in SURE])
    confidence, right = [0.75] * 40 + [0.9] * 60, [True] * 20 + [False] * 20 + [True] * 60
    labelling.measure(Measured(data="known", hash="", confidence=confidence, right=right))
    return labelling


@pytest.fixture
def panel(workspace: Workspace, source: Dataset, qtbot: QtBot) -> LabellingPanel:
    panel = LabellingPanel(workspace, "data.label")
    qtbot.addWidget(panel)
    panel.resize(1100, 600)
    panel.show()
    panel.open(source, source.info)
    qtbot.waitUntil(lambda: find(panel, QComboBox, "data.label.who").count() > 0)
    return panel


@pytest.fixture
def reviewing(panel: LabellingPanel, labelling: Labelling, qtbot: QtBot) -> LabellingReview:
    """The panel after the model has labelled, at its last step."""
    panel._command.done.emit({"labelling": labelling.name})
    button = find(panel, QPushButton, "data.label.review_step")
    qtbot.waitUntil(button.isEnabled)
    button.click()
    review = find(panel, LabellingReview, "data.label.review")
    qtbot.waitUntil(lambda: shown(panel) == "text 1")
    return review


def shown(panel: LabellingPanel) -> str:
    return find(panel, QLabel, "data.label.text").text()


def test_a_language_model_is_started_with_labels_and_prompt(
    panel: LabellingPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    started: list[tuple[object, ...]] = []
    monkeypatch.setattr(panel._command, "start", lambda *arguments: started.append(arguments))
    start = find(panel, QPushButton, "data.label.start")
    assert not start.isEnabled()
    find(panel, QLineEdit, "data.label.labels").setText("1=good, 0=bad")
    find(panel, QPlainTextEdit, "data.label.prompt").setPlainText("Is it {{ labels }}? {{ text }}")
    start.click()
    qtbot.waitUntil(lambda: bool(started))
    model = ["--model", "smollm2-135m-instruct", "--labels", "1=good, 0=bad"]
    prompt = ["--prompt", "Is it {{ labels }}? {{ text }}", "--contextual"]
    assert list(started[0]) == ["data", "label", workspace.project.path, "open", *model, *prompt]
    panel._command.progressed.emit("37 % · 37 of 100 rows · about 2 min left")
    assert find(panel, QProgressBar, "data.label.progress").value() == 37
    find(panel, QPushButton, "data.label.stop").click()
    assert start.isVisible()


def test_a_stop_before_the_model_is_started_counts(
    panel: LabellingPanel, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[object, ...]] = []
    monkeypatch.setattr(panel._command, "start", lambda *arguments: started.append(arguments))
    find(panel, QLineEdit, "data.label.labels").setText("good, bad")
    find(panel, QPushButton, "data.label.start").click()
    find(panel, QPushButton, "data.label.stop").click()
    QThreadPool.globalInstance().waitForDone()
    QApplication.processEvents()
    assert not started


def test_a_prompt_without_the_text_is_told_at_once(panel: LabellingPanel, qtbot: QtBot) -> None:
    find(panel, QLineEdit, "data.label.labels").setText("good, bad")
    find(panel, QPlainTextEdit, "data.label.prompt").setPlainText("Is it good?")
    find(panel, QPushButton, "data.label.start").click()
    notice = find(panel, QLabel, "notice.text")
    qtbot.waitUntil(lambda: "never shows the text" in notice.text())


def test_the_threshold_is_proposed_and_says_what_it_lets_through(
    panel: LabellingPanel, reviewing: LabellingReview, qtbot: QtBot
) -> None:
    find(panel, QPushButton, "data.label.trust").click()
    sentence = find(panel, QLabel, "data.label.sentence")
    assert sentence.text() == "2 rows at about 100 % right"  # 60 of 60 from 0.9 on
    assert find(panel, QLabel, "data.label.threshold_value").text() == "0.90000"
    find(panel, QSlider, "data.label.threshold").setValue(0)
    assert sentence.text() == "5 rows at about 80 % right"


def test_rows_are_decided_by_keys_and_each_decision_is_on_disk_before_the_next_text(
    panel: LabellingPanel, reviewing: LabellingReview, labelling: Labelling, qtbot: QtBot
) -> None:
    def press(key: Qt.Key, then: str) -> None:
        qtbot.keyClick(reviewing, key)
        qtbot.waitUntil(lambda: shown(panel) == then)

    press(Qt.Key.Key_1, "text 4")  # 0.6 came first, then 0.7, 0.8, 0.95, 0.99
    assert labelling.decisions()[1].label == "bad"
    press(Qt.Key.Key_Return, "text 2")
    assert labelling.decisions()[4].label == "good"
    press(Qt.Key.Key_S, "text 0")
    assert labelling.decisions()[2].label == ""
    press(Qt.Key.Key_Backspace, "text 2")
    press(Qt.Key.Key_Left, "text 4")
    assert find(panel, QPushButton, "data.label.label.2").property("primary")
    press(Qt.Key.Key_1, "text 2")
    assert labelling.decisions()[4].label == "bad"
    press(Qt.Key.Key_Right, "text 0")
    assert find(panel, QLabel, "data.label.count").text().startswith("3 decided · 2 left")


def test_without_a_measurement_the_review_comes_first(
    panel: LabellingPanel, workspace: Workspace, source: Dataset, qtbot: QtBot
) -> None:
    setup = Setup(data="open", hash=source.info.hash, model="m", labels=("bad", "good"), words=("bad", "good"))
    unmeasured = Labelling.begin(workspace.project, setup)
    unmeasured.add(0, [[1 - value, value] for value in SURE])
    panel._command.done.emit({"labelling": unmeasured.name})
    button = find(panel, QPushButton, "data.label.review_step")
    qtbot.waitUntil(button.isChecked)
    assert find(panel, LabellingReview, "data.label.review").isVisible()


def test_keys_typed_ahead_are_not_lost(
    panel: LabellingPanel, reviewing: LabellingReview, labelling: Labelling, qtbot: QtBot
) -> None:
    for key in (Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_1, Qt.Key.Key_2, Qt.Key.Key_S):
        qtbot.keyClick(reviewing, key)
    qtbot.waitUntil(lambda: "Nothing is left" in shown(panel))
    decided = {row: decision.label for row, decision in labelling.decisions().items()}
    assert decided == {1: "bad", 4: "good", 2: "bad", 0: "good", 3: ""}


def test_what_was_decided_is_there_after_the_window_was_killed(
    reviewing: LabellingReview, labelling: Labelling, workspace: Workspace, source: Dataset, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(reviewing.decided):
        qtbot.keyClick(reviewing, Qt.Key.Key_1)
    again = LabellingPanel(workspace, "data.label")
    qtbot.addWidget(again)
    again.open(source, source.info)
    qtbot.waitUntil(lambda: find(again, QLineEdit, "data.label.labels").text() == "bad, good")
    again._command.done.emit({"labelling": labelling.name})
    qtbot.waitUntil(lambda: shown(again) == "text 4")


def test_the_new_data_set_says_who_labelled(
    panel: LabellingPanel, reviewing: LabellingReview, workspace: Workspace, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(reviewing.decided):
        qtbot.keyClick(reviewing, Qt.Key.Key_1)
    with qtbot.waitSignal(panel.finished) as finished:
        find(panel, QPushButton, "data.label.make").click()
    assert finished.args == ["open-labelled"]
    rows = {row["text"]: row for row in workspace.project.dataset("open-labelled").rows()}
    assert {text: row.get("labelled_by", "a person") for text, row in rows.items()} == {
        "text 1": "a person",
        "text 0": "m",
        "text 3": "m",
    }
