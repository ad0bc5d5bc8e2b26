"""A field for a whole number."""

from PySide6.QtWidgets import QSpinBox, QWidget

from workbench.ui.theme.metrics import GRID


class NumberBox(QSpinBox):
    """A spin box whose text stands as far from the border as that of the other fields.

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
        self.lineEdit().setTextMargins(GRID - 2, 0, 0, 0)  # the style sheet's padding does not reach it
