"""How the rows are split: the file's own parts, or a share of them by a seeded shuffle."""

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFormLayout, QWidget

from workbench.core.datasets.kinds import Kind
from workbench.core.i18n import tr
from workbench.ui.widgets.number_box import NumberBox

LARGEST_SEED = 2**31 - 1


class SplitForm(QWidget):
    """What is folded away under "How it is split".

    Signals:
        changed(): The file's own parts are to be used, or no longer.
    """

    changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = QCheckBox(tr("Use the file's own parts"))
        self._own.setObjectName(f"{prefix}.own_split")
        self._own.setToolTip(tr("The file says itself which rows are for training, validation or a last test."))
        self._own.setChecked(True)
        self._own.toggled.connect(self.changed)
        self._even = QCheckBox(tr("Every label gives its share"))
        self._even.setObjectName(f"{prefix}.stratified")
        self._even.setToolTip(tr("Rare labels are held out as often as frequent ones."))
        self._even.setChecked(True)
        self._seed = NumberBox(0, LARGEST_SEED, 0, f"{prefix}.seed")
        self._seed.setToolTip(tr("The same number gives the same split."))
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.addRow(self._own)
        self._form.addRow(self._even)
        self._form.addRow(tr("Seed"), self._seed)

    def show_for(self, kind: Kind, *, has_parts: bool) -> None:
        """Offer what means something for a kind and for a file with or without parts of its own."""
        self._form.setRowVisible(self._own, has_parts)
        self._form.setRowVisible(self._even, bool(kind.stratum))

    def uses_own_parts(self) -> bool:
        """Return whether the file's own parts are used, where it has some."""
        return self._own.isChecked()

    def arguments(self) -> dict[str, Any]:
        """Return what `importer.import_file` is to be told."""
        return {
            "seed": self._seed.value(),
            "stratified": self._even.isChecked(),
            "own_split": self._own.isChecked(),
        }
