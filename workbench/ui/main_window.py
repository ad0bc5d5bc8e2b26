"""The main window: the rail, the list of runs, the tab in front, the status line."""

from pathlib import Path

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.runtime.ending import Ending
from workbench.ui.data.tab import DataTab
from workbench.ui.export.tab import ExportTab
from workbench.ui.memory import Memory
from workbench.ui.model.tab import ModelTab
from workbench.ui.rank.tab import RankTab
from workbench.ui.runs.panel import RunPanel
from workbench.ui.shell.menu import WindowMenu
from workbench.ui.shell.rail import Rail
from workbench.ui.shell.status import StatusLine
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.train.tab import TrainTab
from workbench.ui.widgets.notice import Notice
from workbench.ui.wizard.wizard import FirstRunWizard
from workbench.ui.workspace import Workspace

SMALLEST = (1024, 640)


class MainWindow(QMainWindow):
    """Shows one project.

    Args:
        workspace: Has the project open.
        memory: How the window looked when it was closed last.

    Signals:
        remembered(object): A `Memory` with what has changed.
        language_chosen(str): Another language was chosen; this window is to be replaced.
        closed(): The window is gone.
    """

    remembered = Signal(object)
    language_chosen = Signal(str)
    closed = Signal()

    def __init__(self, workspace: Workspace, memory: Memory) -> None:
        super().__init__()
        self.setObjectName("window")
        self._workspace = workspace
        self.memory = memory
        kinds: list[type[Tab]] = [DataTab, ModelTab, TrainTab, RankTab, ExportTab]
        self._tabs = {kind.name: kind(workspace) for kind in kinds}
        self.menu = WindowMenu(memory, self)
        self._rail = Rail(list(self._tabs.values()), self.menu)
        self._runs = RunPanel(workspace)
        self._notice = Notice()
        self._stack = QStackedWidget()
        for tab in self._tabs.values():
            self._stack.addWidget(tab)
        self._wizard: FirstRunWizard | None = None
        self._lay_out()
        self._connect()
        self._on_project()
        self.show_tab("data")

    def _lay_out(self) -> None:
        middle = QVBoxLayout()
        middle.setSpacing(0)
        notices = QVBoxLayout()
        notices.setContentsMargins(GRID * 3, GRID, GRID * 3, 0)
        notices.addWidget(self._notice)
        middle.addLayout(notices)
        middle.addWidget(self._stack, 1)
        row = QHBoxLayout()
        row.setSpacing(0)
        row.addWidget(self._rail)
        row.addWidget(self._runs)
        row.addLayout(middle, 1)
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(StatusLine(self._workspace))
        self.setCentralWidget(inside)
        self.setMinimumSize(*SMALLEST)
        self.resize(*self.memory.size)
        self._fold_runs(self.memory.runs_folded)
        self._rail.show_folded(self.memory.runs_folded)

    def _connect(self) -> None:
        self._rail.chosen.connect(self.show_tab)
        self._rail.runs_folded.connect(self._fold_runs)
        self.menu.project_wanted.connect(self.open_project)
        self.menu.wizard_wanted.connect(self.open_wizard)
        self.menu.language_chosen.connect(self._on_language)
        self.menu.quit_wanted.connect(self.close)
        workspace = self._workspace
        workspace.tab_wanted.connect(self.show_tab)
        workspace.run_selected.connect(lambda _run: self.show_tab("train"))
        workspace.failed.connect(self._notice.error)
        workspace.project_changed.connect(self._on_project)
        workspace.live.ended.connect(self._on_ended)

    def show_tab(self, name: str) -> None:
        """Bring a tab to the front."""
        tab = self._tabs[name]
        self._rail.show_chosen(name)
        self._stack.setCurrentWidget(tab)
        tab.refresh()

    def open_project(self, path: Path) -> None:
        """Open another project, or say why not."""
        self._notice.clear()
        try:
            self._workspace.open(path)
        except UserError as error:
            self._notice.error(error.sentence, error.detail)
            return
        self.show_tab("data")
        self.offer_wizard()

    def open_wizard(self) -> None:
        """Open the first fine-tune; one that is open already comes to the front."""
        if self._wizard is None:
            self._wizard = FirstRunWizard(self._workspace, self)
            self._wizard.destroyed.connect(self._forget_wizard)
        self._wizard.show()
        self._wizard.raise_()

    def offer_wizard(self) -> None:
        """Open the first fine-tune where nothing has been done yet."""
        if FirstRunWizard.is_due(self._workspace.project):
            self.open_wizard()

    def remember(self, **changes: object) -> None:
        """Keep something for the next start."""
        self.memory = msgspec.structs.replace(self.memory, **changes)
        self.remembered.emit(self.memory)

    def _forget_wizard(self) -> None:
        self._wizard = None

    def _on_project(self) -> None:
        path = self._workspace.project.path
        self.setWindowTitle(tr("{project} – Workbench", project=path.name))
        self.memory = self.memory.with_project(path)
        self.remembered.emit(self.memory)
        self.menu.show_recent(self.memory.projects)
        self._runs.refresh()
        current = self._stack.currentWidget()
        if isinstance(current, Tab):
            current.refresh()

    def _on_ended(self, run: str, how: Ending) -> None:
        """Say how a run ended, unless the Train tab, which says it itself, is in front."""
        if self._stack.currentWidget() is self._tabs["train"]:
            return
        if how.state in ("failed", "died"):
            self._notice.error(tr("Run {run}: {sentence}", run=run, sentence=how.sentence), how.detail)
        else:
            self._notice.info(tr("Run {run}: {sentence}", run=run, sentence=how.sentence))

    def _fold_runs(self, folded: bool) -> None:
        self._runs.setVisible(not folded)
        if folded != self.memory.runs_folded:
            self.remember(runs_folded=folded)

    def _on_language(self, code: str) -> None:
        if code != self.memory.language:
            self.remember(language=code)
            self.language_chosen.emit(code)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End what the tabs keep running; trainers go on."""
        self.remember(size=(self.width(), self.height()))
        for tab in self._tabs.values():
            tab.shut()
        super().closeEvent(event)
        self.closed.emit()
