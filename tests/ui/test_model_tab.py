from pathlib import Path

import pytest
from finding import find
from model_folders import write_model
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.core import starters
from workbench.ui.model.choices import ModelChoices
from workbench.ui.model.tab import ModelTab
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot) -> ModelTab:
    tab = ModelTab(workspace)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    tab.refresh()
    return tab


def choose(tab: ModelTab, qtbot: QtBot, name: str) -> None:
    choices = tab.findChildren(ModelChoices)[0]
    with qtbot.waitSignal(choices.chosen):
        choices.choose(name)


def notices(tab: QWidget) -> str:
    return " ".join(notice.text() for notice in tab.findChildren(Notice))


def texts(tab: QWidget) -> str:
    return "\n".join(label.text() for label in tab.findChildren(QLabel))


def test_a_model_in_a_folder_is_shown_with_what_it_is(tab: ModelTab, qtbot: QtBot, tmp_path: Path) -> None:
    use = find(tab, QPushButton, "model.use")
    assert not use.isEnabled()
    choose(tab, qtbot, str(write_model(tmp_path / "mine")))
    assert use.isEnabled()
    assert "llama" in texts(tab)
    assert "64 tokens" in texts(tab)


def test_trainable_parameters_follow_adapter_and_rank(tab: ModelTab, qtbot: QtBot, tmp_path: Path) -> None:
    choose(tab, qtbot, str(write_model(tmp_path / "mine")))
    count = find(tab, QLabel, "model.trainable")
    assert "64 " in count.text()  # rank 8, one layer of 4 x 4
    rank = find(tab, QLineEdit, "model.adapter_options.rank")
    rank.setText("2")
    assert "16 " in count.text()
    adapter = find(tab, QComboBox, "model.adapter")
    adapter.setCurrentIndex(adapter.findData("full"))
    assert "56 (100.00 %" in count.text()
    adapter.setCurrentIndex(adapter.findData("lora"))
    assert "16 " in count.text()  # what was chosen before is still there


def test_use_puts_model_adapter_and_settings_into_the_draft(
    tab: ModelTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    workspace.choose(settings={"epochs": 1.0})
    folder = write_model(tmp_path / "mine")
    choose(tab, qtbot, str(folder))
    find(tab, QLineEdit, "model.adapter_options.rank").setText("4")
    with qtbot.waitSignal(workspace.tab_wanted) as wanted:
        qtbot.mouseClick(find(tab, QPushButton, "model.use"), Qt.MouseButton.LeftButton)
    assert wanted.args == ["train"]
    draft = workspace.draft
    assert (draft.model, draft.adapter) == (str(folder), "lora")
    assert draft.settings == {"epochs": 1.0, "adapter.rank": 4}


def test_pickled_weights_are_refused_where_the_model_was_chosen(tab: ModelTab, qtbot: QtBot, tmp_path: Path) -> None:
    folder = write_model(tmp_path / "pickled")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    tab.findChildren(ModelChoices)[0].choose(str(folder))
    qtbot.waitUntil(lambda: "pickled" in notices(tab))
    assert not find(tab, QPushButton, "model.use").isEnabled()


def test_a_model_that_the_task_cannot_train_is_shown_but_cannot_be_used(
    tab: ModelTab, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(tab, qtbot, str(write_model(tmp_path / "bert", architectures=["BertModel"], model_type="bert")))
    assert "cannot train this model" in notices(tab)
    assert not find(tab, QPushButton, "model.use").isEnabled()


def test_adapters_that_do_not_fit_the_task_cannot_be_chosen(
    tab: ModelTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    choose(tab, qtbot, str(write_model(tmp_path / "mine")))
    workspace.choose(task="reward-model")
    adapter = find(tab, QComboBox, "model.adapter")
    full = adapter.findData("full")
    assert not adapter.model().flags(adapter.model().index(full, 0)) & Qt.ItemFlag.ItemIsEnabled
    assert "does not work" in adapter.itemData(full, Qt.ItemDataRole.ToolTipRole)
    assert adapter.currentData() == "lora"


def test_a_starter_that_is_not_here_is_fetched_with_progress(
    workspace: Workspace, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here: list[str] = []
    folder = write_model(tmp_path / "starter")

    def get(name: str, progress: starters.Progress) -> Path:
        progress("Downloading", 0.5)
        here.append(name)
        return folder

    monkeypatch.setattr(starters, "is_ready", lambda name: name in here)
    monkeypatch.setattr(starters, "get", get)
    monkeypatch.setattr(starters, "model_folder", lambda name: folder)
    tab = ModelTab(workspace)
    qtbot.addWidget(tab)
    tab.refresh()
    button = find(tab, QPushButton, "model.starter.smollm2-135m-instruct")
    assert button.text() == "Get"
    choices = tab.findChildren(ModelChoices)[0]
    with qtbot.waitSignal(choices.chosen):
        button.click()
    assert here == ["smollm2-135m-instruct"]
    assert button.text() == "Chosen"


def test_the_real_starter_model_is_chosen_with_one_click(tab: ModelTab, qtbot: QtBot) -> None:
    if not starters.is_ready("smollm2-135m-instruct"):
        pytest.skip("the starter model is not on this computer")
    button = find(tab, QPushButton, "model.starter.smollm2-135m-instruct")
    qtbot.waitUntil(lambda: button.text() == "Choose")
    choices = tab.findChildren(ModelChoices)[0]
    with qtbot.waitSignal(choices.chosen):
        button.click()
    assert "135 M" in texts(tab)
    assert "2,442,240 (1.82 %" in find(tab, QLabel, "model.trainable").text()
