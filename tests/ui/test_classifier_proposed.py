"""A data set of texts with labels leads to a classifier: the task, a model that fits, settings that fit the adapter."""

from pathlib import Path

import pytest
from finding import find
from model_folders import write_model
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton, QRadioButton
from pytestqt.qtbot import QtBot

from workbench.core import models, registry, starters
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project
from workbench.core.runs import Summary
from workbench.ui.data.tab import fitting_task
from workbench.ui.model.choices import ModelChoices
from workbench.ui.model.tab import ModelTab
from workbench.ui.train.material import candidates
from workbench.ui.train.start_panel import StartPanel
from workbench.ui.wizard.wizard import FirstRunWizard
from workbench.ui.workspace import Workspace


@pytest.fixture
def labelled(workspace: Workspace) -> Project:
    rows = [{"text": f"text {n}", "label": "ab"[n % 2]} for n in range(8)]
    write_dataset(workspace.project.data / "notes", "notes", "text-label", rows, split=0.25)
    return workspace.project


@pytest.fixture
def minilm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Stand-ins for the two starter models: a writer and a classifier."""
    folders = {
        "smollm2-135m-instruct": write_model(tmp_path / "writer"),
        "minilm-l6": write_model(tmp_path / "bert", architectures=["BertModel"], model_type="bert"),
    }
    monkeypatch.setattr(starters, "is_ready", lambda name: name in folders)
    monkeypatch.setattr(starters, "model_folder", lambda name: folders[name])
    assert models.inspect("minilm-l6").architecture == "sequence-classifier"
    return "minilm-l6"


def test_texts_with_labels_ask_for_a_classifier() -> None:
    assert fitting_task("text-label", "instruction-tuning") == "text-classification"
    assert starters.fitting(("sequence-classifier",)) == ["minilm-l6"]
    assert starters.fitting(("causal-lm",)) == ["smollm2-135m-instruct"]


def test_the_model_tab_proposes_the_starter_that_fits_the_data(
    workspace: Workspace, qtbot: QtBot, labelled: Project, minilm: str
) -> None:
    tab = ModelTab(workspace)
    qtbot.addWidget(tab)
    workspace.choose(data="notes", task="text-classification", model="smollm2-135m-instruct")
    with qtbot.waitSignal(tab.findChildren(ModelChoices)[0].chosen):
        tab.refresh()
    use = find(tab, QPushButton, "model.use")
    qtbot.waitUntil(use.isEnabled)
    use.click()
    assert (workspace.draft.model, workspace.draft.adapter) == (minilm, "lora")


def test_the_learning_rate_follows_the_adapter(workspace: Workspace, qtbot: QtBot, labelled: Project) -> None:
    panel = StartPanel(workspace)
    qtbot.addWidget(panel)
    workspace.choose(data="notes", task="text-classification", model="minilm-l6", adapter="lora")

    def shows(rate: float) -> bool:
        return float(find(panel, QLineEdit, "train.options.learning_rate").text()) == rate

    qtbot.waitUntil(lambda: shows(5e-4))
    workspace.choose(adapter="full")
    qtbot.waitUntil(lambda: shows(2e-5))
    assert panel.request().settings == {}
    find(panel, QLineEdit, "train.options.learning_rate").setText("3e-5")
    assert panel.request().settings == {"learning_rate": 3e-5}


def test_the_wizard_goes_to_a_classifier(workspace: Workspace, qtbot: QtBot, labelled: Project, minilm: str) -> None:
    wizard = FirstRunWizard(workspace)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(wizard)
    wizard.show()
    following = find(wizard, QPushButton, "wizard.next")
    find(wizard, QRadioButton, "wizard.task.text-classification").setChecked(True)
    following.click()
    qtbot.waitUntil(following.isEnabled)
    following.click()
    qtbot.waitUntil(following.isEnabled)
    assert wizard.choice.model is not None and wizard.choice.model.name == minilm
    assert find(wizard, QComboBox, "wizard.model.adapter").currentData() == "lora"
    following.click()
    assert float(find(wizard, QLineEdit, "wizard.options.learning_rate").text()) == 5e-4
    assert wizard.choice.request().task == "text-classification"


def test_what_sorts_may_start_from_what_writes_but_not_the_other_way_round() -> None:
    def summary(task: str) -> Summary:
        words = {"name": task, "model": "m", "adapter": "lora", "data": "d", "result": "r"}
        return Summary(run=task, task=task, state="finished", parents={}, seconds=1.0, metrics={}, **words)

    runs = tuple(summary(name) for name in ("instruction-tuning", "text-classification", "reward-model"))
    for task, expected in (
        ("text-classification", ["instruction-tuning", "text-classification"]),
        ("instruction-tuning", ["instruction-tuning"]),
    ):
        found = candidates(runs, registry.task(task), "from")
        assert [run.run for run in found] == expected
