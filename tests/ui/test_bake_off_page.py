import sys
from pathlib import Path

import pytest
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QTableWidget
from pytestqt.qtbot import QtBot

from tests.ui.finding import find
from tests.ui.model_folders import KEYS, write_model
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import launcher
from workbench.ui.train.tab import TrainTab
from workbench.ui.workspace import Workspace

TRAINER = Path(__file__).parents[1] / "fake_trainer.py"


@pytest.fixture
def tab(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, project: Project, tmp_path: Path, qtbot: QtBot
) -> TrainTab:
    def command(run: Run, *, resume: bool) -> list[str]:
        return [sys.executable, str(TRAINER), str(run.path), "accurate"]

    monkeypatch.setattr(launcher, "command", command)
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(50)]
    write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=0.2)
    model = str(write_model(tmp_path / "model", KEYS, architectures=["BertModel"], model_type="deberta-v2"))
    tab = TrainTab(workspace)
    qtbot.addWidget(tab, before_close_func=lambda widget: widget.shut())
    tab.resize(1000, 760)
    tab.show()
    workspace.choose(task="text-classification", data="reviews", model=model, adapter="lora")
    tab.refresh()
    opener = find(tab, QPushButton, "train.bake_off")
    qtbot.waitUntil(opener.isEnabled)
    opener.click()
    qtbot.waitUntil(find(tab, QPushButton, "bake_off.start").isEnabled)
    return tab


def box(tab: TrainTab, adapter: str) -> QCheckBox:
    return find(tab, QCheckBox, f"bake_off.adapter.{adapter}")


def test_what_does_not_fit_is_grey_with_the_reason(tab: TrainTab) -> None:
    assert box(tab, "lora").isChecked() and not box(tab, "full").isChecked()
    assert not box(tab, "prefix-tuning").isEnabled()
    assert "keys and values" in box(tab, "prefix-tuning").toolTip()
    for adapter in ("adalora", "bottleneck", "ia3", "p-tuning", "prompt-tuning"):
        box(tab, adapter).setChecked(False)
    assert not find(tab, QPushButton, "bake_off.start").isEnabled(), "one alone is no comparison"


def test_from_the_ticks_to_the_sentence(tab: TrainTab, workspace: Workspace, qtbot: QtBot) -> None:
    for adapter in ("adalora", "bottleneck", "p-tuning", "prompt-tuning"):
        box(tab, adapter).setChecked(False)
    find(tab, QPushButton, "bake_off.start").click()
    label = find(tab, QLabel, "bake_off.sentence")
    qtbot.waitUntil(lambda: "did best" in label.text(), timeout=60_000)
    assert label.text().startswith("LoRA did best here (85.0 % right); IA3 trains the fewest")
    table = find(tab, QTableWidget, "bake_off.table")
    lines = {table.item(row, 0).text(): row for row in range(table.rowCount())}
    assert set(lines) == {"LoRA", "IA3"}
    assert table.item(lines["LoRA"], 3).text() == "537 MB"
    places = tab.bake_off_page._plot.points()
    assert sorted(y for _x, y in places) == pytest.approx([75, 85])
    with qtbot.waitSignal(workspace.run_selected):
        table.cellClicked.emit(0, 7)
    assert not find(tab, QPushButton, "bake_off.start").isVisible()
