"""A framed container."""

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from workbench.ui.theme.metrics import GRID


class Card(QFrame):
    """A frame with room inside; ``body`` takes what belongs there. The property ``chosen`` accents its border."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.body = QVBoxLayout(self)
        self.body.setContentsMargins(GRID * 2, GRID * 2, GRID * 2, GRID * 2)
        self.body.setSpacing(GRID)
