"""The trainings of a study, each with a way to its run."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from workbench.core.i18n import tr
from workbench.core.learning_curve.outlook import Point
from workbench.core.runs import Story
from workbench.ui.runs.words import progress_of, state_word
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme

STATE, RUN = 4, 5
MOST_LINES = 6
"""Lines that are shown without scrolling."""


class StudyTable(QTableWidget):
    """A line a training; a click on the name of its run, or Enter, opens it.

    Args:
        name: objectName.

    Signals:
        run_wanted(str): Show the run of that id.
    """

    run_wanted = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, 6, parent)
        self.setObjectName(name)
        self.setAccessibleName(tr("Trainings of this study"))
        self.setHorizontalHeaderLabels(
            [tr("Share"), tr("Rows"), tr("Accuracy"), tr("Likely between"), tr("State"), tr("Run")]
        )
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        self._points: list[Point] = []
        self.itemActivated.connect(lambda item: self._open(item.row()))
        self.cellClicked.connect(lambda row, column: self._open(row) if column == RUN else None)
        theme().changed.connect(self._paint)

    def show_points(self, points: list[Point]) -> None:
        """Show trainings."""
        self._points = points
        self.setRowCount(len(points))
        several = len({point.seed for point in points}) > 1
        for row, point in enumerate(points):
            seed = f" · {tr('seed {seed}', seed=point.seed)}" if several else ""
            known = point.accuracy is not None
            texts = [
                f"{100 * point.share:g} %{seed}",
                f"{point.rows:,}",
                f"{100 * (point.accuracy or 0):.1f} %" if known else "",
                f"{100 * (point.low or 0):.1f} – {100 * (point.high or 0):.1f} %" if known else "",
                state_word(point.state),
                point.run,
            ]
            for column, text in enumerate(texts):
                self.setItem(row, column, self._item(text, column))
        lines = min(max(len(points), 1), MOST_LINES)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + lines * self.rowHeight(0) + GRID)

    def show_progress(self, run: str, story: Story) -> None:
        """Show how far a training is that goes on."""
        for row, point in enumerate(self._points):
            if point.run == run and (item := self.item(row, STATE)) is not None:
                item.setText(f"{state_word(story.state)} · {progress_of(story)}")

    def _paint(self) -> None:
        self.show_points(self._points)

    def _item(self, text: str, column: int) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(text)
        if column == RUN and text:
            item.setForeground(QColor(palette.now().accent))
            item.setToolTip(tr("Open this run"))
        return item

    def _open(self, row: int) -> None:
        if self._points[row].run:
            self.run_wanted.emit(self._points[row].run)
