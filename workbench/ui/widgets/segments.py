"""Buttons in a row, joined, of which one is chosen."""

from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QWidget


class Segments(QFrame):
    """Ways to see the same thing, side by side; its frame closes the border of the last one.

    Attributes:
        group: The buttons; the number of each is its place.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("segments", True)
        self.group = QButtonGroup(self)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)

    def add(self, text: str, name: str) -> QPushButton:
        """Add a button with its words and its objectName."""
        button = QPushButton(text)
        button.setObjectName(name)
        button.setCheckable(True)
        button.setProperty("segment", True)
        self.group.addButton(button, len(self.group.buttons()))
        self._row.addWidget(button)
        return button
