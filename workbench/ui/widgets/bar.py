"""A share of a whole."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from workbench.ui.theme import palette
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme


class Bar(QWidget):
    """A bar that shows a share, from 0 to 1."""

    def __init__(self, share: float = 0.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = share
        self.setFixedHeight(GRID)
        self.setMinimumWidth(GRID * 8)
        theme().changed.connect(self.update)

    def show_share(self, share: float) -> None:
        """Show another share."""
        self._share = share
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the whole, and the share on it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        area = self.rect()
        painter.setBrush(QColor(palette.now().line))
        painter.drawRoundedRect(area, GRID / 2, GRID / 2)
        area.setWidth(max(round(area.width() * self._share), GRID))
        painter.setBrush(QColor(palette.now().accent))
        painter.drawRoundedRect(area, GRID / 2, GRID / 2)
