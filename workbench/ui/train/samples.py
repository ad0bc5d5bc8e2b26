"""What the model wrote while it was trained, the newest first."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from workbench.core import events
from workbench.core.i18n import tr
from workbench.ui.runs.words import metric_label

MOST = 200
"""So many are kept; older ones are in the run's events."""


class Samples(QTableWidget):
    """A row a sample: step, prompt, answer with its values."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(0, 3, parent)
        self.setObjectName("train.samples")
        self.setAccessibleName(tr("Samples"))
        self.setHorizontalHeaderLabels([tr("Step"), tr("Prompt"), tr("Answer")])
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(lambda *_: self.resizeRowsToContents())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the table, or say why it is empty."""
        super().paintEvent(event)
        if self.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().placeholderText().color())
            text = tr("What the model writes while it is trained appears here.")
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, text)

    def take(self, batch: list[events.AnyEvent]) -> None:
        """Take up the samples among some events."""
        new = [event for event in batch if isinstance(event, events.Sample)][-MOST:]
        for sample in new:
            self.insertRow(0)
            values = tr(", ").join(f"{metric_label(name)} {value:.3g}" for name, value in sample.values.items())
            answer = f"{sample.response}\n({values})" if values else sample.response
            for column, text in enumerate((f"{sample.step}", sample.prompt, answer)):
                item = QTableWidgetItem(text)
                item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
                self.setItem(0, column, item)
            self.resizeRowToContents(0)
        self.setRowCount(min(self.rowCount(), MOST))

    def clear_all(self) -> None:
        """Begin with another run."""
        self.setRowCount(0)
