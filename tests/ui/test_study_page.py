import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QSpinBox, QTableWidget
from pytestqt.qtbot import QtBot

from tests.ui.finding import find
from tests.ui.model_folders import write_model
from workbench.core.datasets.writer import write_dataset
from workbench.core.learning_curve import study as studies
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import launcher
from workbench.ui.study.plot import StudyPlot
from workbench.ui.train.tab import TrainTab
from workbench.ui.workspace import Workspace

TRAINER = Path(__file__).parents[1] / "fake_trainer.py"


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Chooses how the trainers behave that are started from then on."""
    how = ["accurate"]

    def command(run: Run, *, resume: bool) -> list[str]:
        return [sys.executable, str(TRAINER), str(run.path), how[0]]

    monkeypatch.setattr(launcher, "command", command)
    return lambda name: how.__setitem__(0, name)


@pytest.fixture
def tab(workspace: Workspace, trainer: object, project: Project, tmp_path: Path, qtbot: QtBot) -> TrainTab:
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(250)]
    write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=0.2)
    model = str(write_model(tmp_path / "model", architectures=["BertModel"]))
    tab = TrainTab(workspace)
    qtbot.addWidget(tab, before_close_func=lambda widget: widget.shut())
    tab.resize(1000, 760)
    tab.show()
    workspace.choose(task="text-classification", data="reviews", model=model, adapter="lora", settings={"epochs": 2.0})
    tab.refresh()
    opener = find(tab, QPushButton, "train.learning_curve")
    qtbot.waitUntil(opener.isEnabled)
    return tab


def open_page(tab: TrainTab, qtbot: QtBot) -> None:
    find(tab, QPushButton, "train.learning_curve").click()
    qtbot.waitUntil(find(tab, QPushButton, "study.start").isEnabled)


def sentence(tab: TrainTab) -> str:
    return find(tab, QLabel, "study.sentence").text()


def column(tab: TrainTab, number: int) -> list[str]:
    table = find(tab, QTableWidget, "study.table")
    return [table.item(row, number).text() for row in range(table.rowCount())]


def plot(tab: TrainTab) -> StudyPlot:
    return tab.study_page._plot


def test_only_classifiers_have_a_learning_curve(tab: TrainTab, workspace: Workspace) -> None:
    opener = find(tab, QPushButton, "train.learning_curve")
    assert opener.isVisible()
    workspace.choose(data="")
    assert not opener.isEnabled()
    workspace.choose(task="instruction-tuning")
    assert not opener.isVisible()


def test_from_the_button_to_the_sentence(tab: TrainTab, workspace: Workspace, qtbot: QtBot) -> None:
    open_page(tab, qtbot)
    find(tab, QLineEdit, "study.shares").setText("20, 50, 100")
    find(tab, QPushButton, "study.start").click()
    qtbot.waitUntil(lambda: column(tab, 4) == ["finished"] * 3, timeout=20000)
    assert column(tab, 0) == ["20 %", "50 %", "100 %"]
    assert column(tab, 1) == ["40", "100", "200"]
    assert column(tab, 2) == ["65.0 %", "72.5 %", "85.0 %"]
    assert column(tab, 5) == [run.id for run in workspace.project.runs()]
    assert [run.spec().options["epochs"] for run in workspace.project.runs()] == [2.0] * 3
    assert [bar[:2] for bar in plot(tab).finished()] == [(40, 0.65), (100, 0.725), (200, 0.85)]
    ahead = plot(tab).ahead()
    assert ahead is not None and ahead[0] == 400 and 0.85 < ahead[1] < 1
    assert sentence(tab).startswith("Doubling the labelled rows to 400 would likely bring about +")
    qtbot.waitUntil(lambda: not find(tab, QPushButton, "study.stop").isVisible())
    assert not find(tab, QPushButton, "study.start").isVisible()
    table = find(tab, QTableWidget, "study.table")
    with qtbot.waitSignal(workspace.run_selected) as opened:
        table.itemActivated.emit(table.item(1, 0))
    assert opened.args == ["002-text-classification"]
    assert tab._pages.currentWidget() is tab.run_view


def test_it_is_stopped_found_again_and_goes_on(
    tab: TrainTab, trainer: Callable[[str], None], project: Project, qtbot: QtBot
) -> None:
    trainer("obedient")
    open_page(tab, qtbot)
    start, stop = find(tab, QPushButton, "study.start"), find(tab, QPushButton, "study.stop")
    find(tab, QSpinBox, "study.repeats").setValue(2)
    find(tab, QLineEdit, "study.shares").setText("50,100")
    start.click()
    qtbot.waitUntil(lambda: column(tab, 4)[:1] != [] and column(tab, 4)[0].startswith("training · step"), timeout=10000)
    assert stop.isVisible() and not start.isVisible()
    assert plot(tab).finished() == [] and sentence(tab) == "0 of 4 trainings are finished."
    stop.click()
    qtbot.waitUntil(lambda: column(tab, 4) == ["stopped", *["waiting"] * 3], timeout=10000)
    find(tab, QPushButton, "study.back").click()
    assert tab._pages.currentWidget() is tab.start_panel

    open_page(tab, qtbot)
    offer = find(tab.study_page, QPushButton, "notice.action")
    qtbot.waitUntil(offer.isVisible)
    assert not find(tab, QTableWidget, "study.table").isVisible()
    offer.click()
    qtbot.waitUntil(lambda: find(tab, QTableWidget, "study.table").isVisible() and start.text() == "Continue")
    which = find(tab, QComboBox, "study.which")
    assert which.currentText() == "001 · reviews · Text classification" and which.itemText(0) == "A new study"
    trainer("accurate")
    start.click()
    qtbot.waitUntil(lambda: column(tab, 4) == ["finished"] * 4, timeout=20000)
    assert column(tab, 0) == ["50 % · seed 0", "50 % · seed 1", "100 % · seed 0", "100 % · seed 1"]
    assert [run.spec().options["seed"] for run in project.runs()] == [0, 1, 0, 1]


def test_a_training_that_fails_is_told_of(tab: TrainTab, trainer: Callable[[str], None], qtbot: QtBot) -> None:
    trainer("exit")
    open_page(tab, qtbot)
    find(tab, QPushButton, "study.start").click()
    text = find(tab.study_page, QLabel, "notice.text")
    qtbot.waitUntil(lambda: "exit status 7" in text.text(), timeout=10000)
    qtbot.waitUntil(lambda: column(tab, 4)[:2] == ["failed", "waiting"])
    assert find(tab, QPushButton, "study.start").text() == "Continue"


@pytest.mark.parametrize("written", ["", "50", "0, 100", "50, 101", "50, many", "nan, 100"])
def test_wrong_shares_are_marked_before_anything_starts(tab: TrainTab, written: str, qtbot: QtBot) -> None:
    open_page(tab, qtbot)
    start, shares = find(tab, QPushButton, "study.start"), find(tab, QLineEdit, "study.shares")
    assert start.isEnabled()
    shares.setText(written)
    assert not start.isEnabled() and shares.property("wrong")
    shares.setText("5 %, 100 %")
    assert start.isEnabled() and not shares.property("wrong")


def test_what_cannot_be_studied_is_refused_in_a_sentence(tab: TrainTab, project: Project, qtbot: QtBot) -> None:
    open_page(tab, qtbot)
    find(tab, QLineEdit, "study.shares").setText("99, 100")
    project.remove_dataset("reviews")
    find(tab, QPushButton, "study.start").click()
    text = find(tab.study_page, QLabel, "notice.text")
    qtbot.waitUntil(lambda: "There is no data set “reviews”" in text.text())
    assert find(tab, QPushButton, "study.start").isEnabled()
    assert studies.names(project) == []
