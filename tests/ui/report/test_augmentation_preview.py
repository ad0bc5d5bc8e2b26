from pathlib import Path

import pytest
from finding import find
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QListView, QPushButton
from pytestqt.qtbot import QtBot

from workbench.core import registry
from workbench.core.project import Project
from workbench.ui.train.augmentation import EACH, PAIR, AugmentationPreview

KERAS = "keras-image-classification"


@pytest.fixture
def preview(qtbot: QtBot, workspace: object) -> AugmentationPreview:
    made = AugmentationPreview("train")
    qtbot.addWidget(made)
    return made


def test_altered_images_are_asked_for_with_the_settings_and_shown(
    preview: AugmentationPreview, project: Project, tmp_path: Path, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[tuple[object, ...]] = []
    monkeypatch.setattr(preview._command, "start", lambda *arguments: started.append(arguments))
    settings = {"shear": 0.5, "flip": False, "adapter.rank": 4}
    preview.show_choice(project, registry.task(KERAS), "pets", settings, valid=True)
    find(preview, QPushButton, "train.preview_augmentation").click()
    target = started[0][5]
    assert list(started[0]) == [
        *("data", "augment", project.path, "pets", "--to", target, "--count", "8"),
        *("--set", "shear=0.5", "--set", "flip=False"),
    ]
    files = {"plain": tmp_path / "0.png", "augmented": tmp_path / "1.png"}
    for file, grey in zip(files.values(), (33, 77), strict=True):
        Image.new("L", (64, 64), grey).save(file)
    preview._command.done.emit(
        [{"path": "cat.png", "label": "cat", **{name: str(file) for name, file in files.items()}}]
    )
    grid = find(preview, QListView, "train.augmented")
    assert grid.isVisible()
    index = grid.model().index(0, 0)
    assert index.data() == "cat"

    def greys() -> list[int]:
        picture = index.data(Qt.ItemDataRole.DecorationRole).toImage()
        return [picture.pixelColor(place, EACH // 2).red() for place in (EACH // 2, PAIR.width() - EACH // 2)]

    qtbot.waitUntil(lambda: greys() == [33, 77])
    preview.show_choice(project, registry.task(KERAS), "other", settings, valid=True)
    assert not grid.isVisible()


def test_only_what_can_be_altered_is_offered(preview: AugmentationPreview, project: Project) -> None:
    preview.show_choice(project, registry.task(KERAS), "pets", {}, valid=True)
    button = find(preview, QPushButton, "train.preview_augmentation")
    assert not preview.isHidden() and button.isEnabled()
    preview.show_choice(project, registry.task(KERAS), "pets", {}, valid=False)
    assert not preview.isHidden() and not button.isEnabled()
    preview.show_choice(project, registry.task(KERAS), "", {}, valid=True)
    assert preview.isHidden()
    preview.show_choice(project, registry.task("text-classification"), "pets", {}, valid=True)
    assert preview.isHidden()


def test_a_failure_is_a_sentence(preview: AugmentationPreview, project: Project) -> None:
    preview.show_choice(project, registry.task(KERAS), "pets", {}, valid=True)
    preview._command.failed.emit("The images cannot be read.", "")
    assert find(preview, QLabel, "train.augmentation_state").text() == "The images cannot be read."
    assert find(preview, QPushButton, "train.preview_augmentation").isEnabled()
