"""The trainings of a bake-off: what each adapter reaches and costs, and a way to its run."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from workbench.core import registry, units
from workbench.core.bake_off.results import Result, shown
from workbench.core.i18n import tr
from workbench.core.runs import Story
from workbench.ui.runs.words import progress_of, state_word
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme

STATE, RUN = 6, 7


class BakeOffTable(QTableWidget):
    """A line an adapter; a click on the name of its run, or Enter, opens it.

    Args:
        name: objectName.

    Signals:
        run_wanted(str): Show the run of that id.
    """

    run_wanted = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(0, 8, parent)
        self.setObjectName(name)
        self.setAccessibleName(tr("Trainings of this comparison"))
        titles = (tr("Adapter"), tr("Held-out"), tr("Trainable"), tr("Memory"), tr("Time"), tr("On disk"))
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
        header.setSectionResizeMode(STATE, QHeaderView.ResizeMode.Stretch)
        self._task: registry.Task | None = None
        self._results: list[Result] = []
        self.itemActivated.connect(lambda item: self._open(item.row()))
        self.cellClicked.connect(lambda row, column: self._open(row) if column == RUN else None)
        theme().changed.connect(self._paint)

    def show_results(self, task: registry.Task, results: list[Result]) -> None:
        """Show trainings."""
        self._task, self._results = task, results
        self.setRowCount(len(results))
        for row, result in enumerate(results):
            for column, text in enumerate(self._texts(task, result)):
                self.setItem(row, column, self._item(text, column))
        lines = max(len(results), 1)
        self.setFixedHeight(self.horizontalHeader().sizeHint().height() + lines * self.rowHeight(0) + GRID)

    @staticmethod
    def _texts(task: registry.Task, result: Result) -> list[str]:
        label, state = tr(registry.adapter(result.adapter).label), state_word(result.state)
        trainable = units.count(result.trainable) if result.trainable else ""
        if result.quality is None:
            return [label, "", trainable, "", "", "", state, result.run]
        memory, size = units.size(result.memory * 2**20), units.size(result.size)
        return [label, shown(task, result), trainable, memory, units.duration(result.seconds), size, state, result.run]

    def show_progress(self, run: str, story: Story) -> None:
        """Show how far a training is that goes on."""
        for row, result in enumerate(self._results):
            if result.run == run and (item := self.item(row, STATE)) is not None:
                item.setText(f"{state_word(story.state)} · {progress_of(story)}")

    def _paint(self) -> None:
        if self._task is not None:
            self.show_results(self._task, self._results)

    def _item(self, text: str, column: int) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(text)
        if column == RUN and text:
            item.setForeground(QColor(palette.now().accent))
            item.setToolTip(tr("Open this run"))
        return item

    def _open(self, row: int) -> None:
        if self._results[row].run:
            self.run_wanted.emit(self._results[row].run)
