"""The mappings that are kept for the next file of the same shape, and forgetting one."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from workbench.core.datasets import presets
from workbench.core.datasets.kinds import kind
from workbench.core.datasets.presets import Preset
from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.labels import Caption
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace

SHOWN_ROWS = 6
"""Rows of the table that are seen without scrolling."""


class KeptMappings(QWidget):
    """A list that is folded away, and hidden while nothing is kept."""

    def __init__(self, workspace: Workspace, prefix: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._presets: list[Preset] = []
        self._notice = Notice()
        self._table = self._make_table(f"{prefix}.presets")
        self._forget = QuietButton(tr("Forget this mapping"), f"{prefix}.presets.forget")
        self._forget.clicked.connect(self._on_forget)
        self._table.itemSelectionChanged.connect(self._on_selection)
        inside = QWidget()
        words = tr("Each import keeps which column was what; a file with the same columns gets the same proposal.")
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(GRID)
        body.addWidget(Caption(words))
        body.addWidget(self._table)
        buttons = QHBoxLayout()
        buttons.addWidget(self._forget)
        buttons.addStretch()
        body.addLayout(buttons)
        self._fold = Fold(tr("Kept mappings"), inside, f"{prefix}.presets.fold")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._notice)
        layout.addWidget(self._fold)
        workspace.datasets_changed.connect(self.refresh)
        workspace.project_changed.connect(self._on_project)
        self._show([])

    @staticmethod
    def _make_table(name: str) -> QTableWidget:
        headings = [tr("Made for"), tr("Columns"), tr("Kind"), tr("Mapping")]
        table = QTableWidget(0, len(headings))
        table.setObjectName(name)
        table.setAccessibleName(tr("Kept mappings"))
        table.setHorizontalHeaderLabels(headings)
        table.verticalHeader().hide()
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        header = table.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.ResizeToContents)
        return table

    def refresh(self) -> None:
        """Look what is kept, in the background."""
        if not self._workspace.has_project:
            return
        project = self._workspace.project

        def done(found: list[Preset]) -> None:
            if project is self._workspace.project:
                self._show(found)

        jobs.start(self, lambda _report: list(presets.listed(project)), done=done, failed=self._notice.error)

    def _on_project(self) -> None:
        self._notice.clear()
        self._show([])
        self.refresh()

    def _show(self, found: list[Preset]) -> None:
        self._presets = found
        self._fold.setVisible(bool(found))
        self._fold.button.setText(tr("Kept mappings ({count})", count=len(found)))
        self._table.setRowCount(len(found))
        for row, preset in enumerate(found):
            for column, text in enumerate(_cells(preset)):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self._table.setItem(row, column, item)
        height = self._table.verticalHeader().defaultSectionSize()
        self._table.setFixedHeight(height * (min(max(len(found), 1), SHOWN_ROWS) + 1) + GRID)
        self._on_selection()

    def _on_selection(self) -> None:
        self._forget.setEnabled(bool(self._table.selectedItems()))

    def _on_forget(self) -> None:
        project, number = self._workspace.project, self._table.currentRow() + 1

        def restore(gone: Preset) -> None:
            jobs.start(self, lambda _report: presets.keep(project, gone), done=again, failed=self._notice.error)

        def again(_: object) -> None:
            self.refresh()

        def done(gone: Preset) -> None:
            self.refresh()
            sentence = tr("The mapping made for {file} is deleted.", file=gone.source)
            self._notice.offer(sentence, tr("Undo"), lambda: restore(gone))

        jobs.start(self, lambda _report: presets.forget(project, number), done=done, failed=self._notice.error)


def _cells(preset: Preset) -> tuple[str, str, str, str]:
    chosen = kind(preset.kind)
    labels = {role.name: tr(role.label) for role in chosen.mapped}
    pairs = [f"{labels.get(role, role)} ← {column}" for role, column in preset.used.items()]
    separator = tr(", ")
    return preset.source, separator.join(preset.columns), tr(chosen.label), separator.join(pairs)
