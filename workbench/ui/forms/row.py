"""One line of a form: label, editor, unit; under it the help while it is wanted, and what is wrong or missing."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QWidget

from workbench.core.i18n import tr
from workbench.core.needs import lack
from workbench.core.options import Field
from workbench.ui.forms.editors import Editor, NumberEdit, written
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Problem


class Row(QWidget):
    """Edits one option; greyed at its default, with the reason, where the computer lacks what it needs.

    Args:
        field: The option.
        value: What is shown first.
        name: objectName of the editor.

    Signals:
        changed(): The person changed the value.
    """

    changed = Signal()

    def __init__(self, field: Field, value: Any, name: str) -> None:
        super().__init__()
        self.field = field
        lacking = lack(field.needs)
        self._editor = Editor(field, field.default if lacking else value, self)
        self._help = Caption(self._explanation())
        self._problem = Problem()
        self._problem.setObjectName(f"{name}.problem")
        widget = self._editor.widget
        widget.setObjectName(name)
        widget.setAccessibleName(tr(field.label))
        widget.setAccessibleDescription(lacking or tr(field.help))
        widget.setEnabled(not lacking)
        self.setToolTip(f"<p>{self._explanation()}</p>")
        self._help.hide()
        self._problem.hide()
        self._editor.changed.connect(self.changed)
        self._editor.focused.connect(self._help.setVisible)
        self._lay_out(widget)
        if lacking:
            self._grey(lacking, f"{name}.lacking")

    def _lay_out(self, widget: QWidget) -> None:
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(GRID)
        layout.setVerticalSpacing(GRID // 2)
        layout.setColumnStretch(0, 2)
        layout.setColumnStretch(1, 3)
        if isinstance(widget, QCheckBox):
            layout.addWidget(widget, 0, 0, 1, 2)
        else:
            label = QLabel(tr(self.field.label))
            label.setWordWrap(True)
            label.setBuddy(widget)
            layout.addWidget(label, 0, 0, Qt.AlignmentFlag.AlignVCenter)
            field = QHBoxLayout()
            field.setSpacing(GRID)
            field.addWidget(widget)
            if isinstance(widget, NumberEdit):
                field.addWidget(Caption(tr(self.field.unit)), 1)
            layout.addLayout(field, 0, 1)
        layout.addWidget(self._problem, 1, 0, 1, 2)
        layout.addWidget(self._help, 2, 0, 1, 2)

    def _grey(self, reason: str, name: str) -> None:
        for label in self.findChildren(QLabel):
            label.setEnabled(False)
        caption = Caption(reason)
        caption.setObjectName(name)
        layout = self.layout()
        assert isinstance(layout, QGridLayout)
        layout.addWidget(caption, layout.rowCount(), 0, 1, 2)

    def value(self) -> Any:
        """Return what stands there."""
        return self._editor.value()

    def mark(self, sentence: str) -> None:
        """Say what is wrong with the value, or nothing with ""."""
        self._problem.setText(sentence)
        self._problem.setVisible(bool(sentence))
        widget = self._editor.widget
        if widget.property("wrong") != bool(sentence):
            widget.setProperty("wrong", bool(sentence))
            widget.style().unpolish(widget)
            widget.style().polish(widget)

    def _explanation(self) -> str:
        field = self.field
        parts = [tr(field.help)]
        if field.low is not None and field.high is not None and field.type is not bool:
            parts.append(tr("From {low} to {high}.", low=f"{field.low:g}", high=f"{field.high:g}"))
        if field.type is not bool:
            shown = tr("automatic") if field.default is None else written(field.default)
            parts.append(tr("Default: {value}.", value=shown))
        if field.source:
            parts.append(tr("Source: {source}.", source=tr(field.source).rstrip(".。")))
        return " ".join(parts)
