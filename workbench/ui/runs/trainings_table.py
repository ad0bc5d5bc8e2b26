"""Trainings that belong together, each with a way to its run."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from workbench.core.i18n import tr
from workbench.core.runs import Story
from workbench.ui.runs.words import progress_of, state_word
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme

Line = Sequence[str]
"""What stands in a line, the state of the training and the id of its run (or nothing) at its end."""


class TrainingsTable(QTableWidget):
    """A line a training; a click on the name of its run, or Enter, opens it.

    Args:
        name: objectName.
        about: What the table is, for those who do not see it.
        titles: Of the columns before state and run.
        most: Lines that are shown without scrolling.

    Signals:
        run_wanted(str): Show the run of that id.
    """

    run_wanted = Signal(str)

    def __init__(self, name: str, about: str, titles: Sequence[str], most: int, parent: QWidget | None = None) -> None:
        super().__init__(0, len(titles) + 2, parent)
        self._state, self._run, self._most = len(titles), len(titles) + 1, most
        self._lines: Sequence[Line] = []
        self.setObjectName(name)
        self.setAccessibleName(about)
        self.setHorizontalHeaderLabels([*titles, tr("State"), tr("Run")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(self._state, QHeaderView.ResizeMode.Stretch)
        self.itemActivated.connect(lambda item: self._open(item.row()))
        self.cellClicked.connect(lambda row, column: self._open(row) if column == self._run else None)
        theme().changed.connect(self._paint)

    def show_lines(self, lines: Sequence[Line]) -> None:
        """Show trainings."""
        self._lines = lines
        self.setRowCount(len(lines))
        for row, line in enumerate(lines):
            for column, text in enumerate(line):
                self.setItem(row, column, self._item(text, column))
        shown = min(max(len(lines), 1), self._most)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + shown * self.rowHeight(0) + GRID)

    def show_progress(self, run: str, story: Story) -> None:
        """Show how far a training is that goes on."""
        for row, line in enumerate(self._lines):
            if line[-1] == run and (item := self.item(row, self._state)) is not None:
                item.setText(f"{state_word(story.state)} · {progress_of(story)}")

    def _paint(self) -> None:
        self.show_lines(self._lines)

    def _item(self, text: str, column: int) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(text)
        if column == self._run and text:
            item.setForeground(QColor(palette.now().accent))
            item.setToolTip(tr("Open this run"))
        return item

    def _open(self, row: int) -> None:
        if run := self._lines[row][-1]:
            self.run_wanted.emit(run)
