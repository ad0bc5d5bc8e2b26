"""From a file or folder to a data set: what it holds, which column is what, and how it will be used."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.datasets import importer
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import kind
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.data.import_fields import ImportFields
from workbench.ui.data.import_progress import ImportProgress
from workbench.ui.data.making import Making
from workbench.ui.data.preview import PreviewModel, Sheet, sheet
from workbench.ui.data.preview_images import small_images
from workbench.ui.data.table import RowsTable
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace

PICTURES = 50
"""Images that are seen beside their rows; each costs a look into its file."""


class ImportPanel(QWidget):
    """Imports one file or folder into the open project.

    Args:
        workspace: The project it goes to.
        prefix: First part of the objectNames.
        primary: Whether importing is the next step here.

    Signals:
        imported(object): It is this Dataset now.
        dismissed(): The person does not want to import it.
    """

    imported = Signal(object)
    dismissed = Signal()

    def __init__(
        self, workspace: Workspace, prefix: str, *, primary: bool = True, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._path = Path()
        self._look: importer.Look | None = None
        self._newest = 0
        self._anew = False
        self._build(prefix, primary)
        self._lay_out()
        self._fields.read_anew.connect(self._look_again)
        self._fields.changed.connect(self._preview_again)
        self._propose.clicked.connect(self._propose_anew)
        self._cancel.clicked.connect(self._on_cancel)
        self._making.busy.connect(self._show_busy)
        self._making.made.connect(self._done)
        self._making.cancelled.connect(self.dismissed)
        self._import.clicked.connect(self._start)
        self._show_busy(False)

    def _build(self, prefix: str, primary: bool) -> None:
        self._title = Heading("")
        self._waiting = Caption("")
        self._notice = Notice()
        self._kind_help = Caption("")
        self._before = Caption("")
        self._before.setObjectName(f"{prefix}.preset")
        self._propose = QuietButton(tr("Propose anew"), f"{prefix}.propose_anew")
        self._fields = ImportFields(prefix)
        self._preview = PreviewModel(self)
        self._table = RowsTable(self._preview, f"{prefix}.preview", tr("As it will be used"))
        self._table.setMinimumHeight(GRID * 20)
        self._caption = Caption("")
        self._only = QCheckBox(tr("Only the left-out rows"))
        self._only.setObjectName(f"{prefix}.only_left_out")
        self._only.toggled.connect(self._preview.show_only_left_out)
        self._progress = ImportProgress(prefix)
        self._making = Making(self, self._progress, self._notice)
        self._cancel = QuietButton(tr("Cancel"), f"{prefix}.cancel")
        self._import = (PrimaryButton if primary else QuietButton)(tr("Import"), f"{prefix}.import")

    def _lay_out(self) -> None:
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GRID)
        whole.addWidget(self._fields)
        over = QHBoxLayout()
        over.addWidget(Heading(tr("As it will be used")), 1)
        over.addWidget(self._only)
        whole.addLayout(over)
        whole.addWidget(self._table, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title)
        layout.addWidget(self._waiting)
        layout.addWidget(self._notice)
        layout.addWidget(self._as_before())
        layout.addWidget(self._kind_help)
        self._content = scrolling(inside)
        layout.addWidget(self._content, 1)
        layout.addWidget(self._caption)
        layout.addStretch()
        layout.addLayout(self._buttons())

    def _as_before(self) -> QWidget:
        self._preset = QWidget()
        row = QHBoxLayout(self._preset)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self._before, 1)
        row.addWidget(self._propose)
        return self._preset

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self._progress, 1)
        row.addStretch()
        row.addWidget(self._cancel)
        row.addWidget(self._import)
        return row

    def open_file(self, path: Path, waiting: str = "") -> None:
        """Look into a file or folder and offer to import it; ``waiting`` says what comes after it."""
        self._path, self._anew = path, False
        self._title.setText(tr("Import {name}", name=path.name))
        self.say_waiting(waiting)
        self._fields.begin(path.stem)
        self._only.setChecked(False)
        self._show_content(False)
        self._caption.setText(tr("Looking into it …"))
        project = self._workspace.project
        self._start_look(lambda: importer.look(path, project=project))

    def say_waiting(self, sentence: str) -> None:
        """Say what comes after this file, "" for nothing."""
        self._waiting.setText(sentence)
        self._waiting.setVisible(bool(sentence))

    def is_busy(self) -> bool:
        """Return whether an import is under way."""
        return self._making.is_busy

    def _look_again(self) -> None:
        path, wanted, how = self._path, self._fields.kind(), self._fields.how()
        project = None if self._anew else self._workspace.project
        self._start_look(lambda: importer.look(path, wanted, how, project))

    def _propose_anew(self) -> None:
        path, how, self._anew = self._path, self._fields.how(), True
        self._start_look(lambda: importer.look(path, how=how))

    def _start_look(self, look: Callable[[], importer.Look]) -> None:
        """Look in the background; only the newest look counts."""
        self._newest += 1
        number, self._look = self._newest, None
        self._import.setEnabled(False)
        self._notice.clear()

        def done(found: importer.Look) -> None:
            if number == self._newest:
                self._show_look(found)

        def failed(sentence: str, detail: str) -> None:
            if number == self._newest:
                self._caption.clear()
                self._notice.error(sentence, detail)

        jobs.start(self, lambda _report: look(), done=done, failed=failed)

    def _show_look(self, found: importer.Look) -> None:
        self._look = found
        self._show_content(True)
        self._kind_help.setText(tr(kind(found.kind).help))
        self._before.setText(tr("As last time, for “{file}”, which had the same columns.", file=found.preset))
        self._preset.setVisible(bool(found.preset))
        self._fields.show_look(found)

    def _show_content(self, shown: bool) -> None:
        """Show what is known of the file; of another file nothing is known yet, and perhaps it cannot be read."""
        for widget in (self._content, self._kind_help, self._preset):
            widget.setVisible(shown)

    def _preview_again(self) -> None:
        """Show in the background what the rows become; only the newest preview counts."""
        found = self._look
        if found is None:
            return
        self._newest += 1
        number, mapping, records = self._newest, self._fields.mapping(), found.records
        parts = self._fields.shows_parts()
        self._import.setEnabled(False)

        def done(shown: Sheet) -> None:
            if number == self._newest:
                self._show_preview(shown)
                self._preview_images(number, mapping)

        jobs.start(
            self,
            lambda _report: sheet(records, found.kind, mapping, parts=parts),
            done=done,
            failed=self._notice.error,
        )

    def _preview_images(self, number: int, mapping: dict[str, str]) -> None:
        found = self._look
        if found is None or not (column := mapping.get("image")):
            return
        records = found.records[:PICTURES]

        def done(images: list[QImage]) -> None:
            if number == self._newest:
                self._preview.show_images(images)

        jobs.start(self, lambda _report: small_images(found.path, records, column), done=done)

    def _show_preview(self, shown: Sheet) -> None:
        self._preview.show(shown)
        self._table.show_columns(shown.narrow)
        self._only.setVisible(0 < shown.left_out < len(shown.rows))
        missing = self._fields.missing()
        if missing:
            self._caption.setText(tr("Choose a column for: {roles}.", roles=tr(", ").join(missing)))
        else:
            remarks = self._look.remarks if self._look is not None else []
            self._caption.setText(" ".join([*remarks, shown.sentence()]))
        self._import.setEnabled(not missing)

    def _start(self) -> None:
        assert self._look is not None
        project, path = self._workspace.project, self._path
        arguments: dict[str, Any] = {
            "kind": self._look.kind,
            "how": self._look.how,
            **self._fields.arguments(),
        }

        def work(report: jobs.Report, cancelled: Callable[[], bool]) -> Dataset:
            rows = 0

            def count(so_far: int) -> None:
                nonlocal rows
                rows = so_far

            return importer.import_file(
                project,
                path,
                progress=lambda share: report((share, rows)),
                counted=count,
                cancelled=cancelled,
                **arguments,
            )

        self._making.start(work, self._progress.show_rows)

    def _done(self, dataset: Dataset) -> None:
        self.imported.emit(dataset)
        self._workspace.datasets_changed.emit()

    def _on_cancel(self) -> None:
        if not self._making.cancel():
            self._newest += 1
            self.dismissed.emit()

    def _show_busy(self, busy: bool) -> None:
        """Lock what an import has been told."""
        self._fields.setEnabled(not busy)
        self._import.setEnabled(not busy and self._look is not None)
