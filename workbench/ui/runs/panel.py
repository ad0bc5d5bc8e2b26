"""The list of runs beside the tabs."""

from PySide6.QtCore import QModelIndex
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStackedLayout, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.runs import Story, Summary
from workbench.runtime import jobs
from workbench.ui.runs.delegate import RunDelegate
from workbench.ui.runs.model import SUMMARY, RunsModel, Summaries
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.workspace import Workspace

WIDTH = 34 * GRID


class RunPanel(QFrame):
    """All runs of the project, newest first; a click shows one in the Train tab."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("runs.panel")
        self._workspace = workspace
        self._summaries = Summaries()
        self._newest = 0
        self._shown = ""
        self._model = RunsModel(self)
        self._list = self._make_list()
        self._lay_out()
        self._list.clicked.connect(self._on_clicked)
        self._list.activated.connect(self._on_clicked)
        workspace.project_changed.connect(self.refresh)
        workspace.runs_changed.connect(self.refresh)
        workspace.run_selected.connect(self._on_selected)
        workspace.live.progressed.connect(self._on_progress)

    def _make_list(self) -> QListView:
        view = QListView()
        view.setObjectName("runs.list")
        view.setAccessibleName(tr("Runs"))
        view.setModel(self._model)
        view.setItemDelegate(RunDelegate(view))
        view.setMouseTracking(True)
        view.setFrameShape(QFrame.Shape.NoFrame)
        view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        return view

    def _lay_out(self) -> None:
        self.setFixedWidth(WIDTH)
        none = QWidget()
        words = QVBoxLayout(none)
        words.setContentsMargins(0, 0, 0, 0)
        words.addWidget(Caption(tr("What you train is listed here, and can be opened again at any time.")))
        words.addStretch()
        self._pages = QStackedLayout()
        self._pages.addWidget(none)
        self._pages.addWidget(self._list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID * 2, GRID * 3, 0, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(Heading(tr("Runs")))
        layout.addLayout(self._pages, 1)

    def refresh(self) -> None:
        """Read the runs anew, in the background."""
        self._newest += 1
        number, project, summaries = self._newest, self._workspace.project, self._summaries

        def done(runs: list[Summary]) -> None:
            if number == self._newest:
                self._model.show(runs)
                self._pages.setCurrentIndex(1 if runs else 0)
                self._mark()

        jobs.start(self, lambda _report: summaries.read(project), done=done, failed=self._workspace.failed.emit)

    def _on_progress(self, run: str, story: Story) -> None:
        self._model.update(run, story)

    def _on_selected(self, run: str) -> None:
        self._shown = run
        self._mark()

    def _mark(self) -> None:
        row = self._model.row(self._shown)
        self._list.setCurrentIndex(self._model.index(row) if row >= 0 else QModelIndex())

    def _on_clicked(self, index: QModelIndex) -> None:
        self._workspace.run_selected.emit(index.data(SUMMARY).run)
