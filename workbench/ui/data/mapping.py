"""Which column of a file is what: one row of the form for each role of the chosen kind."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSizePolicy, QWidget

from workbench.core.datasets.kinds import Kind
from workbench.core.i18n import tr


class MappingForm(QWidget):
    """Combo boxes of the file's columns, by role.

    Signals:
        changed(): Another column was chosen.
    """

    changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._boxes: dict[str, QComboBox] = {}
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)

    def show_roles(self, kind: Kind, columns: list[str], mapping: dict[str, str]) -> None:
        """Offer the columns for each role of a kind, with those of ``mapping`` chosen."""
        while self._form.rowCount():
            self._form.removeRow(0)
        self._boxes.clear()
        for role in kind.mapped:
            box = QComboBox()
            box.setObjectName(f"{self._prefix}.map.{role.name}")
            box.setToolTip(tr(role.help))
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.addItem(tr("(choose a column)") if role.required else tr("(none)"), "")
            for column in columns:
                box.addItem(column, column)
            box.setCurrentIndex(max(box.findData(mapping.get(role.name, "")), 0))
            box.currentIndexChanged.connect(self.changed)
            label = QLabel(tr(role.label))
            label.setToolTip(tr(role.help))
            label.setBuddy(box)
            self._form.addRow(label, box)
            self._boxes[role.name] = box

    def mapping(self) -> dict[str, str]:
        """Return the chosen column of each role, "" where there is to be none."""
        return {role: str(box.currentData()) for role, box in self._boxes.items()}
