"""Pictures in folders lead to a base of Keras: which are offered, without adapters, with an estimate."""

from pathlib import Path

import msgspec
import pytest
from finding import find
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.core import starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.spec import RunSpec
from workbench.ui.model.adapter_chooser import AdapterChooser
from workbench.ui.model.choices import ModelChoices
from workbench.ui.model.tab import ModelTab
from workbench.ui.train.facts import facts
from workbench.ui.train.start_panel import StartPanel
from workbench.ui.wizard.wizard import FirstRunWizard
from workbench.ui.workspace import Workspace

TASK = "keras-image-classification"


@pytest.fixture
def pictures(workspace: Workspace) -> str:
    rows = [{"image": f"images/{n}.png", "label": "ab"[n % 2]} for n in range(8)]
    write_dataset(workspace.project.data / "pictures", "pictures", "image-folder", rows, split=0.25)
    return "pictures"


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot, pictures: str) -> ModelTab:
    tab = ModelTab(workspace)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    workspace.choose(data=pictures, task=TASK, adapter="full")
    tab.show()
    tab.refresh()
    return tab


def shown(inside: QWidget, name: str) -> bool:
    return find(inside, QWidget, name).isVisible()


def test_bases_of_keras_are_offered_where_the_task_takes_them(tab: ModelTab, workspace: Workspace) -> None:
    bases = find(tab, QComboBox, "model.keras")
    assert bases.isVisible()
    assert (bases.count(), bases.itemData(0)) == (9, "keras:vgg16")
    assert bases.itemText(0) == "VGG16, 15 M parameters"
    assert shown(tab, "model.starter.efficientnet-lite0")
    assert not shown(tab, "model.starter.minilm-l6")
    assert not shown(tab, "model.hub_open")
    workspace.choose(task="text-classification")
    tab.refresh()
    assert not bases.isVisible()
    assert shown(tab, "model.hub_open")
    assert shown(tab, "model.starter.minilm-l6")
    assert not shown(tab, "model.starter.efficientnet-lite0")


def test_a_base_is_chosen_and_used_and_there_is_no_adapter_to_choose(
    tab: ModelTab, qtbot: QtBot, workspace: Workspace
) -> None:
    bases, choose = find(tab, QComboBox, "model.keras"), find(tab, QPushButton, "model.keras_choose")
    bases.setCurrentIndex(bases.findData("keras:mobilenet-v2"))
    assert choose.text() == "Choose"
    with qtbot.waitSignal(tab.findChildren(ModelChoices)[0].chosen):
        choose.click()
    assert (choose.text(), choose.isEnabled()) == ("Chosen", False)
    bases.setCurrentIndex(0)
    assert choose.isEnabled()
    assert "Keras image model (MobileNetV2)" in [label.text() for label in tab.findChildren(QLabel)]
    assert "224 pixels a side" in [label.text() for label in tab.findChildren(QLabel)]
    assert not tab.findChildren(AdapterChooser)[0].isVisible()
    find(tab, QPushButton, "model.use").click()
    assert (workspace.draft.model, workspace.draft.adapter) == ("keras:mobilenet-v2", "full")
    panel = StartPanel(workspace)
    qtbot.addWidget(panel)
    assert find(panel, QLabel, "train.model").text() == "keras:mobilenet-v2"


def test_a_base_of_keras_is_not_kept_for_texts(tab: ModelTab, qtbot: QtBot, workspace: Workspace) -> None:
    workspace.choose(model="keras:vgg16", task="text-classification")
    if not starters.is_ready("minilm-l6"):
        pytest.skip("the starter model is not on this computer")
    with qtbot.waitSignal(tab.findChildren(ModelChoices)[0].chosen) as chosen:
        tab.refresh()
    assert chosen.args[0].name == "minilm-l6"


def test_a_file_that_is_no_keras_model_is_told(tab: ModelTab, qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "mine.keras").write_text("no model")
    find(tab, QPushButton, "model.keras_file").click()
    (dialog,) = tab.findChildren(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "mine.keras"))
    dialog.close()
    qtbot.waitUntil(lambda: any("mine.keras is damaged" in label.text() for label in tab.findChildren(QLabel)))


def test_the_wizard_goes_to_a_run_on_the_starter(workspace: Workspace, qtbot: QtBot, pictures: str) -> None:
    starters.get("efficientnet-lite0")
    wizard = FirstRunWizard(workspace)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    wizard.show()
    following = find(wizard, QPushButton, "wizard.next")
    find(wizard, QRadioButton, f"wizard.task.{TASK}").setChecked(True)
    for _ in range(4):
        following.click()
        qtbot.waitUntil(following.isEnabled)
    estimate = find(wizard, QLabel, "wizard.estimate")
    qtbot.waitUntil(lambda: "of memory and roughly" in estimate.text())
    said = {label.text() for label in wizard.page.findChildren(QLabel)}
    assert {"efficientnet-lite0", "pictures"} <= said
    assert "Adapter" not in said
    request = wizard.choice.request()
    assert (request.task, request.model, request.adapter) == (TASK, "efficientnet-lite0", "full")


def test_the_settings_of_such_a_run_name_no_adapter() -> None:
    spec = RunSpec(task=TASK, name="n", model="keras:vgg16", model_path="keras:vgg16", data="d", data_path="data/d")
    assert "Adapter" not in dict(facts(spec))
    assert "Adapter" in dict(facts(msgspec.structs.replace(spec, task="text-classification")))
