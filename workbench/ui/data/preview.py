"""The first rows of a file as they will be used, before it is imported."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QImage, QPalette, QPixmap
from PySide6.QtWidgets import QApplication

from workbench.core.datasets import importer
from workbench.core.datasets.kinds import kind as find_kind
from workbench.core.datasets.readers import Record
from workbench.core.i18n import tr
from workbench.ui.data.cells import columns_of, one_line, split_name, text_of, tooltip
from workbench.ui.data.table import NARROW

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class Sheet(msgspec.Struct, frozen=True):
    """What the table shows: headings, rows, the cells of each row, and which columns are narrow."""

    columns: list[str] = []
    rows: list[importer.Preview] = []
    cells: list[list[str]] = []
    narrow: set[int] = set()

    @property
    def left_out(self) -> int:
        """How many of the rows will be left out."""
        return sum(1 for item in self.rows if item.row is None)

    def sentence(self) -> str:
        """Return how many rows there are and what becomes of those that cannot be used."""
        if self.left_out:
            return tr(
                "Of the first {shown} rows, {left_out} will be left out. They are kept with the reason.",
                shown=len(self.rows),
                left_out=self.left_out,
            )
        return tr(
            "The first {shown} rows. Rows that cannot be used are kept apart, with the reason.", shown=len(self.rows)
        )


def sheet(records: Sequence[Record], kind: str, mapping: Mapping[str, str], *, parts: bool) -> Sheet:
    """Turn records into what is shown, with a column for the file's own parts if they are used.

    Rows can be long, so this belongs into the background.
    """
    roles = columns_of(find_kind(kind), mapping)
    rows = importer.preview(records, kind, mapping)
    cells = [
        [*(text_of((item.row or {}).get(role.name)) for role in roles), *([split_name(item.part)] if parts else [])]
        for item in rows
    ]
    narrow = {number for number, role in enumerate(roles) if role.type in NARROW}
    if parts:
        narrow.add(len(roles))
    return Sheet([*(tr(role.label) for role in roles), *([tr("Part")] if parts else [])], rows, cells, narrow)


class PreviewModel(QAbstractTableModel):
    """A row of the file a line: its stored roles, or why it will be left out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sheet = Sheet()
        self._images: list[QPixmap] = []
        self._shown: list[int] = []
        self._only_left_out = False

    def show(self, shown: Sheet) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._sheet = shown
        self._images = []
        self._choose()
        self.endResetModel()

    def show_only_left_out(self, only: bool) -> None:
        """Show only the rows that will be left out, or all."""
        self.beginResetModel()
        self._only_left_out = only
        self._choose()
        self.endResetModel()

    def _choose(self) -> None:
        rows = self._sheet.rows
        wanted = [number for number, item in enumerate(rows) if item.row is None or not self._only_left_out]
        self._shown = wanted or list(range(len(rows)))

    def show_images(self, images: Sequence[QImage]) -> None:
        """Put small pictures before the rows that are shown."""
        self._images = [QPixmap.fromImage(image) for image in images]
        self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, 0))

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._sheet.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell on one line, or all of it as a tooltip."""
        number = self._shown[index.row()]
        item = self._sheet.rows[number]
        reason = item.reason if item.row is None else ""
        text = self._sheet.cells[number][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            if reason:
                shown = (tr("Left out: {reason}", reason=reason), one_line(item.raw[:500]))
                return shown[index.column()] if index.column() < len(shown) else ""
            return one_line(text[:500])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{reason}\n\n{item.raw}" if reason else text)
        if role == Qt.ItemDataRole.DecorationRole and index.column() == 0 and number < len(self._images):
            return self._images[number]
        if role == Qt.ItemDataRole.ForegroundRole and reason:
            return QApplication.palette().brush(QPalette.ColorRole.PlaceholderText)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a heading, or the line of a row."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._sheet.columns[section]
        return f"{self._sheet.rows[self._shown[section]].line:,}"
