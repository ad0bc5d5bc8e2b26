"""The first rows of a file as they will be used, before it is imported."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication

from workbench.core.datasets import importer
from workbench.core.datasets.kinds import Kind
from workbench.core.datasets.readers import Record
from workbench.core.i18n import tr
from workbench.ui.data.cells import columns_of, one_line, text_of, tooltip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class PreviewModel(QAbstractTableModel):
    """A row of the file a line: its stored roles, or why it will be left out."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns: list[str] = []
        self._rows: list[importer.Preview] = []
        self._cells: list[list[str]] = []

    def show(self, kind: Kind, records: Sequence[Record], mapping: dict[str, str]) -> None:
        """Show rows of a file as a kind and mapping turn them into canonical ones."""
        self.beginResetModel()
        roles = columns_of(kind, mapping)
        self._columns = [tr(role.label) for role in roles]
        self._rows = importer.preview(records, kind.name, mapping)
        self._cells = [[text_of((item.row or {}).get(role.name)) for role in roles] for item in self._rows]
        self.endResetModel()

    @property
    def left_out(self) -> int:
        """How many of the rows shown will be left out."""
        return sum(1 for item in self._rows if item.row is None)

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._cells)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text of a cell on one line, or all of it as a tooltip."""
        item = self._rows[index.row()]
        reason = item.reason if item.row is None else ""
        text = self._cells[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            if reason:
                return tr("Left out: {reason}", reason=reason) if index.column() == 0 else ""
            return one_line(text[:500])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tooltip(f"{reason}\n\n{item.raw}" if reason else text)
        if role == Qt.ItemDataRole.ForegroundRole and reason:
            return QApplication.palette().brush(QPalette.ColorRole.PlaceholderText)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return a heading, or the number of a row."""
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._columns[section] if orientation == Qt.Orientation.Horizontal else f"{self._rows[section].line:,}"
