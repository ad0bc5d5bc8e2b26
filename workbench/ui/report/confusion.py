"""The counts of a confusion matrix, for a table."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from workbench.core.i18n import tr
from workbench.ui.data.cells import one_line, tooltip

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROLE = Qt.ItemDataRole

FEW = 12
"""With more labels than these, empty cells stay blank: a page of zeros hides the rest."""


class Confusion(QAbstractTableModel):
    """Counts of rows; a line is a true label, a column what the model says."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._labels: Sequence[str] = ()
        self._names: list[str] = []
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._shares: NDArray[np.float64] = np.zeros((0, 0))

    def show(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show another matrix."""
        self.beginResetModel()
        self._labels, self._names = labels, [one_line(label) for label in labels]
        self._counts = np.array(counts, np.int64).reshape(len(counts), len(counts))
        self._shares = self._counts / self._counts.sum(1, keepdims=True).clip(1)
        self.endResetModel()

    def names(self) -> list[str]:
        """Return the labels, each on one line."""
        return self._names

    def largest(self) -> int:
        """Return the largest count."""
        return int(self._counts.max(initial=0))

    def share(self, truth: int, said: int) -> float:
        """Return the share of the rows of its label that are in a cell."""
        return float(self._shares[truth, said])

    def text(self, truth: int, said: int) -> str:
        """Return what stands in a cell."""
        count = int(self._counts[truth, said])
        return f"{count:,}" if count or len(self._labels) <= FEW else ""

    def rowCount(self, parent: Index = ROOT) -> int:
        """Return the number of labels."""
        return 0 if parent.isValid() else len(self._counts)

    def columnCount(self, parent: Index = ROOT) -> int:
        """Return the number of labels."""
        return self.rowCount(parent)

    def data(self, index: Index, role: int = ROLE.DisplayRole) -> Any:
        """Return the count of a cell, or what it means in a sentence."""
        count = int(self._counts[index.row(), index.column()])
        if role == ROLE.DisplayRole:
            return self.text(index.row(), index.column())
        if role == ROLE.ToolTipRole:
            return tooltip(self._sentence(index, count))
        if role == ROLE.AccessibleTextRole:
            return self._sentence(index, count)
        return None

    def _sentence(self, index: Index, count: int) -> str:
        return tr(
            "{count} of {rows} rows with the label “{truth}” are taken for “{said}”.",
            count=f"{count:,}",
            rows=f"{int(self._counts[index.row()].sum()):,}",
            truth=self._labels[index.row()],
            said=self._labels[index.column()],
        )

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = ROLE.DisplayRole) -> Any:
        """Return a label; all of it as a tooltip."""
        if section >= len(self._labels):
            return None
        if role == ROLE.DisplayRole:
            return self._names[section]
        return tooltip(self._labels[section]) if role == ROLE.ToolTipRole else None
