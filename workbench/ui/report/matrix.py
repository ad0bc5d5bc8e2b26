"""The confusion matrix: what the rows of each label are taken for."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QGridLayout,
    QHeaderView,
    QLabel,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from workbench.core.i18n import tr
from workbench.ui.report.confusion import Confusion, Index
from workbench.ui.report.shades import shade
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme

WIDEST = GRID * 22
TALLEST = GRID * 12
MINIMUM = GRID * 3
"""Most that a cell is wide and tall, and the least that it is wide, whatever is in it."""

HEAD = GRID * 18
HIGHEST = GRID * 14
"""Most that the labels beside the rows are wide, and those above the columns high."""


class _Cell(QStyledItemDelegate):
    """Draws a cell the darker, the more of its label's rows are in it; hundreds of them, so without any detour."""

    def __init__(self, table: QTableView, model: Confusion) -> None:
        super().__init__(table)
        self._table, self._model = table, model

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        area, row, column = option.rect, index.row(), index.column()
        fill, ink = shade(self._model.share(row, column), palette.now().name)
        painter.fillRect(area, fill)
        if text := self._model.text(row, column):
            painter.setPen(ink)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, text)
        if row == column:  # where the model is right
            painter.setPen(QColor(palette.now().edge))
            painter.drawRect(area.adjusted(0, 0, -1, -1))
        if self._table.currentIndex() == index:
            painter.setPen(QPen(QColor(palette.now().text if self._table.hasFocus() else palette.now().muted), 2))
            painter.drawRect(area.adjusted(1, 1, -1, -1))


class _Across(QHeaderView):
    """The labels above the columns; where those are narrow, all of them run upwards."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._longest = 0
        self._upwards = False

    def fit(self, longest: int) -> None:
        """Look anew how the labels fit; the longest one is so many pixels wide."""
        self._longest = longest
        self._upwards = longest + 2 * GRID > self.defaultSectionSize() > 0
        self.updateGeometry()
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Return one line, or the length of the labels that run upwards."""
        usual = super().sizeHint()
        return QSize(usual.width(), min(self._longest, HIGHEST) + GRID) if self._upwards else usual

    def paintSection(self, painter: QPainter, rect: QRect, logicalIndex: int) -> None:
        """Draw a label, upwards if need be."""
        if not self._upwards:
            super().paintSection(painter, rect, logicalIndex)
            return
        text = str(self.model().headerData(logicalIndex, Qt.Orientation.Horizontal))
        painter.save()
        painter.setPen(QColor(palette.now().muted))
        painter.translate(rect.left(), rect.bottom() - GRID // 2)
        painter.rotate(-90)
        area = QRect(0, 0, rect.height() - GRID // 2, rect.width())
        shown = self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)
        painter.restore()


class _Table(QTableView):
    """The cells, as large as there is room for all of them; they scroll where there is not.

    Signals:
        wanted(int, int): A cell was pressed or Enter pressed on it: numbers of the true label and of what is said.
        fitted(int, int): The cells begin so far from the left and from the top.
    """

    wanted = Signal(int, int)
    fitted = Signal(int, int)

    def __init__(self, model: Confusion, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._confusion = model
        self.setObjectName("train.report_confusion")
        self.setAccessibleName(tr("Confusion matrix"))
        self.setProperty("role", "matrix")
        self._across = _Across(self)
        self.setHorizontalHeader(self._across)
        self.setModel(model)
        self.setItemDelegate(_Cell(self, model))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self._across, self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(GRID)
            header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
            header.setHighlightSections(False)
            header.setSectionsClickable(False)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.verticalHeader().setMaximumWidth(HEAD)
        self.clicked.connect(lambda index: self.wanted.emit(index.row(), index.column()))
        theme().changed.connect(self.fit)

    def fit(self) -> None:
        """Give the cells and the labels their size."""
        count = self._confusion.rowCount()
        if not count:
            return
        metrics = self.fontMetrics()
        longest = max(metrics.horizontalAdvance(label) for label in self._confusion.names())
        beside = min(self.verticalHeader().sizeHint().width(), HEAD)
        digits = metrics.horizontalAdvance(f"{self._confusion.largest():,}")
        wide = max(min((self.maximumViewportSize().width() - beside) // count, WIDEST), digits + GRID, MINIMUM)
        self._across.setDefaultSectionSize(wide)
        self._across.fit(longest)
        above = self._across.sizeHint().height()
        room = (self.maximumViewportSize().height() - above) // count
        self.verticalHeader().setDefaultSectionSize(max(min(room, TALLEST), metrics.height() + GRID // 2))
        self.fitted.emit(beside, above)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the cells into the room there is."""
        super().resizeEvent(event)
        self.fit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Mark a cell: that is where the arrows begin."""
        if not self.currentIndex().isValid() and event.reason() != Qt.FocusReason.MouseFocusReason:
            self.setCurrentIndex(self._confusion.index(0, 0))
        super().focusInEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter asks for the rows of a cell; arrows move."""
        index = self.currentIndex()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and index.isValid():
            self.wanted.emit(index.row(), index.column())
        else:
            super().keyPressEvent(event)


class _Upwards(QLabel):
    """A line of text that runs upwards, its end some way below the top."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._top = 0

    def end_at(self, top: int) -> None:
        """Let it end so far below the top."""
        self._top = top
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the text, turned."""
        return super().sizeHint().transposed()

    def minimumSizeHint(self) -> QSize:
        """Return the size of the text, turned."""
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text from the bottom to the top."""
        painter = QPainter(self)
        painter.setPen(QColor(palette.now().muted))
        painter.rotate(-90)
        area = QRect(-self.height(), 0, self.height() - self._top, self.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self.text())


class ConfusionMatrix(QWidget):
    """The matrix with the names of its sides.

    Signals:
        wanted(int, int): The rows behind a cell: numbers of the true label and of what is said.
    """

    wanted = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = Confusion(self)
        self._table = _Table(self._model)
        self._table.wanted.connect(self.wanted)
        said, truth = QLabel(tr("The model says")), _Upwards(tr("True label"))
        said.setProperty("muted", True)
        self._table.fitted.connect(lambda left, top: said.setContentsMargins(left, 0, 0, 0))
        self._table.fitted.connect(lambda left, top: truth.end_at(top))
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(said, 0, 1)
        layout.addWidget(truth, 1, 0)
        layout.addWidget(self._table, 1, 1)
        layout.setRowStretch(1, 1)
        layout.setColumnStretch(1, 1)

    def show_counts(self, labels: Sequence[str], counts: Sequence[Sequence[int]]) -> None:
        """Show how many rows of each label are taken for which."""
        self._model.show(labels, counts)
        self._table.fit()

    def choose_none(self) -> None:
        """Mark no cell as the one whose rows are shown."""
        self._table.setCurrentIndex(QModelIndex())
