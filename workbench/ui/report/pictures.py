"""Held-out images with what the model says of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.report_rows import ReportRows
from workbench.ui.report.row_facts import RowFacts, labels_text
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.picture_grid import PictureGrid
from workbench.ui.widgets.pictures import PictureView, SmallPictures

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROLE = Qt.ItemDataRole


class PictureRows(QAbstractListModel):
    """Some rows of a report as small pictures."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.small = SmallPictures(self)
        self._rows: ReportRows | None = None
        self._numbers: Sequence[int] = ()
        self._folder = Path()

    def show(self, rows: ReportRows, numbers: Sequence[int], folder: Path) -> None:
        """Show other rows, whose images are below a folder."""
        self.beginResetModel()
        self._rows, self._numbers, self._folder = rows, numbers, folder
        self.small.forget_wishes()
        self.endResetModel()

    def number(self, place: int) -> int:
        """Return the number of the row at a place."""
        return self._numbers[place]

    def file(self, place: int) -> Path:
        """Return the image at a place."""
        assert self._rows is not None
        return self._folder / self._rows.what[self._numbers[place]]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of images."""
        return 0 if parent.isValid() else len(self._numbers)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        """Return what the model takes an image for, or its picture: a blank one until it has been read."""
        assert self._rows is not None
        rows, number = self._rows, self._numbers[index.row()]
        if role == ROLE.DecorationRole:
            return _untinted(self.small.picture(self.file(index.row())))
        said, truth = labels_text(rows.said_labels(number)), labels_text(rows.true_labels(number))
        if role == ROLE.DisplayRole:
            return said if rows.is_right(number) else tr("{said}, not {truth}", said=said, truth=truth)
        if role in (ROLE.AccessibleTextRole, ROLE.ToolTipRole):
            return tr(
                "Taken for {said}, {share} % sure; true label: {truth}",
                said=said,
                share=f"{100 * rows.sure[number]:.1f}",
                truth=truth,
            )
        return None


def _untinted(picture: QPixmap) -> QIcon:
    """Return an icon that looks the same when it is selected: colours matter here."""
    icon = QIcon()
    for mode in (QIcon.Mode.Normal, QIcon.Mode.Selected):
        icon.addPixmap(picture, mode)
    return icon


class PictureList(QWidget):
    """Small pictures, the chosen one large below them, beside it what the model looked at where that is known.

    Signals:
        selected(): Other pictures have been selected.
    """

    selected = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = PictureRows(self)
        self._grid = PictureGrid(self._model, self._model.small, "train.report_pictures", tr("Images"))
        self._grid.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self._grid.selectionModel().currentRowChanged.connect(self._on_row)
        self._grid.selectionModel().selectionChanged.connect(lambda *_: self.selected.emit())
        self._rows: ReportRows | None = None
        self._overlays: Mapping[Path, Path] = {}
        self._large = PictureView()
        self._large.setObjectName("train.report_picture")
        self._overlay = PictureView()
        self._overlay.setObjectName("train.report_overlay")
        self._overlay.setAccessibleName(tr("What the model looked at"))
        self._overlay.setToolTip(tr("What the model looked at: the brighter, the more it spoke for its label"))
        self._overlay.hide()
        self._facts = RowFacts("train.report_picture")
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self._large, 1)
        below.addWidget(self._overlay, 1)
        below.addWidget(self._facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._grid, 4)
        layout.addLayout(below, 3)

    def show_rows(self, rows: ReportRows, numbers: Sequence[int], folder: Path) -> None:
        """Show some rows of a report, the first one large."""
        self._rows = rows
        self._facts.setVisible(bool(numbers))
        self._model.show(rows, numbers, folder)
        self._large.show_file(None)
        self._show_overlay(None)
        if numbers:
            self._grid.setCurrentIndex(self._model.index(0))

    def selected_files(self) -> list[Path]:
        """Return the images that are selected, in their order."""
        return [self._model.file(index.row()) for index in sorted(self._grid.selectedIndexes())]

    def show_overlays(self, overlays: Mapping[Path, Path]) -> None:
        """Show what the model looked at in these images."""
        self._overlays = overlays
        if self._grid.currentIndex().isValid():
            self._show_overlay(self._model.file(self._grid.currentIndex().row()))

    def _on_row(self, index: QModelIndex) -> None:
        if index.isValid() and self._rows is not None:
            path = self._model.file(index.row())
            self._large.setAccessibleName(str(index.data(ROLE.AccessibleTextRole)))
            self._large.show_file(path)
            self._show_overlay(path)
            self._facts.show_row(self._rows, self._model.number(index.row()))

    def _show_overlay(self, path: Path | None) -> None:
        overlay = self._overlays.get(path) if path is not None else None
        self._overlay.setVisible(overlay is not None)
        self._overlay.show_file(overlay)
