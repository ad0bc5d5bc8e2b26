"""The Train tab: a new run, one to look at, or a study of how much data is needed or which adapter is best."""

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import mark
from workbench.core.runs import Run
from workbench.ui.bake_off.page import BakeOffPage
from workbench.ui.study.page import StudyPage
from workbench.ui.tab import Tab
from workbench.ui.theme.metrics import GRID
from workbench.ui.train.run_view import RunView
from workbench.ui.train.start_panel import StartPanel
from workbench.ui.workspace import Workspace


class TrainTab(Tab):
    """The start panel, the run that was chosen, or a study."""

    name = "train"
    label = mark("Train")
    icon = "train"

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, parent)
        self.start_panel = StartPanel(workspace)
        self.run_view = RunView(workspace)
        self.study_page = StudyPage(workspace)
        self.bake_off_page = BakeOffPage(workspace)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.start_panel)
        self._pages.addWidget(self.run_view)
        self._pages.addWidget(self.study_page)
        self._pages.addWidget(self.bake_off_page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 3, GRID * 3, GRID * 3, GRID)
        layout.addWidget(self._pages)
        self.run_view.new_wanted.connect(self._show_start)
        self.start_panel.study_wanted.connect(self._show_study)
        self.start_panel.bake_off_wanted.connect(self._show_bake_off)
        for page in (self.study_page, self.bake_off_page):
            page.back.connect(self._show_start)
        workspace.run_selected.connect(self.show_run)
        workspace.draft_changed.connect(self._show_start)
        workspace.project_changed.connect(self._show_start)

    def refresh(self) -> None:
        """Look what there is to train on."""
        self.start_panel.refresh()

    def show_run(self, run: str) -> None:
        """Show a run of the project."""
        self.run_view.show_run(Run(self.workspace.project.runs_folder / run))
        self._pages.setCurrentWidget(self.run_view)

    def shut(self) -> None:
        """Follow nothing any more."""
        self.run_view.leave()
        self.start_panel.shut()

    def _show_start(self) -> None:
        self.run_view.leave()
        self._pages.setCurrentWidget(self.start_panel)

    def _show_study(self) -> None:
        self.study_page.begin(self.start_panel.request())
        self._pages.setCurrentWidget(self.study_page)

    def _show_bake_off(self) -> None:
        self.bake_off_page.begin(self.start_panel.request())
        self._pages.setCurrentWidget(self.bake_off_page)
