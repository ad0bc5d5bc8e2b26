"""The order from best to worst, as a strip on which cards are dropped."""

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from workbench.core.i18n import tr
from workbench.core.ranking import Groups
from workbench.ui.rank.drag import Handle, card_of
from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import Caption


class Chip(QLabel):
    """The number of a card that has its place; a click takes it away, a drag moves it.

    Signals:
        clicked(int): It was clicked, with the position of its card.
    """

    clicked = Signal(int)

    def __init__(self, card: int) -> None:
        super().__init__(str(card + 1))
        self._card = card
        self.setObjectName(f"rank.chip.{card + 1}")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(GRID * 3, GRID * 3)
        self.setToolTip(tr("Click to take answer {number} out of the order", number=card + 1))
        self._handle = Handle(self, card)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click or a drag."""
        self._handle.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Perhaps begin a drag."""
        self._handle.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take the card out if this was a click."""
        if self._handle.release(event):
            self.clicked.emit(self._card)


class OrderStrip(QFrame):
    """Shows the groups of cards, best first, and takes cards that are dropped.

    A card dropped on the middle of a group ties with it; dropped beside one, it gets a place of its own.

    Signals:
        inserted(int, int): A card was dropped before the group at a place.
        joined(int, int): A card was dropped on the group at a place.
        removed(int): A card was taken out.
    """

    inserted = Signal(int, int)
    joined = Signal(int, int)
    removed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rank.order")
        self.setProperty("dropzone", True)
        self.setAcceptDrops(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMinimumHeight(self.fontMetrics().height() + GRID * 4)  # as high as with cards on it
        self._groups: list[QWidget] = []
        self._hint = Caption(tr("Press the number of the best answer, or drag it here."))
        self._best, self._worst = Caption(tr("Best")), Caption(tr("Worst"))
        for label in (self._best, self._worst):
            label.setWordWrap(False)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        self._layout.setSpacing(GRID)
        self._layout.addWidget(self._best)
        self._layout.addWidget(self._hint, 1)
        self._layout.addWidget(self._worst)
        self._target: tuple[int, bool] | None = None

    def show_groups(self, groups: Groups) -> None:
        """Show an order."""
        for widget in self._groups:
            self._layout.removeWidget(widget)
            widget.hide()  # it may be the one that is being dragged: gone for the eye, deleted when Qt can
            widget.deleteLater()
        self._groups = [self._group(group) for group in groups]
        for place, widget in enumerate(self._groups):
            self._layout.insertWidget(1 + place, widget)
        self._hint.setText("" if groups else tr("Press the number of the best answer, or drag it here."))
        words = [" = ".join(str(card + 1) for card in group) for group in groups]
        self.setAccessibleName(tr("Order from best to worst: {order}", order=", ".join(words) or tr("none yet")))

    def _group(self, group: tuple[int, ...]) -> QWidget:
        frame = Card()
        frame.setProperty("chosen", True)
        layout = QHBoxLayout()
        layout.setSpacing(0)
        frame.body.setContentsMargins(GRID // 2, 0, GRID // 2, 0)
        frame.body.addLayout(layout)
        for number, card in enumerate(group):
            if number:
                layout.addWidget(QLabel("="))
            chip = Chip(card)
            chip.clicked.connect(self.removed)
            layout.addWidget(chip)
        return frame

    def target(self, x: int) -> tuple[int, bool]:
        """Return the place at a horizontal position, and whether a card dropped there joins the group at it."""
        for place, widget in enumerate(self._groups):
            area = widget.geometry()
            if x < area.left() + area.width() // 4:
                return place, False
            if x <= area.right() - area.width() // 4:
                return place, True
        return len(self._groups), False

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take cards, nothing else."""
        if card_of(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where the card would go."""
        self._aim(self.target(event.position().toPoint().x()))
        event.acceptProposedAction()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Show nothing any more."""
        self._aim(None)

    def dropEvent(self, event: QDropEvent) -> None:
        """Place the card."""
        card = card_of(event.mimeData())
        if card is None:
            return
        place, joins = self.target(event.position().toPoint().x())
        self._aim(None)
        event.acceptProposedAction()
        (self.joined if joins else self.inserted).emit(card, place)

    def _aim(self, target: tuple[int, bool] | None) -> None:
        self._target = target
        self.setProperty("hot", target is not None)
        self.style().unpolish(self)
        self.style().polish(self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Mark the place that is aimed at: a bar between groups, a frame around the one to tie with."""
        super().paintEvent(event)
        if self._target is None:
            return
        place, joins = self._target
        painter = QPainter(self)
        painter.setPen(QPen(QColor(palette.now().accent), 3))
        if joins:
            painter.drawRect(self._groups[place].geometry().adjusted(-3, -3, 3, 3))
        else:
            x = self._edge(place)
            painter.drawLine(x, GRID // 2, x, self.height() - GRID // 2)

    def _edge(self, place: int) -> int:
        if not self._groups:
            return int(self._hint.geometry().left())
        area: QRect = self._groups[min(place, len(self._groups) - 1)].geometry()
        return area.left() - GRID // 2 if place < len(self._groups) else area.right() + GRID // 2
