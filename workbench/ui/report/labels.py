"""How good the model is at each label."""

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QSortFilterProxyModel,
    Qt,
    Signal,
)
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.reports import LabelScores
from workbench.ui.data.cells import one_line, tooltip
from workbench.ui.data.table import RowsTable
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROLE = Qt.ItemDataRole
NUMBER = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class _Model(QAbstractTableModel):
    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: list[LabelScores] = []
        self._headings = [tr("Label"), tr("Rows"), tr("Precision"), tr("Recall"), tr("F1")]
        self._help = [
            "",
            tr("Held-out rows that have the label"),
            tr("Of the rows that the model gives this label, the share that have it"),
            tr("Of the rows that have this label, the share that the model finds"),
            tr("The harmonic mean of precision and recall"),
        ]

    def show(self, labels: list[LabelScores]) -> None:
        self.beginResetModel()
        self._labels = labels
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._labels)

    def columnCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._headings)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        one = self._labels[index.row()]
        values = (one.label, one.rows, one.precision, one.recall, one.f1)
        if role == ROLE.DisplayRole:
            unknown = (one.said == 0, one.rows == 0, one.said + one.rows == 0)  # nothing to take a share of
            shares = ("–" if none else f"{value:.1%}" for value, none in zip(values[2:], unknown, strict=True))
            return (one_line(one.label), f"{one.rows:,}", *shares)[index.column()]
        if role == ROLE.UserRole:
            return values[index.column()]
        if role == ROLE.TextAlignmentRole and index.column():
            return NUMBER
        if role == ROLE.ToolTipRole and index.column() == 0:
            return tooltip(one.label)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return None
        if role == ROLE.DisplayRole:
            return self._headings[section]
        if role == ROLE.TextAlignmentRole and section:
            return NUMBER
        return (self._help[section] or None) if role == ROLE.ToolTipRole else None


class LabelTable(QWidget):
    """A line a label, sorted by any column.

    Signals:
        wanted(int): The rows behind a label, by its number.
    """

    wanted = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = _Model(self)
        self._sorted = QSortFilterProxyModel(self)
        self._sorted.setSourceModel(self._model)
        self._sorted.setSortRole(ROLE.UserRole)
        self._table = RowsTable(self._sorted, "train.report_by_label", tr("Labels"))
        self._table.verticalHeader().hide()
        self._table.setSortingEnabled(True)
        self._table.selectionModel().currentRowChanged.connect(self._on_row)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._table, 1)
        layout.addWidget(Caption(tr("Choose a label to see the rows that it was missed on, and wrongly given to.")))

    def show_labels(self, labels: list[LabelScores]) -> None:
        """Show other labels, in their own order."""
        self._table.sortByColumn(-1, Qt.SortOrder.AscendingOrder)
        self._model.show(labels)
        self._table.show_columns(set(range(1, self._model.columnCount())))

    def choose_none(self) -> None:
        """Mark no label as the one whose rows are shown."""
        self._table.setCurrentIndex(QModelIndex())

    def _on_row(self, index: QModelIndex) -> None:
        if index.isValid():
            self.wanted.emit(self._sorted.mapToSource(index).row())
