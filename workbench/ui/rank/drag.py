"""Dragging a card by its number."""

from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer
from PySide6.QtGui import QDrag, QMouseEvent, QPixmap
from PySide6.QtWidgets import QApplication, QWidget

CARD_MIME = "application/x-workbench-card"


def card_data(card: int) -> QMimeData:
    """Return what is carried when a card (from 0) is dragged."""
    data = QMimeData()
    data.setData(CARD_MIME, str(card).encode())
    return data


def card_of(data: QMimeData) -> int | None:
    """Return the card that is carried, or None for something else."""
    return int(bytes(data.data(CARD_MIME).data())) if data.hasFormat(CARD_MIME) else None


def _drag(window: QWidget, card: int, picture: QPixmap, hot_spot: QPoint) -> None:
    drag = QDrag(window)
    drag.setMimeData(card_data(card))
    drag.setPixmap(picture)
    drag.setHotSpot(hot_spot)
    drag.exec(Qt.DropAction.MoveAction)


class Handle:
    """Tells a click on a widget from a drag of it.

    Args:
        widget: What is clicked or dragged; its picture goes along.
        card: Its number.
    """

    def __init__(self, widget: QWidget, card: int) -> None:
        self._widget = widget
        self._card = card
        self._pressed: QPoint | None = None
        widget.setCursor(Qt.CursorShape.OpenHandCursor)

    def press(self, event: QMouseEvent) -> None:
        """Remember where the left button went down."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def move(self, event: QMouseEvent) -> None:
        """Begin a drag when the pointer has gone far enough."""
        if self._pressed is None:
            return
        if (event.position().toPoint() - self._pressed).manhattanLength() < QApplication.startDragDistance():
            return
        picture, hot_spot, window = self._widget.grab(), self._pressed, self._widget.window()
        self._pressed = None
        # after this event, and without the widget: a drop may put another one in its place
        QTimer.singleShot(0, window, lambda: _drag(window, self._card, picture, hot_spot))

    def release(self, event: QMouseEvent) -> bool:
        """Return whether this was a click."""
        clicked = self._pressed is not None and event.button() == Qt.MouseButton.LeftButton
        self._pressed = None
        return clicked
