"""Boxes to choose data and runs from."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox


def combo(name: str, label: str) -> QComboBox:
    """Return an empty box of an objectName and an accessible name, which long entries do not make wide."""
    box = QComboBox()
    box.setObjectName(name)
    box.setAccessibleName(label)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(12)
    return box


def fill(box: QComboBox, entries: list[tuple[str, str]], chosen: str, none: str) -> None:
    """Offer texts with their values, after one that stands for none of them, and show the chosen value."""
    box.clear()
    box.addItem(none, "")
    for text, value in entries:
        box.addItem(text, value)
        box.setItemData(box.count() - 1, text, Qt.ItemDataRole.ToolTipRole)
    box.setCurrentIndex(max(box.findData(chosen), 0))
