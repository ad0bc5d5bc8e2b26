"""A form made from an Options class."""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from workbench.core import options
from workbench.core.i18n import tr
from workbench.ui.forms.row import Row
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.fold import Fold


class OptionsForm(QWidget):
    """Edits the options of a class; basic ones first, the others behind "More".

    The editor of an option has the objectName ``<name>.<option>``.

    Args:
        name: First part of the objectNames.

    Signals:
        changed(): The person changed a value.
    """

    changed = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._class: type[options.Options] | None = None
        self._hidden: dict[str, Any] = {}
        self._rows: list[Row] = []
        self._inside = QWidget()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._inside)

    def set_options(
        self,
        cls: type[options.Options],
        values: Mapping[str, Any] | None = None,
        hidden: Collection[str] = (),
        suited: Mapping[str, Any] | None = None,
    ) -> None:
        """Show the options of a class.

        Args:
            cls: The Options class.
            values: What differs from the defaults.
            hidden: Names of options that are not shown; those in ``values`` are kept.
            suited: What takes the place of some defaults.
        """
        values = values or {}
        self._class = cls
        self._hidden = {name: values[name] for name in hidden if name in values}
        fields = [_with_default(field, suited or {}) for field in options.fields(cls)]
        shown = [field for field in fields if field.name not in hidden]
        self._rows = [
            Row(field, values.get(field.name, field.default), f"{self.objectName()}.{field.name}") for field in shown
        ]
        for row in self._rows:
            row.changed.connect(self._on_changed)
        self._fill()
        self._mark()

    def _fill(self) -> None:
        old, self._inside = self._inside, QWidget()
        layout = _column(self._inside)
        basic = [row for row in self._rows if row.field.basic]
        others = [row for row in self._rows if not row.field.basic]
        if not basic:
            basic, others = others, []
        for row in basic:
            layout.addWidget(row)
        if others:
            more = QWidget()
            column = _column(more)
            for row in others:
                column.addWidget(row)
            layout.addWidget(Fold(tr("More"), more, f"{self.objectName()}.more"))
        self._layout.replaceWidget(old, self._inside)
        old.hide()
        old.deleteLater()

    def values(self) -> dict[str, Any]:
        """Return what differs from the defaults, by option name; a wrong value as it was typed."""
        if self._class is None:
            return {}
        found = dict(self._hidden)
        for row in self._rows:
            value = self._typed(row)
            if value != row.field.default:
                found[row.field.name] = value
        return found

    def valid(self) -> bool:
        """Return whether every value can be used."""
        return not self._problems()

    def _typed(self, row: Row) -> Any:
        assert self._class is not None
        value = row.value()
        try:
            return getattr(msgspec.convert({row.field.name: value}, self._class, strict=False), row.field.name)
        except msgspec.ValidationError:
            return value

    def _problems(self) -> dict[str, str]:
        if self._class is None:
            return {}
        return options.problems(self._class, {row.field.name: row.value() for row in self._rows})

    def _mark(self) -> None:
        wrong = self._problems()
        for row in self._rows:
            row.mark(wrong.get(row.field.name, ""))

    def _on_changed(self) -> None:
        self._mark()
        self.changed.emit()


def _with_default(field: options.Field, suited: Mapping[str, Any]) -> options.Field:
    return msgspec.structs.replace(field, default=suited.get(field.name, field.default))


def _column(widget: QWidget) -> QVBoxLayout:
    layout = QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GRID)
    return layout
