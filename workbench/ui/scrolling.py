"""Areas that scroll when the window is too low for what is in them."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QScrollArea, QWidget


def scrolling(inside: QWidget) -> QScrollArea:
    """Return a frameless area around a widget, as wide as the space for it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    inside.setProperty("scrolled", True)
    area.setWidget(inside)
    return area


def reveal(widget: QWidget) -> None:
    """Scroll what is around a widget so that all of it is seen, as soon as it has its place."""
    area = widget.parentWidget()
    while area is not None and not isinstance(area, QScrollArea):
        area = area.parentWidget()
    if area is not None:
        found = area
        QTimer.singleShot(0, widget, lambda: found.ensureWidgetVisible(widget, 0, 0))
