"""The table that rows of data are read in."""

from PySide6.QtCore import QAbstractItemModel, QEvent, Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from workbench.ui.theme.metrics import GRID

NARROW = ("label", "number", "numbers")
"""Types of roles whose values are short."""


MEASURED = 40
"""Rows that decide how wide a narrow column is."""


class RowsTable(QTableView):
    """A read-only table of one-line cells; whole rows are chosen, Tab leaves it.

    Args:
        model: What is shown.
        name: Its objectName.
        accessible: What a screen reader calls it.
    """

    def __init__(self, model: QAbstractItemModel, name: str, accessible: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setHighlightSections(False)
        # some rows, not a thousand at each new page; 0 would mean the visible ones, but all while the table is hidden
        self.horizontalHeader().setResizeContentsPrecision(MEASURED)
        # one height for all: measuring each of a million rows would block the window
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.setModel(model)
        self._set_row_height()

    def show_columns(self, narrow: set[int]) -> None:
        """Make these columns as narrow as what is in them and share the rest among the others."""
        for column in range(self.model().columnCount()):
            mode = QHeaderView.ResizeMode.ResizeToContents if column in narrow else QHeaderView.ResizeMode.Stretch
            self.horizontalHeader().setSectionResizeMode(column, mode)

    def changeEvent(self, event: QEvent) -> None:
        """Follow the size of the text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._set_row_height()

    def _set_row_height(self) -> None:
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.25) + GRID)
