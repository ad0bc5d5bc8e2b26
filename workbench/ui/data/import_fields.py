"""What a person says about a file: its name and kind, how it is read, which column is what, how it is split."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from workbench.core.datasets.importer import Look
from workbench.core.datasets.kinds import KINDS, kind
from workbench.core.datasets.readers import How
from workbench.core.i18n import tr
from workbench.ui.data.how_form import HowFields
from workbench.ui.data.mapping import MappingForm
from workbench.ui.data.split_form import SplitForm
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.number_box import NumberBox


class ImportFields(QWidget):
    """Two columns of fields.

    Args:
        prefix: First part of the objectNames.

    Signals:
        read_anew(): The file is to be read in another way, or as another kind.
        changed(): Its rows become something else.
    """

    read_anew = Signal()
    changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = QLineEdit()
        self._name.setObjectName(f"{prefix}.name")
        self._kind = QComboBox()
        self._kind.setObjectName(f"{prefix}.kind")
        for item in KINDS.values():
            self._kind.addItem(tr(item.label), item.name)
            self._kind.setItemData(self._kind.count() - 1, tr(item.help), Qt.ItemDataRole.ToolTipRole)
        self._kind.activated.connect(self.read_anew)
        self._held_out = NumberBox(0, 90, 10, f"{prefix}.held_out", " %")
        self._held_out.setToolTip(
            tr("This share of the rows is not trained on; it shows how well the model does on new ones.")
        )
        self._mapping = MappingForm(prefix)
        self._mapping.changed.connect(self._show_split)
        self._split = SplitForm(prefix)
        self._split.changed.connect(self.changed)
        self._has_parts = False
        self._lay_out(prefix)

    def _lay_out(self, prefix: str) -> None:
        fields = QWidget()
        form = QFormLayout(fields)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(tr("Name"), self._name)
        form.addRow(tr("Kind"), self._kind)
        self._how = HowFields(form, prefix)
        self._how.changed.connect(self.read_anew)
        form.addRow(tr("Held out"), self._held_out)
        roles = QVBoxLayout()
        roles.setSpacing(GRID)
        roles.addWidget(self._mapping)
        roles.addWidget(Fold(tr("How it is split"), self._split, f"{prefix}.split"))
        roles.addStretch()
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(GRID * 4)
        columns.addWidget(fields, 1, Qt.AlignmentFlag.AlignTop)
        columns.addLayout(roles, 1)

    def begin(self, name: str) -> None:
        """Begin with another file, whose data set will have a name if the person gives no other."""
        self._name.clear()
        self._name.setPlaceholderText(name)

    def show_look(self, found: Look) -> None:
        """Show how a file has been read and what is proposed for it."""
        self._has_parts = any(record.part for record in found.records)
        self._kind.setCurrentIndex(self._kind.findData(found.kind))
        self._how.show_look(found)
        self._mapping.show_roles(kind(found.kind), found.columns, found.mapping)
        self._show_split()

    def kind(self) -> str:
        """Return the name of the chosen kind."""
        return str(self._kind.currentData())

    def how(self) -> How:
        """Return how the person wants the file to be read."""
        return self._how.how()

    def mapping(self) -> dict[str, str]:
        """Return the chosen column of each role, "" where there is to be none."""
        return self._mapping.mapping()

    def shows_parts(self) -> bool:
        """Return whether the file says itself which row is for what, and is heard."""
        return self._knows_parts() and self._split.uses_own_parts()

    def missing(self) -> list[str]:
        """Return what the roles are called that still need a column."""
        chosen = kind(self.kind())
        lacking = chosen.lacks([role for role, column in self.mapping().items() if column])
        return [tr(role.label) for role in chosen.mapped if role.name in lacking]

    def arguments(self) -> dict[str, Any]:
        """Return what `importer.import_file` is to be told."""
        return {
            "mapping": self.mapping(),
            "name": self._name.text().strip(),
            "split": self._held_out.value() / 100,
            **self._split.arguments(),
        }

    def _knows_parts(self) -> bool:
        return self._has_parts or bool(self.mapping().get("split"))

    def _show_split(self) -> None:
        self._split.show_for(kind(self.kind()), has_parts=self._knows_parts())
        self.changed.emit()
