import json
from pathlib import Path

import pytest
from finding import cells, find
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QListWidget, QPushButton, QTableView, QToolButton
from pytestqt.qtbot import QtBot

from workbench.core.datasets import hub
from workbench.core.datasets.hub import Fetched, HubFile, HubInfo, Origin
from workbench.core.errors import UserError
from workbench.ui.data.import_progress import remaining
from workbench.ui.data.tab import DataTab
from workbench.ui.workspace import Workspace


@pytest.fixture
def tab(workspace: Workspace, qtbot: QtBot) -> DataTab:
    tab = DataTab(workspace)
    qtbot.addWidget(tab)
    tab.resize(1200, 700)
    tab.show()
    tab.refresh()
    return tab


def open_files(tab: DataTab, qtbot: QtBot, *paths: Path) -> None:
    tab.open_files(list(paths))
    qtbot.waitUntil(find(tab, QPushButton, "data.import").isEnabled)


def lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def import_it(tab: DataTab, qtbot: QtBot, workspace: Workspace) -> None:
    with qtbot.waitSignal(workspace.datasets_changed):
        find(tab, QPushButton, "data.import").click()


def test_the_summary_says_what_came_in_and_leads_to_the_rows(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    rows: list[dict[str, object]] = [{"text": f"Text {n}", "label": "ab"[n % 2]} for n in range(20)]
    open_files(tab, qtbot, lines(tmp_path / "words.jsonl", [*rows, {"text": "", "label": "a"}]))
    import_it(tab, qtbot, workspace)
    summary = find(tab, QLabel, "data.summary")
    assert summary.isVisible()
    assert "20 rows" in summary.text()
    assert "18 for training, 2 held out" in summary.text()
    assert any("missing or empty. (1)" in label.text() for label in tab.findChildren(QLabel))
    find(tab, QPushButton, "data.open").click()
    listed = find(tab, QListWidget, "data.list")
    qtbot.waitUntil(listed.isVisible)
    qtbot.waitUntil(lambda: listed.count() == 1)
    assert listed.currentItem().text().startswith("words")


def test_several_files_are_imported_one_after_the_other(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    files = [
        lines(tmp_path / f"{name}.jsonl", [{"text": f"{name} {n}", "label": "ab"[n % 2]} for n in range(10)])
        for name in ("one", "two", "three")
    ]
    open_files(tab, qtbot, *files)
    import_it(tab, qtbot, workspace)
    find(tab, QPushButton, "data.import_next").click()
    qtbot.waitUntil(find(tab, QPushButton, "data.import").isEnabled)
    find(tab, QPushButton, "data.cancel").click()  # the second one is passed over
    qtbot.waitUntil(find(tab, QPushButton, "data.import").isEnabled)
    import_it(tab, qtbot, workspace)
    assert {dataset.name for dataset in workspace.project.datasets()} == {"one", "three"}


def test_the_parts_of_the_file_are_shown_and_can_be_passed_over(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    parts = ["train"] * 12 + ["valid"] * 5 + ["test"] * 3
    rows: list[dict[str, object]] = [
        {"text": f"Text {n}", "label": "ab"[n % 2], "split": part} for n, part in enumerate(parts)
    ]
    path = lines(tmp_path / "parts.jsonl", rows)
    open_files(tab, qtbot, path)
    preview = find(tab, QTableView, "data.preview")
    assert cells(preview, 19) == ["Text 19", "b", "For a last test"]
    import_it(tab, qtbot, workspace)
    assert workspace.project.dataset("parts").info.splits == {"train": 12, "validation": 5, "test": 3}
    open_files(tab, qtbot, path)
    find(tab, QToolButton, "data.split").click()
    find(tab, QCheckBox, "data.own_split").setChecked(False)
    qtbot.waitUntil(lambda: preview.model().columnCount() == 2)
    qtbot.waitUntil(find(tab, QPushButton, "data.import").isEnabled)
    import_it(tab, qtbot, workspace)
    assert workspace.project.dataset("parts-2").info.splits == {"train": 18, "validation": 2}


def test_roles_that_nothing_fits_are_folded_away(tab: DataTab, qtbot: QtBot, tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [{"prompt": "p", "answer": "a", "who": "x"}]
    open_files(tab, qtbot, lines(tmp_path / "few.jsonl", rows))
    assert find(tab, QComboBox, "data.map.prompt").isVisible()
    group = find(tab, QComboBox, "data.map.group")
    assert not group.isVisible()
    find(tab, QToolButton, "data.more_roles").click()
    assert group.isVisible()
    assert group.findData("who") >= 0


def test_a_folder_of_images_is_shown_with_small_pictures(tab: DataTab, qtbot: QtBot, tmp_path: Path) -> None:
    for label, colour in (("cat", "red"), ("dog", "blue")):
        folder = tmp_path / "animals" / label
        folder.mkdir(parents=True)
        Image.new("RGB", (300, 200), colour).save(folder / "1.png")
    (tmp_path / "animals" / "dog" / "2.png").write_bytes(b"no image")
    open_files(tab, qtbot, tmp_path / "animals")
    model = find(tab, QTableView, "data.preview").model()

    def picture(row: int) -> QPixmap | None:
        return model.index(row, 0).data(Qt.ItemDataRole.DecorationRole)

    qtbot.waitUntil(lambda: picture(0) is not None)
    first, second, third = (picture(row) for row in range(3))
    assert first is not None and second is not None and third is not None
    assert (first.width(), first.height()) == (48, 32)
    assert first.toImage().pixelColor(9, 9).name() == "#ff0000"
    assert second.toImage().pixelColor(9, 9).name() == "#0000ff"
    assert third.isNull()


def test_a_data_set_of_the_hub_is_described_then_offered(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = lines(tmp_path / "reviews.jsonl", [{"text": f"t {n}", "label": "ab"[n % 2]} for n in range(10)])
    files = [HubFile("small/train/0.parquet", "x", 2_000_000, "", "small", "train")]
    monkeypatch.setattr(hub, "describe", lambda name: HubInfo(name, "abc", "mit", files))
    monkeypatch.setattr(hub, "fetch", lambda info, config, **_: Fetched(file, Origin(info.name)))
    name = find(tab, QLineEdit, "data.hub")
    name.setText("someone/reviews")
    find(tab, QPushButton, "data.hub_look").click()
    about = find(tab, QLabel, "data.hub_about")
    qtbot.waitUntil(about.isVisible)
    assert about.text() == "someone/reviews · licence: mit · 2.0 MB · train"
    find(tab, QPushButton, "data.hub_fetch").click()
    qtbot.waitUntil(find(tab, QPushButton, "data.import").isEnabled)
    assert cells(find(tab, QTableView, "data.preview"), 0) == ["t 0", "a"]


def test_without_a_network_the_hub_is_one_sentence(tab: DataTab, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    def describe(name: str) -> HubInfo:
        raise UserError("Hugging Face cannot be reached.")

    monkeypatch.setattr(hub, "describe", describe)
    find(tab, QLineEdit, "data.hub").setText("someone/reviews")
    look = find(tab, QPushButton, "data.hub_look")
    look.click()
    qtbot.waitUntil(lambda: any("cannot be reached" in label.text() for label in tab.findChildren(QLabel)))
    assert look.isEnabled()


def test_what_is_left_follows_from_what_is_done() -> None:
    assert remaining(0.25, 10.0) == 30.0
    assert remaining(0.0, 10.0) is None
    assert remaining(0.5, 0.5) is None


def test_a_file_of_the_same_shape_is_taken_as_last_time(
    tab: DataTab, qtbot: QtBot, tmp_path: Path, workspace: Workspace
) -> None:
    rows: list[dict[str, object]] = [{"prompt": f"p {n}", "answer": f"a {n}", "note": f"n {n}"} for n in range(10)]
    open_files(tab, qtbot, lines(tmp_path / "first.jsonl", rows))
    said = find(tab, QLabel, "data.preset")
    assert not said.isVisible()
    answer = find(tab, QComboBox, "data.map.answer")
    answer.setCurrentIndex(answer.findData("note"))
    qtbot.waitUntil(find(tab, QPushButton, "data.import").isEnabled)
    import_it(tab, qtbot, workspace)
    open_files(tab, qtbot, lines(tmp_path / "second.jsonl", rows))
    assert said.isVisible()
    assert "first.jsonl" in said.text()
    assert find(tab, QComboBox, "data.map.answer").currentData() == "note"
    find(tab, QPushButton, "data.propose_anew").click()
    qtbot.waitUntil(lambda: find(tab, QComboBox, "data.map.answer").currentData() == "answer")
    assert not said.isVisible()


def test_nothing_of_the_last_file_is_left_when_the_next_one_cannot_be_read(
    tab: DataTab, qtbot: QtBot, tmp_path: Path
) -> None:
    open_files(tab, qtbot, lines(tmp_path / "good.jsonl", [{"text": "t", "label": "a"}]))
    preview = find(tab, QTableView, "data.preview")
    assert preview.isVisible()
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04 and nothing more")
    tab.open_files([tmp_path / "bad.zip"])
    qtbot.waitUntil(lambda: any("bad.zip is damaged" in label.text() for label in tab.findChildren(QLabel)))
    assert not preview.isVisible()
    assert not find(tab, QPushButton, "data.import").isEnabled()
