from pathlib import Path

import pytest
from finding import find
from PySide6.QtWidgets import QPushButton, QTableWidget, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core.datasets import presets
from workbench.core.datasets.importer import import_file
from workbench.ui.data.kept_mappings import KeptMappings
from workbench.ui.workspace import Workspace


@pytest.fixture
def kept(workspace: Workspace, qtbot: QtBot, tmp_path: Path) -> KeptMappings:
    for name, columns in (("first", "opinion,mood"), ("second", "text,label")):
        path = tmp_path / f"{name}.csv"
        path.write_text(f"{columns}\n" + "".join(f"word {n},{'ab'[n % 2]}\n" for n in range(20)))
        mapping = dict(zip(("text", "label"), columns.split(","), strict=True))
        import_file(workspace.project, path, kind="text-label", mapping=mapping)
    widget = KeptMappings(workspace, "data")
    qtbot.addWidget(widget)
    widget.show()
    widget.refresh()
    table = find(widget, QTableWidget, "data.presets")
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    return widget


def test_what_is_kept_is_told_and_can_be_forgotten_and_brought_back(
    kept: KeptMappings, workspace: Workspace, qtbot: QtBot
) -> None:
    table = find(kept, QTableWidget, "data.presets")
    assert [table.item(row, 0).text() for row in range(2)] == ["second.csv", "first.csv"]
    assert table.item(1, 1).text() == "mood, opinion"
    assert table.item(1, 3).text() == "Text ← opinion, Label ← mood"
    forget = find(kept, QPushButton, "data.presets.forget")
    assert not forget.isEnabled()
    table.selectRow(1)
    forget.click()
    qtbot.waitUntil(lambda: table.rowCount() == 1)
    assert [preset.source for preset in presets.listed(workspace.project)] == ["second.csv"]
    find(kept, QPushButton, "notice.action").click()
    qtbot.waitUntil(lambda: table.rowCount() == 2)
    assert [preset.source for preset in presets.listed(workspace.project)] == ["first.csv", "second.csv"]


def test_nothing_is_shown_while_nothing_is_kept(workspace: Workspace, qtbot: QtBot) -> None:
    widget = KeptMappings(workspace, "data")
    qtbot.addWidget(widget)
    widget.show()
    assert not find(widget, QToolButton, "data.presets.fold").isVisible()
