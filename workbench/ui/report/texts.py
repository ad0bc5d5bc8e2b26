"""Held-out texts with what the model says of them."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.report_rows import ReportRows
from workbench.ui.data.cells import one_line, tooltip
from workbench.ui.data.table import RowsTable
from workbench.ui.report.row_facts import RowFacts, labels_text
from workbench.ui.theme.metrics import GRID

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROLE = Qt.ItemDataRole

LONGEST = 20_000
"""Characters of a text that are shown in full; laying out more would hold up the window."""

CELL = 500
"""Characters of a text in the table."""

WIDEST = GRID * 11
"""Most that a column of labels is wide."""


class TextRows(QAbstractTableModel):
    """Some rows of a report; every cell is made when it comes into view."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: ReportRows | None = None
        self._numbers: Sequence[int] = ()
        self._headings: list[str] = []

    def show(self, rows: ReportRows, numbers: Sequence[int]) -> None:
        """Show other rows."""
        self.beginResetModel()
        self._rows, self._numbers = rows, numbers
        second = [tr("Second text")] if any(rows.pairs) else []
        self._headings = [tr("Text"), *second, tr("True"), tr("Said"), tr("Sure")]
        self.endResetModel()

    def number(self, place: int) -> int:
        """Return the number of the row at a place."""
        return self._numbers[place]

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._numbers)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        """Return a cell on one line, or all of it as a tooltip."""
        if role == ROLE.DisplayRole:
            return one_line(self._cell(index)[:CELL])
        if role == ROLE.ToolTipRole:
            return tooltip(self._cell(index))
        return None

    def _cell(self, index: Index) -> str:
        assert self._rows is not None
        rows, number = self._rows, self._numbers[index.row()]
        texts = 1 + (len(self._headings) > 4)
        if index.column() < texts:
            return (rows.what, rows.pairs)[index.column()][number]
        labels = (rows.true_labels, rows.said_labels)
        if index.column() < texts + 2:
            return labels_text(labels[index.column() - texts](number))
        return f"{rows.sure[number]:.1%}"

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        """Return a heading."""
        if orientation == Qt.Orientation.Horizontal and role == ROLE.DisplayRole:
            return self._headings[section]
        return None


class TextList(QWidget):
    """A table of texts, the chosen one in full below it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: ReportRows | None = None
        self._model = TextRows(self)
        self._table = RowsTable(self._model, "train.report_rows", tr("Rows"))
        self._table.verticalHeader().hide()
        self._table.horizontalHeader().setMaximumSectionSize(WIDEST)
        self._table.selectionModel().currentRowChanged.connect(self._on_row)
        self._text = QPlainTextEdit(readOnly=True)
        self._text.setObjectName("train.report_text")
        self._text.setAccessibleName(tr("The chosen row in full"))
        self._text.setTabChangesFocus(True)
        self._facts = RowFacts("train.report_text")
        below = QHBoxLayout()
        below.setSpacing(GRID)
        below.addWidget(self._text, 1)
        below.addWidget(self._facts, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._table, 5)
        layout.addLayout(below, 3)

    def show_rows(self, rows: ReportRows, numbers: Sequence[int]) -> None:
        """Show some rows of a report, the first one in full."""
        self._rows = rows
        self._text.clear()
        self._facts.setVisible(bool(numbers))
        self._model.show(rows, numbers)
        columns = self._model.columnCount()
        self._table.show_columns(set(range(columns - 3, columns)))
        if numbers:
            self._table.selectRow(0)

    def _on_row(self, index: QModelIndex) -> None:
        if index.isValid() and self._rows is not None:
            number = self._model.number(index.row())
            parts = [part for part in (self._rows.what[number], self._rows.pairs[number]) if part]
            self._text.setPlainText("\n\n".join(parts)[:LONGEST])
            self._facts.show_row(self._rows, number)
