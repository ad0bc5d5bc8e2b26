"""The images of a data set as a list of small pictures."""

from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.core.datasets.dataset import Dataset
from workbench.core.i18n import tr
from workbench.ui.data.cells import split_name
from workbench.ui.widgets.pictures import SmallPictures

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


class Thumbnails(QAbstractListModel):
    """Images with their classes."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.pictures: Pictures | None = None
        self.small = SmallPictures(self)

    def show(self, pictures: Pictures) -> None:
        """Show other images."""
        self.beginResetModel()
        self.pictures = pictures
        self.small.forget_wishes()
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
            return self.small.picture(picture.path)
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return tr("{label}, {part}, {file}", label=picture.label, part=split_name(picture.split), file=picture.file)
        return None
