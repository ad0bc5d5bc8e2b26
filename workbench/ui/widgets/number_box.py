"""A field for a whole number, and the room that all number fields leave before their text."""

from typing import TypeVar

from PySide6.QtWidgets import QAbstractSpinBox, QSpinBox, QWidget

from workbench.ui.theme.metrics import GRID

Box = TypeVar("Box", bound=QAbstractSpinBox)


def inset(box: Box) -> Box:
    """Put the text of a spin box as far from the border as in other fields: a style sheet's padding does not."""
    box.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)
    return box


class NumberBox(QSpinBox):
    """A spin box that looks like the other fields.

    Args:
        low: Smallest value.
        high: Largest value.
        value: The first one.
        name: Its objectName.
        suffix: Unit behind the number.
    """

    def __init__(
        self, low: int, high: int, value: int, name: str, suffix: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setRange(low, high)
        self.setValue(value)
        self.setSuffix(suffix)
        inset(self)
