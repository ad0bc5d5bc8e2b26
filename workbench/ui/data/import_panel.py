"""From a file to a data set: what it holds, which column is what, and how it will be used."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets import importer
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import KINDS, kind
from workbench.core.datasets.readers import How
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.data.cells import columns_of
from workbench.ui.data.mapping import MappingForm
from workbench.ui.data.preview import PreviewModel
from workbench.ui.data.table import NARROW, RowsTable
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp932", "euc_jp", "iso2022_jp", "cp1252")
"""Offered beside the detected one."""

SHOWN = 50


class ImportPanel(QWidget):
    """Imports one file into the open project.

    Args:
        workspace: The project it goes to.
        prefix: First part of the objectNames.
        primary: Whether importing is the next step here.

    Signals:
        imported(str): The file is a data set of that name now.
        dismissed(): The person does not want to import it.
    """

    imported = Signal(str)
    dismissed = Signal()

    def __init__(
        self, workspace: Workspace, prefix: str, *, primary: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._path = Path()
        self._look: importer.Look | None = None
        self._newest = 0
        self._cancelled: threading.Event | None = None
        self._build(prefix, primary)

    def _build(self, prefix: str, primary: bool) -> None:
        self._title = Heading("")
        self._notice = Notice()
        self._kind = QComboBox()
        self._kind.setObjectName(f"{prefix}.kind")
        for item in KINDS.values():
            self._kind.addItem(tr(item.label), item.name)
            self._kind.setItemData(self._kind.count() - 1, tr(item.help), Qt.ItemDataRole.ToolTipRole)
        self._encoding = QComboBox()
        self._encoding.setObjectName(f"{prefix}.encoding")
        self._name = QLineEdit()
        self._name.setObjectName(f"{prefix}.name")
        self._held_out = QSpinBox(minimum=0, maximum=90, value=10, suffix=" %")
        self._held_out.setObjectName(f"{prefix}.held_out")
        self._held_out.setToolTip(
            tr("This share of the rows is not trained on; it shows how well the model does on new ones.")
        )
        self._mapping = MappingForm(prefix)
        self._preview = PreviewModel(self)
        self._table = RowsTable(self._preview, f"{prefix}.preview", tr("As it will be used"))
        self._table.setMinimumHeight(GRID * 14)
        self._caption = Caption("")
        self._progress = QProgressBar(maximum=1000)
        self._progress.setObjectName(f"{prefix}.progress")
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.cancel")
        self._import = (PrimaryButton if primary else QuietButton)(tr("Import"), f"{prefix}.import")

        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(self._forms())
        column.addWidget(Heading(tr("As it will be used")))
        column.addWidget(self._table, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._notice)
        layout.addWidget(scrolling(inside), 1)
        layout.addWidget(self._caption)
        layout.addLayout(self._buttons())
        self._connect()
        self._show_busy(False)

    def _forms(self) -> QHBoxLayout:
        fields = QWidget()
        left = QFormLayout(fields)
        left.setContentsMargins(0, 0, 0, 0)
        left.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        left.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        left.addRow(tr("Name"), self._name)
        left.addRow(tr("Kind"), self._kind)
        left.addRow(tr("Encoding"), self._encoding)
        left.addRow(tr("Held out"), self._held_out)
        forms = QHBoxLayout()
        forms.setSpacing(GRID * 4)
        forms.addWidget(fields, 1, Qt.AlignmentFlag.AlignTop)
        forms.addWidget(self._mapping, 1, Qt.AlignmentFlag.AlignTop)
        return forms

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(self._progress, 1)
        row.addStretch()
        row.addWidget(self._cancel)
        row.addWidget(self._import)
        return row

    def _connect(self) -> None:
        self._kind.activated.connect(self._look_again)
        self._encoding.activated.connect(self._look_again)
        self._mapping.changed.connect(self._show_preview)
        self._cancel.clicked.connect(self._on_cancel)
        self._import.clicked.connect(self._start)

    def open_file(self, path: Path) -> None:
        """Look into a file and offer to import it."""
        self._path = path
        self._title.setText(tr("Import {name}", name=path.name))
        self._name.clear()
        self._name.setPlaceholderText(path.stem)
        self._start_look(lambda: importer.look(path))

    def _look_again(self) -> None:
        path, wanted, encoding = self._path, self._kind.currentData(), self._encoding.currentData()
        self._start_look(lambda: importer.look(path, kind=wanted, how=How(encoding=encoding)))

    def _start_look(self, look: Callable[[], importer.Look]) -> None:
        """Look in the background; only the newest look counts."""
        self._newest += 1
        number = self._newest
        self._import.setEnabled(False)
        self._notice.clear()

        def done(found: importer.Look) -> None:
            if number == self._newest:
                self._show_look(found)

        def failed(sentence: str, detail: str) -> None:
            if number == self._newest:
                self._notice.error(sentence, detail)

        jobs.start(self, lambda _report: look(), done=done, failed=failed)

    def _show_look(self, found: importer.Look) -> None:
        self._look = found
        self._kind.setCurrentIndex(self._kind.findData(found.kind))
        self._encoding.clear()
        for name in dict.fromkeys([found.how.encoding, *ENCODINGS]):
            self._encoding.addItem(name, name)
        self._mapping.show_roles(kind(found.kind), found.columns, found.mapping)
        self._show_preview()

    def _show_preview(self) -> None:
        if self._look is None:
            return
        chosen = kind(self._look.kind)
        mapping = self._mapping.mapping()
        self._preview.show(chosen, self._look.records[:SHOWN], mapping)
        self._table.show_columns(
            {number for number, role in enumerate(columns_of(chosen, mapping)) if role.type in NARROW}
        )
        missing = [tr(role.label) for role in chosen.roles if role.required and not mapping.get(role.name)]
        if missing:
            self._caption.setText(tr("Choose a column for: {roles}.", roles=tr(", ").join(missing)))
        else:
            self._caption.setText(self._preview_sentence())
        self._import.setEnabled(not missing)

    def _preview_sentence(self) -> str:
        shown, left_out = self._preview.rowCount(), self._preview.left_out
        if left_out:
            return tr(
                "Of the first {shown} rows, {left_out} will be left out. They are kept with the reason.",
                shown=shown,
                left_out=left_out,
            )
        return tr("The first {shown} rows. Rows that cannot be used are kept apart, with the reason.", shown=shown)

    def _start(self) -> None:
        assert self._look is not None
        project, path, cancelled = self._workspace.project, self._path, threading.Event()
        arguments: dict[str, Any] = {
            "kind": self._look.kind,
            "mapping": self._mapping.mapping(),
            "name": self._name.text().strip(),
            "split": self._held_out.value() / 100,
            "how": self._look.how,
        }
        self._cancelled = cancelled
        self._notice.clear()
        self._show_busy(True)
        jobs.start(
            self,
            lambda report: importer.import_file(
                project, path, progress=report, cancelled=cancelled.is_set, **arguments
            ),
            done=self._done,
            failed=self._failed,
            progressed=lambda share: self._progress.setValue(round(share * 1000)),
        )

    def _done(self, dataset: Dataset) -> None:
        self._show_busy(False)
        self._workspace.datasets_changed.emit()
        self.imported.emit(dataset.name)

    def _failed(self, sentence: str, detail: str) -> None:
        was_cancelled = self._cancelled is not None and self._cancelled.is_set()
        self._show_busy(False)
        if was_cancelled:
            self.dismissed.emit()
        else:
            self._notice.error(sentence, detail)

    def _on_cancel(self) -> None:
        if self._progress.isVisibleTo(self) and self._cancelled is not None:
            self._cancelled.set()
        else:
            self._newest += 1
            self.dismissed.emit()

    def _show_busy(self, busy: bool) -> None:
        """Show the progress of an import and lock what it has been told."""
        self._progress.setValue(0)
        self._progress.setVisible(busy)
        for widget in (self._kind, self._encoding, self._name, self._held_out, self._mapping, self._import):
            widget.setEnabled(not busy)
