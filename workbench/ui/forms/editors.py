"""One editor for each type of option, all with the same face: a value in, a value out, word of every change."""

from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QWidget

from workbench.core.i18n import tr
from workbench.core.options import Field

WIDTH = 20
"""Width of a number field, in average characters."""


class NumberEdit(QLineEdit):
    """A number as text, so that 2e-4 can be typed and a wrong value stays to be seen; arrow keys step."""

    def __init__(self, field: Field) -> None:
        super().__init__()
        self._field = field
        self.setMaximumWidth(self.fontMetrics().averageCharWidth() * WIDTH)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step with the arrow keys, inside the bounds."""
        direction = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
        if not direction:
            super().keyPressEvent(event)
            return
        try:
            value = float(self.text())
        except ValueError:
            return
        self.setText(written(self._inside(value + direction * self._step(value, direction))))

    def _step(self, value: float, direction: int) -> float:
        """Whole numbers by one, others by one of their first figure (0.0003 by 0.0001)."""
        if self._field.type is int:
            return 1.0
        exponent = int(f"{abs(value):e}".partition("e")[2])
        lower = float(f"1e{exponent}")
        return lower / 10 if direction < 0 and abs(value) == lower else lower

    def _inside(self, value: float) -> float | int:
        low, high = self._field.low, self._field.high
        value = value if low is None else max(value, low)
        value = value if high is None else min(value, high)
        return round(value) if self._field.type is int else float(f"{value:.6g}")


class Editor(QObject):
    """Edits one option.

    Args:
        field: The option.
        value: What is shown first.

    Signals:
        changed(): The person changed the value.
        focused(bool): The editor got or lost the keyboard.
    """

    changed = Signal()
    focused = Signal(bool)

    def __init__(self, field: Field, value: Any, parent: QObject) -> None:
        super().__init__(parent)
        self._field = field
        self.widget: QWidget = self._make(value)
        self.widget.installEventFilter(self)

    def value(self) -> Any:
        """Return what stands there: text for numbers, None for an empty optional one."""
        match self.widget:
            case QCheckBox() as box:
                return box.isChecked()
            case QComboBox() as box:
                return box.currentData()
            case QLineEdit() as line:
                text = line.text().strip()
                return None if not text and self._field.optional else text
        raise AssertionError(self.widget)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Tell when the keyboard comes and goes; keep the wheel for scrolling the form."""
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self.focused.emit(event.type() == QEvent.Type.FocusIn)
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QComboBox):
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def _make(self, value: Any) -> QWidget:
        field = self._field
        if field.type is bool:
            box = QCheckBox(tr(field.label))
            box.setChecked(bool(value))
            box.toggled.connect(self.changed)
            return box
        if field.choices:
            return self._choice(value)
        line = NumberEdit(field) if field.type in (int, float) else QLineEdit()
        line.setText("" if value is None else written(value))
        if field.optional:
            line.setPlaceholderText(tr("automatic"))
        line.textChanged.connect(self.changed)
        return line

    def _choice(self, value: Any) -> QComboBox:
        combo = QComboBox()
        combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for choice in self._field.choices:
            combo.addItem(choice, choice)
        combo.setCurrentIndex(max(combo.findData(value), 0))
        combo.currentIndexChanged.connect(self.changed)
        return combo


def written(value: Any) -> str:
    """Return a value as it is typed: 3 for 3.0, 0.0002, and 1e-05 where that is shorter."""
    if isinstance(value, float):
        return f"{value:.10g}"
    return str(value)
