"""Small pictures of the images of a data set, made in the background when they come into view."""

from collections import OrderedDict
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader, QPainter, QPixmap

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.images import BadImage, load_image
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.data.cells import split_name

SIDE = 96
"""Of the square that a small picture fits into, in pixels."""

KEPT = 2000
AT_ONCE = 16
WAITING = 400

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class Picture(msgspec.Struct, frozen=True):
    """An image of a data set: its file and what that was called, its class, its part and its size in pixels."""

    path: Path
    file: str
    label: str
    split: str
    width: int
    height: int


class Pictures:
    """The images of a data set, each looked up when it is wanted: a list of all would hold the window up.

    Args:
        folder: Of the data set.
        table: Its stored rows.
    """

    def __init__(self, folder: Path, table: Any) -> None:
        self._folder = folder
        self._table = table
        self._columns = [table[name] for name in ("image", "file", "label", "split", "width", "height")]

    @classmethod
    def of(cls, dataset: Dataset) -> "Pictures":
        """Return those of a data set.

        Raises:
            UserError: Its rows cannot be read.
        """
        return cls(dataset.path, dataset.table().combine_chunks())

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, row: int) -> Picture:
        image, file, label, split, width, height = (column[row].as_py() for column in self._columns)
        return Picture(self._folder / image, file or image, label, split, int(width), int(height))

    def of_class(self, label: str) -> "Pictures":
        """Return those of one class."""
        import pyarrow.compute as compute

        return Pictures(self._folder, self._table.filter(compute.equal(self._table["label"], label)).combine_chunks())

    def counts(self) -> dict[str, int]:
        """Return how many images each class has, the largest first."""
        found = {item["values"]: item["counts"] for item in self._table["label"].value_counts().to_pylist()}
        return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def read_image(path: Path, size: QSize) -> QImage:
    """Return an image, upright and scaled to fit a size; a null one if the file is damaged. Any thread may do so."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    full = reader.size()
    if full.isValid():
        reader.setScaledSize(_fitted(full, size, reader.transformation()))
    image = reader.read()
    return image if not image.isNull() else _read_with_pillow(path, size)


def _fitted(full: QSize, size: QSize, turned: QImageIOHandler.Transformation) -> QSize:
    """Return the scaled size before an image is turned; small images keep their pixels, four times as large at most."""
    frame = size.transposed() if turned & QImageIOHandler.Transformation.TransformationRotate90 else size
    return full.scaled(frame.boundedTo(full * 4), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))


def _read_with_pillow(path: Path, size: QSize) -> QImage:
    """Read what the window's own readers do not know, some kinds of TIFF for example."""
    try:
        image = load_image(path)
    except (BadImage, OSError):
        return QImage()
    image.thumbnail((size.width(), size.height()))
    return QImage(image.tobytes(), image.width, image.height, image.width * 3, QImage.Format.Format_RGB888).copy()


class Thumbnails(QAbstractListModel):
    """Images with their classes; those in view are read a few at a time, the ones asked for last first.

    Signals:
        arrived(): Some have been read; what is in view must be drawn again.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pictures: Pictures | None = None
        self._made: OrderedDict[Path, QPixmap] = OrderedDict()
        self._wanted: OrderedDict[Path, None] = OrderedDict()
        self._busy = False
        self._blank = QPixmap(SIDE, SIDE)
        self._blank.fill(Qt.GlobalColor.transparent)

    def show(self, pictures: Pictures) -> None:
        """Show other images."""
        self.beginResetModel()
        self.pictures = pictures
        self._wanted.clear()
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of images."""
        return 0 if parent.isValid() or self.pictures is None else len(self.pictures)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the class of an image, or its picture: a blank one until it has been read."""
        if self.pictures is None:
            return None
        picture = self.pictures[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return picture.label
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pixmap(picture)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return tr("{label}, {part}, {file}", label=picture.label, part=split_name(picture.split), file=picture.file)
        return None

    def _pixmap(self, picture: Picture) -> QPixmap:
        path = picture.path
        if path in self._made:
            self._made.move_to_end(path)
            return self._made[path]
        self._wanted[path] = None
        self._wanted.move_to_end(path)
        if len(self._wanted) > WAITING:  # scrolled past long ago
            self._wanted.popitem(last=False)
        self._next()
        return self._blank

    def _next(self) -> None:
        if self._busy or not self._wanted:
            return
        self._busy = True
        paths = [self._wanted.popitem()[0] for _ in range(min(AT_ONCE, len(self._wanted)))]
        jobs.start(
            self,
            lambda _report: [(path, read_image(path, QSize(SIDE, SIDE))) for path in paths],
            done=self._arrived,
        )

    def _arrived(self, images: list[tuple[Path, QImage]]) -> None:
        for path, image in images:
            self._made[path] = _centred(image)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        self._busy = False
        self.arrived.emit()
        self._next()


def _centred(image: QImage) -> QPixmap:
    """Return a square with an image in its middle; of a damaged file nothing but the square."""
    square = QPixmap(SIDE, SIDE)
    square.fill(Qt.GlobalColor.transparent)
    painter = QPainter(square)
    painter.drawImage((SIDE - image.width()) // 2, (SIDE - image.height()) // 2, image)
    painter.end()
    return square
