"""How a file is read: its encoding, whether its first line names the columns, what one row is."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel

from workbench.core.datasets import readers
from workbench.core.datasets.importer import Look
from workbench.core.datasets.readers import How
from workbench.core.i18n import mark, tr

ENCODINGS = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8 (BOM)",
    "utf-16": "UTF-16",
    "cp932": "Shift_JIS (CP932)",
    "euc_jp": "EUC-JP",
    "iso2022_jp": "ISO-2022-JP",
    "cp1252": "CP1252",
}
"""Names of those that are offered beside the detected one."""

UNITS = {"line": mark("Each line"), "paragraph": mark("Each paragraph"), "file": mark("The whole file")}
HEADERS = {True: mark("Names the columns"), False: mark("Is a row like the others")}


class HowFields(QObject):
    """Rows of a form; only those are shown that mean something for the format of the file.

    Args:
        form: Gets the rows.
        prefix: First part of the objectNames.

    Signals:
        changed(): The person wants it read in another way.
    """

    changed = Signal()

    def __init__(self, form: QFormLayout, prefix: str) -> None:
        super().__init__(form)
        self._form = form
        self._format = QLabel()
        self._format.setObjectName(f"{prefix}.format")
        self._form.addRow(tr("Format"), self._format)
        self._encoding = self._box(tr("Encoding"), f"{prefix}.encoding")
        self._header = self._box(tr("First line"), f"{prefix}.header")
        self._unit = self._box(tr("A row is"), f"{prefix}.unit")

    def _box(self, label: str, name: str) -> QComboBox:
        box = QComboBox()
        box.setObjectName(name)
        box.activated.connect(self.changed)
        self._form.addRow(label, box)
        return box

    def show_look(self, found: Look) -> None:
        """Show how a file has been read."""
        format = readers.formats().get(found.format)
        self._format.setText(tr(format.label) if format else found.format)
        names = dict.fromkeys([found.how.encoding, *ENCODINGS]) if found.how.encoding else {}
        self._fill(self._encoding, {name: ENCODINGS.get(name, name) for name in names}, found.how.encoding)
        headers = {value: tr(text) for value, text in HEADERS.items()} if found.how.header is not None else {}
        self._fill(self._header, headers, found.how.header)
        units = {unit: tr(UNITS[unit]) for unit in format.units if unit} if format else {}
        self._fill(self._unit, units, found.how.unit)

    def how(self) -> How:
        """Return how the person wants the file to be read."""
        return How(
            encoding=self._encoding.currentData() or "",
            header=self._header.currentData(),
            unit=self._unit.currentData() or "",
        )

    def _fill(self, box: QComboBox, choices: Mapping[Any, str], chosen: object) -> None:
        box.clear()
        for value, text in choices.items():
            box.addItem(text, value)
        box.setCurrentIndex(max(box.findData(chosen), 0) if choices else -1)
        self._form.setRowVisible(box, bool(choices))
