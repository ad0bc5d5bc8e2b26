"""The Export tab: a run's result as a folder that other programs load, proved before it is called done."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from workbench.core import cards
from workbench.core.export_formats import formats
from workbench.core.i18n import mark, tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import jobs
from workbench.runtime.command import Command
from workbench.ui.export.outcome import Outcome
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.labels import Caption, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace

Found = list[tuple[str, str, dict[str, str]]]
"""Ids and labels of the runs that can be exported, and the labels of the formats that each can become."""


def exportable(project: Project) -> Found:
    """Return the runs with a result, the newest first."""
    runs = [run for run in reversed(project.runs()) if run.result_info()]
    return [(run.id, f"{run.id.split('-')[0]} · {run.spec().name}", formats(run)) for run in runs]


def free_folder(project: Project, run: str) -> Path:
    """Return a folder in the project that is not there yet."""
    folder, number = project.path / "exports" / run, 2
    while folder.exists():
        folder, number = folder.with_name(f"{run}-{number}"), number + 1
    return folder


class ExportTab(Tab):
    """Choose a run and a folder; the rest is done and checked."""

    name = "export"
    label = mark("Export")
    icon = "export"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self._notice = Notice()
        self._found: Found = []
        self.run = QComboBox()
        self.format = QComboBox()
        self.target = QLineEdit()
        self.browse_button = QuietButton(tr("Choose…"), "export.browse")
        self.export_button = PrimaryButton(tr("Export"), "export.start")
        self.outcome = Outcome()
        self.command = Command(self)
        self._empty = EmptyState(
            "export",
            tr("Nothing to export yet"),
            tr("A run that has finished or was stopped leaves a result, which can be taken elsewhere from here."),
            tr("Go to Train"),
            "export.go-train",
        )
        self._page = QWidget()
        self._pages = QStackedWidget()
        self._pages.addWidget(self._page)
        self._pages.addWidget(self._empty)
        self._lay_out()
        self._connect()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Title(tr("Export")))
        words.addWidget(Caption(tr("Take what was learnt to other programs, with a card that tells where it is from.")))
        head.addLayout(words, 1)
        head.addWidget(self.export_button, 0, Qt.AlignmentFlag.AlignTop)
        page = QVBoxLayout(self._page)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(GRID * 2)
        page.addWidget(self._form())
        page.addWidget(self.outcome, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID * 3)
        layout.setSpacing(GRID * 2)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addWidget(self._pages, 1)

    def _form(self) -> QWidget:
        for box in (self.run, self.format):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(16)
        card, grid = Card(), QGridLayout()
        grid.setHorizontalSpacing(GRID * 2)
        grid.setVerticalSpacing(GRID // 2)
        fields = (
            (self.run, "export.run", tr("Run"), 0, 0),
            (self.format, "export.format", tr("Format"), 0, 1),
            (self.target, "export.to", tr("New folder"), 3, 0),
        )
        for field, name, label, row, column in fields:
            field.setObjectName(name)
            field.setAccessibleName(label)
            caption = Caption(label)
            caption.setBuddy(field)
            grid.addWidget(caption, row, column)
            grid.addWidget(field, row + 1, column, 1, 2 if field is self.target else 1)
            grid.setColumnStretch(column, 1)
        grid.setRowMinimumHeight(2, GRID)
        grid.addWidget(self.browse_button, 4, 2)
        card.body.addLayout(grid)
        return card

    def _connect(self) -> None:
        self.run.currentIndexChanged.connect(self._on_run)
        self.format.currentIndexChanged.connect(self._show_card)
        self.target.textChanged.connect(self._enable)
        self.browse_button.clicked.connect(self._browse)
        self.export_button.clicked.connect(self.start)
        self.outcome.open_wanted.connect(lambda folder: QDesktopServices.openUrl(QUrl.fromLocalFile(folder)))
        self.command.progressed.connect(self.outcome.show_step)
        self.command.done.connect(self._on_done)
        self.command.failed.connect(self._on_failed)
        self._empty.clicked.connect(lambda: self.workspace.tab_wanted.emit("train"))
        self.workspace.project_changed.connect(self.refresh)
        self.workspace.runs_changed.connect(self.refresh)
        self._enable()

    def refresh(self) -> None:
        """List the runs that can be exported."""
        if not self.workspace.has_project or self.outcome.working:
            return
        project = self.workspace.project

        def done(found: Found) -> None:
            if project is self.workspace.project:
                self._offer(found)

        jobs.start(self, lambda _report: exportable(project), done=done, failed=self._notice.error)

    def _offer(self, found: Found) -> None:
        self._pages.setCurrentWidget(self._page if found else self._empty)
        self.export_button.setVisible(bool(found))
        if found == self._found:
            return
        self._found = found
        chosen = self.run.currentData()
        self.run.blockSignals(True)
        self.run.clear()
        for run, label, _formats in found:
            self.run.addItem(label, run)
        self.run.setCurrentIndex(max(self.run.findData(chosen), 0) if found else -1)
        self.run.blockSignals(False)
        self._on_run()

    def _on_run(self) -> None:
        """Propose formats and a folder, and show the card that will be written."""
        run, project = self.run.currentData(), self.workspace.project
        self._offer_formats()
        self.run.setToolTip(self.run.currentText())
        self.target.clear()  # the folder of another run must not be taken for this one's
        if not run:
            return

        def done(folder: Path) -> None:
            if run == self.run.currentData():
                self.target.setText(str(folder))

        jobs.start(self, lambda _report: free_folder(project, run), done=done, failed=self._notice.error)
        self._show_card()

    def _offer_formats(self) -> None:
        """Offer what the result of this run can become; the first is the recommended one."""
        offered = next((formats for run, _label, formats in self._found if run == self.run.currentData()), {})
        self.format.blockSignals(True)
        self.format.clear()
        for name, label in offered.items():
            self.format.addItem(tr(label), name)
        self.format.blockSignals(False)

    def _show_card(self) -> None:
        """Show the card that goes with the chosen run and format."""
        chosen = run, format = self.run.currentData(), self.format.currentData()
        project = self.workspace.project

        def done(card: str) -> None:
            if chosen == (self.run.currentData(), self.format.currentData()):
                self.outcome.show_card(card)

        def work(_report: jobs.Report) -> str:
            return cards.card(project, Run(project.runs_folder / run), format)

        if run:
            jobs.start(self, work, done=done, failed=self._notice.error)

    def _browse(self) -> None:
        parent = QFileDialog.getExistingDirectory(self, tr("Folder to put the export in"), str(Path.home()))
        if parent:
            self.target.setText(str(Path(parent) / str(self.run.currentData())))

    def _enable(self) -> None:
        ready = bool(self.target.text().strip()) and self.run.count() > 0
        self.export_button.setEnabled(ready and not self.outcome.working)

    def start(self) -> None:
        """Export in a process of its own."""
        run, format = self.run.currentData(), self.format.currentData()
        target = Path(self.target.text().strip()).expanduser()
        self._notice.clear()
        self.outcome.begin()
        self._enable()
        self.command.start(
            "export", self.workspace.project.path, "--run", run, "--format", format, "--to", target.absolute()
        )

    def _on_done(self, result: dict[str, Any]) -> None:
        self.outcome.show_done(result["path"], result["max_difference"], result.get("note", ""))
        self._enable()
        self.export_button.setEnabled(False)  # there is an export in this folder now; another folder enables it

    def _on_failed(self, sentence: str, detail: str) -> None:
        self.outcome.show_failed()
        self._notice.error(sentence, detail)
        self._enable()
