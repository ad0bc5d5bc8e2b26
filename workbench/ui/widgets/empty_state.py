"""What an empty place says: what belongs there, and a button that offers it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.ui.theme import palette
from workbench.ui.theme.icons import pixmap
from workbench.ui.theme.metrics import GRID
from workbench.ui.theme.style import theme
from workbench.ui.widgets.buttons import PrimaryButton
from workbench.ui.widgets.labels import Caption, Heading

ICON = 48


class EmptyState(QWidget):
    """An icon, a line, a sentence, and perhaps a button.

    Args:
        icon: A file in resources/icons without its ending.
        title: What is missing.
        text: What belongs here.
        action: Text of the button; without it there is none.
        name: objectName of the button.

    Signals:
        clicked(): The button was pressed.
    """

    clicked = Signal()

    def __init__(
        self, icon: str, title: str, text: str, action: str = "", name: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._icon = icon
        self._picture = QLabel()
        heading, caption = Heading(title), Caption(text)
        layout = QVBoxLayout(self)
        layout.setSpacing(GRID)
        layout.addStretch(2)
        for label in (self._picture, heading, caption):
            label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            layout.addWidget(label)
        if action:
            self.button = PrimaryButton(action, name)
            self.button.clicked.connect(self.clicked)
            layout.addSpacing(GRID)
            layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        theme().changed.connect(self._draw)
        self._draw()

    def _draw(self) -> None:
        self._picture.setPixmap(pixmap(self._icon, ICON, palette.now().muted, self.devicePixelRatioF()))
