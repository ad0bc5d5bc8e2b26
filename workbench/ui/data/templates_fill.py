"""What stands for the slots of a family: which role of a row, what the labels are called, and the options."""

import os
from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets.kinds import KINDS
from workbench.core.i18n import tr
from workbench.core.templates.families import MOST_OPTIONS, Family, Slot
from workbench.core.templates.filling import Fill
from workbench.core.templates.languages import NAMES, called
from workbench.core.templates.wordings import LANGUAGES
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.fold import Fold

MOST_WORDS = 200
"""Labels that are offered to be called something else."""


class FillForm(QWidget):
    """Combo boxes for the slots, folded away, a table for the words of the labels, and a switch for the options.

    Args:
        prefix: First part of the objectNames.

    Signals:
        changed(): The words, the options or a language are others now.
        roles_changed(): A slot is filled by another role, so the labels have to be looked up anew.
    """

    changed = Signal()
    roles_changed = Signal()

    def __init__(self, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._prefix = prefix
        self._fill = Fill()
        self._boxes: dict[str, QComboBox] = {}
        self._fixed: dict[str, QComboBox] = {}
        slots = QWidget()
        self._slots = QFormLayout(slots)
        self._slots.setContentsMargins(0, 0, 0, 0)
        self._slots.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._options = QCheckBox(tr("List the possible labels below the prompt"))
        self._options.setObjectName(f"{prefix}.options")
        self._options.toggled.connect(self.changed)
        self._words = QTableWidget(0, 1 + len(LANGUAGES))
        self._words.setObjectName(f"{prefix}.words")
        self._words.setAccessibleName(tr("What the labels are called"))
        self._words.setHorizontalHeaderLabels([tr("Label"), tr("In English"), tr("In Japanese")])
        self._words.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self._words.verticalHeader().hide()
        self._words.setTabKeyNavigation(False)
        self._words.setFixedHeight(GRID * 16)
        self._words.itemChanged.connect(lambda _: self.changed.emit())
        self._words_fold = Fold(tr("What the labels are called"), self._words, f"{prefix}.words_fold")
        self._slots_fold = Fold(tr("What fills the slots"), slots, f"{prefix}.slots_fold")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID // 2)
        for widget in (self._options, self._words_fold, self._slots_fold):
            layout.addWidget(widget)

    def show_family(self, family: Family, kind: str, roles: Sequence[str], fill: Fill) -> None:
        """Begin with a family and what stands for its slots."""
        while self._slots.rowCount():
            self._slots.removeRow(0)
        self._boxes.clear()
        self._fixed.clear()
        labels = {role.name: tr(role.label) for role in KINDS[kind].roles}
        for slot in family.slots:
            if slot.roles:
                self._boxes[slot.name] = self._role_box(slot, {role: labels[role] for role in roles}, fill)
            else:
                self._fixed[slot.name] = self._language_box(slot, fill)
        self._slots_fold.set_open(bool(self._fixed))
        self._options.setVisible(family.options)
        self.show_labels(fill)

    def show_labels(self, fill: Fill) -> None:
        """Show other labels and the words for them."""
        self._fill = fill
        with QSignalBlocker(self._options):
            self._options.setChecked(fill.options)
        self._options.setEnabled(len(fill.labels) <= MOST_OPTIONS)
        with QSignalBlocker(self._words):
            self._words.setRowCount(min(len(fill.labels), MOST_WORDS))
            for row, label in enumerate(fill.labels[:MOST_WORDS]):
                known = QTableWidgetItem(label)
                known.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
                self._words.setItem(row, 0, known)
                for column, language in enumerate(LANGUAGES, 1):
                    self._words.setItem(row, column, QTableWidgetItem(fill.word(label, language)))
        self._words_fold.setVisible(bool(fill.labels))

    def _role_box(self, slot: Slot, roles: dict[str, str], fill: Fill) -> QComboBox:
        box = QComboBox()
        for role, label in roles.items():
            box.addItem(label, role)
        box.setCurrentIndex(box.findData(fill.roles.get(slot.name, "")))
        box.currentIndexChanged.connect(self.roles_changed)
        self._add(slot, box)
        return box

    def _language_box(self, slot: Slot, fill: Fill) -> QComboBox:
        box = QComboBox()
        box.setEditable(True)
        for code in NAMES:
            box.addItem(called(code, os.environ["WORKBENCH_LANGUAGE"]), code)  # as `use_language` leaves it
        known = box.findData(fill.given.get(slot.name, ""))
        box.setCurrentIndex(known)
        box.setEditText(box.itemText(known) if known >= 0 else fill.given.get(slot.name, ""))
        box.editTextChanged.connect(self.changed)
        self._add(slot, box)
        return box

    def _add(self, slot: Slot, box: QComboBox) -> None:
        box.setObjectName(f"{self._prefix}.fill.{slot.name}")
        box.setAccessibleName(tr(slot.label))
        self._slots.addRow(tr(slot.label), box)

    def changes(self) -> dict[str, str]:
        """Return the role of each slot, and the language of each fixed one, as `Proposal.fill` takes them."""
        roles = {slot: str(box.currentData()) for slot, box in self._boxes.items() if box.currentIndex() >= 0}
        return roles | {slot: box.currentText().strip() for slot, box in self._fixed.items()}

    def fill(self) -> Fill:
        """Return what stands for the slots now."""
        words: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
        for row in range(self._words.rowCount()):
            for column, language in enumerate(LANGUAGES, 1):
                words[language][self._cell(row, 0)] = self._cell(row, column)
        return msgspec.structs.replace(
            self._fill,
            given={slot: box.currentText().strip() for slot, box in self._fixed.items()},
            words=words,
            options=self._options.isChecked() and not self._options.isHidden(),
        )

    def _cell(self, row: int, column: int) -> str:
        item = self._words.item(row, column)
        return item.text().strip() if item is not None else ""
