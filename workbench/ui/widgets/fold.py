"""Something that is folded away until it is wanted."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QToolButton, QVBoxLayout, QWidget

from workbench.ui.theme.metrics import GRID


class Fold(QWidget):
    """A line with an arrow, and a widget under it that it shows and hides.

    Args:
        title: Text of the line.
        widget: What is folded.
        name: objectName of the line's button.

    Signals:
        toggled(bool): It was opened or closed.
    """

    toggled = Signal(bool)

    def __init__(self, title: str, widget: QWidget, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._widget = widget
        self.button = QToolButton()
        self.button.setObjectName(name)
        self.button.setProperty("role", "fold")
        self.button.setText(title)
        self.button.setCheckable(True)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.button.toggled.connect(self._on_toggled)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(widget)
        self._on_toggled(False)

    def set_open(self, open: bool) -> None:
        """Open or close it."""
        self.button.setChecked(open)

    def is_open(self) -> bool:
        """Return whether it is open."""
        return self.button.isChecked()

    def _on_toggled(self, open: bool) -> None:
        self.button.setArrowType(Qt.ArrowType.DownArrow if open else Qt.ArrowType.RightArrow)
        self._widget.setVisible(open)
        self.toggled.emit(open)
