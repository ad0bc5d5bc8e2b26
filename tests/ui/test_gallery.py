import io
from pathlib import Path

import pytest
from finding import find
from PIL import Image
from PySide6.QtCore import QModelIndex, QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QComboBox, QLabel, QListView, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from workbench.core.datasets import importer
from workbench.core.datasets.dataset import Dataset
from workbench.core.project import Project
from workbench.ui.data.gallery import Gallery, balance
from workbench.ui.data.thumbnails import Thumbnails
from workbench.ui.widgets.pictures import SIDE, read_image
from workbench.ui.workspace import Workspace

COUNTS = {"cat": 3, "dog": 5}


@pytest.fixture
def pets(project: Project, tmp_path: Path) -> Dataset:
    for grey, (label, count) in zip((50, 200), COUNTS.items(), strict=True):
        (tmp_path / "pets" / label).mkdir(parents=True)
        for number in range(count):
            Image.new("L", (40, 20), grey + number).save(tmp_path / "pets" / label / f"{number}.png")
    return importer.import_file(project, tmp_path / "pets", kind="image-folder", split=0)


@pytest.fixture
def gallery(workspace: Workspace, pets: Dataset, qtbot: QtBot) -> Gallery:
    made = Gallery(workspace, "data")
    qtbot.addWidget(made)
    made.resize(900, 600)
    made.show()
    made.show_dataset(pets, pets.info)
    qtbot.waitUntil(lambda: grid(made).model().rowCount() == 8)
    return made


def grid(gallery: Gallery) -> QListView:
    return find(gallery, QListView, "data.gallery")


def labels(gallery: Gallery) -> list[str]:
    model = grid(gallery).model()
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def grey(index: QModelIndex) -> int:
    """Return how bright the middle of a small picture is; 0 while there is none."""
    pixmap = index.data(Qt.ItemDataRole.DecorationRole)
    assert isinstance(pixmap, QPixmap)
    colour = pixmap.toImage().pixelColor(SIDE // 2, SIDE // 2)
    return colour.red() if colour.alpha() else 0


def test_all_images_are_there_with_their_classes_and_appear(gallery: Gallery, qtbot: QtBot) -> None:
    assert labels(gallery) == ["cat"] * 3 + ["dog"] * 5
    model = grid(gallery).model()
    qtbot.waitUntil(lambda: grey(model.index(4, 0)) == 201)
    assert grey(model.index(0, 0)) == 50


def test_a_class_can_be_chosen(gallery: Gallery) -> None:
    choice = find(gallery, QComboBox, "data.class")
    assert [choice.itemText(row) for row in range(choice.count())] == ["All classes (8)", "cat (3)", "dog (5)"]
    choice.setCurrentIndex(1)
    choice.activated.emit(1)
    assert labels(gallery) == ["cat"] * 3
    choice.setCurrentIndex(0)
    choice.activated.emit(0)
    assert len(labels(gallery)) == 8


def test_how_many_each_class_has_is_said(gallery: Gallery) -> None:
    assert find(gallery, QLabel, "data.class_balance").text() == "2 classes: dog (62%) · cat (38%)"
    many = balance({str(number): 1 for number in range(50)})
    assert many.startswith("50 classes: 0 (2%)")
    assert many.endswith("38 more")


def test_enter_shows_an_image_large_and_the_keyboard_steps_and_goes_back(
    gallery: Gallery, pets: Dataset, qtbot: QtBot
) -> None:
    large = find(gallery, QWidget, "data.image")
    grid(gallery).setCurrentIndex(grid(gallery).model().index(2, 0))
    qtbot.keyClick(grid(gallery), Qt.Key.Key_Return)
    facts = find(gallery, QLabel, "data.image_facts")
    rows = pets.page(0, 10)
    assert large.isVisible()
    assert facts.text() == f"For training · 40 × 20 pixels · cat/2.png\n{pets.path / rows[2]['image']}"
    qtbot.keyClick(large, Qt.Key.Key_Right)
    assert facts.text().endswith(rows[3]["image"])
    qtbot.keyClick(large, Qt.Key.Key_Escape)
    assert grid(gallery).isVisible()
    assert grid(gallery).currentIndex().row() == 3


def test_a_click_shows_an_image_large_and_buttons_step(gallery: Gallery, pets: Dataset, qtbot: QtBot) -> None:
    view = grid(gallery)
    where = view.visualRect(view.model().index(0, 0)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=where)
    facts = find(gallery, QLabel, "data.image_facts")
    assert find(gallery, QWidget, "data.image").isVisible()
    find(gallery, QPushButton, "data.image_next").click()
    assert facts.text().endswith(pets.page(1, 1)[0]["image"])
    find(gallery, QPushButton, "data.image_previous").click()
    find(gallery, QPushButton, "data.image_previous").click()
    assert facts.text().endswith(pets.page(0, 1)[0]["image"])
    find(gallery, QPushButton, "data.image_back").click()
    assert view.isVisible()


def test_a_damaged_file_leaves_its_place_empty(gallery: Gallery, pets: Dataset, qtbot: QtBot) -> None:
    model = grid(gallery).model()
    assert isinstance(model, Thumbnails)
    qtbot.waitUntil(lambda: grey(model.index(7, 0)) > 0)
    assert read_image(pets.path / "info.json", model.index(0, 0).data(Qt.ItemDataRole.DecorationRole).size()).isNull()


def test_images_are_scaled_to_fit_and_upright(tmp_path: Path, qapp: object) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("L", (400, 100), 9).save(tmp_path / "turned.jpg", exif=exif)
    image = read_image(tmp_path / "turned.jpg", QSize(96, 96))
    assert (image.width(), image.height()) == (24, 96)
    tiny = io.BytesIO()
    Image.new("L", (2, 2), 9).save(tiny, "PNG")
    (tmp_path / "tiny.png").write_bytes(tiny.getvalue())
    assert read_image(tmp_path / "tiny.png", QSize(96, 96)).width() == 8
    Image.new("CMYK", (30, 30)).save(tmp_path / "print.tif")
    assert read_image(tmp_path / "print.tif", QSize(10, 10)).size() == QSize(10, 10)
    assert isinstance(image, QImage)
