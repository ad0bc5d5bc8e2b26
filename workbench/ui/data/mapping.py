"""Which column of a file is what: one row of the form for each role of the chosen kind."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from workbench.core.datasets.kinds import Kind, Role
from workbench.core.i18n import tr
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.fold import Fold


class _Roles(QWidget):
    """Combo boxes of the file's columns for some roles."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = QFormLayout(self)
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)

    def clear(self) -> None:
        while self.form.rowCount():
            self.form.removeRow(0)

    def add(self, role: Role, columns: Sequence[str], chosen: str, name: str, *, needed: bool) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.setToolTip(tr(role.help))
        box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        box.addItem(tr("(choose a column)") if needed else tr("(none)"), "")
        for column in columns:
            box.addItem(column, column)
        box.setCurrentIndex(max(box.findData(chosen), 0))
        label = QLabel(tr(role.label))
        label.setToolTip(tr(role.help))
        label.setBuddy(box)
        self.form.addRow(label, box)
        return box


class MappingForm(QWidget):
    """The roles that a row needs, and those that have a column; the others are folded away.

    Signals:
        changed(): Another column was chosen.
    """

    changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._boxes: dict[str, QComboBox] = {}
        self._first = _Roles()
        self._more = _Roles()
        self._fold = Fold(tr("More roles"), self._more, f"{prefix}.more_roles")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self._first)
        layout.addWidget(self._fold)

    def show_roles(self, kind: Kind, columns: list[str], mapping: Mapping[str, str]) -> None:
        """Offer the columns for each role of a kind, with those of ``mapping`` chosen."""
        self._first.clear()
        self._more.clear()
        self._boxes.clear()
        needs = kind.needs([role for role, column in mapping.items() if column])
        for role in kind.mapped:
            needed, chosen = role.name in needs, mapping.get(role.name, "")
            name = f"{self._prefix}.map.{role.name}"
            box = (self._first if needed or chosen else self._more).add(role, columns, chosen, name, needed=needed)
            box.currentIndexChanged.connect(self.changed)
            self._boxes[role.name] = box
        self._fold.setVisible(self._more.form.rowCount() > 0)

    def mapping(self) -> dict[str, str]:
        """Return the chosen column of each role, "" where there is to be none."""
        return {role: str(box.currentData()) for role, box in self._boxes.items()}
