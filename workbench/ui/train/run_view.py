"""One run: what it does, its curves, what it wrote, its settings, its log, and its report."""

from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from workbench.core import events
from workbench.core.i18n import tr
from workbench.core.runs import Run, Story
from workbench.core.spec import RunSpec
from workbench.runtime import jobs
from workbench.runtime.ending import Ending
from workbench.runtime.follower import RunFollower
from workbench.ui.theme.metrics import GRID
from workbench.ui.train.curves import FRAME, Curves
from workbench.ui.train.facts import Facts
from workbench.ui.train.header import RunHeader, writes_samples
from workbench.ui.train.log import LogView
from workbench.ui.train.samples import Samples
from workbench.ui.train.views import Views
from workbench.ui.widgets.empty_state import EmptyState
from workbench.ui.widgets.fold import Fold
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


class RunView(QWidget):
    """Shows a run, live or long ended; it follows the run's events from the first to the last.

    Signals:
        new_wanted(): Put a new run together.
    """

    new_wanted = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._run: Run | None = None
        self._follower: RunFollower | None = None
        self._story = Story()
        self._state = "waiting"
        self._offered = ""
        self._header = RunHeader()
        self._notice = Notice()
        self._curves = Curves()
        self._samples = Samples()
        self._facts = Facts()
        self._below = QTabWidget()
        self._log = LogView()
        self._pages = QStackedWidget()
        self._was_live = False
        self._timer = QTimer(self, interval=FRAME, singleShot=True)
        self._timer.timeout.connect(self._show_state)
        self._lay_out()
        self._header.new.connect(self.new_wanted)
        self._header.stop.connect(self._on_stop)
        self._header.resume.connect(self._on_resume)
        self._header.save.connect(lambda: self._ask("save"))
        self._header.sample.connect(lambda: self._ask("sample"))
        self._header.go_on.connect(workspace.tab_wanted)
        self._views.ready.connect(self._offer_report)
        self._views.opened.connect(self._on_report)
        self._views.report.failed.connect(self._notice.error)
        workspace.failed.connect(lambda *_: self._show_state())  # a resume that was refused may be tried again

    def _lay_out(self) -> None:
        none = EmptyState("train", tr("No points yet"), tr("The curves begin with the first steps of the training."))
        self._pages.addWidget(none)
        self._pages.addWidget(self._curves)
        self._below.setObjectName("train.below")
        self._below.setDocumentMode(True)
        self._below.addTab(self._samples, tr("Samples"))
        self._below.addTab(self._facts, tr("Settings of this run"))
        split = QSplitter(Qt.Orientation.Vertical)
        split.setChildrenCollapsible(False)
        split.setHandleWidth(GRID)
        split.addWidget(self._pages)
        split.addWidget(self._below)
        split.setStretchFactor(0, 3)
        split.setStretchFactor(1, 1)
        fold = Fold(tr("Log"), self._log, "train.log")
        fold.toggled.connect(self._log.set_open)
        curves = QWidget()
        column = QVBoxLayout(curves)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(split, 1)
        column.addWidget(fold)
        self._views = Views(curves)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._header)
        layout.addWidget(self._notice)
        layout.addWidget(self._views, 1)

    @property
    def run(self) -> Run | None:
        """The run that is shown."""
        return self._run

    @property
    def curves(self) -> Curves:
        """Its curves."""
        return self._curves

    def show_run(self, run: Run) -> None:
        """Show a run from its first event on."""
        self.leave()
        self._run, self._story, self._state, self._was_live = run, Story(), "waiting", False
        self._notice.clear()
        self._curves.clear()
        self._samples.clear_all()
        self._facts.setRowCount(0)
        self._pages.setCurrentIndex(0)
        self._log.show_run(run)
        self._views.show_run(self._workspace.project, run)
        self._header.show_run(run.id, "")
        self._show_state()

        def described(spec: RunSpec) -> None:
            if run is self._run:
                self._header.show_run(spec.name, spec.task)
                self._below.setTabVisible(0, writes_samples(spec.task))
                self._facts.show_spec(spec)

        jobs.start(self, lambda _report: run.spec(), done=described, failed=self._notice.error)
        follower = RunFollower(run, self)
        follower.events.connect(self._take)
        follower.state_changed.connect(self._on_state)
        follower.ended.connect(self._on_ended)
        self._follower = follower

    def leave(self) -> None:
        """Follow the run no longer; it goes on."""
        self._views.report.shut()
        if self._follower is not None:
            self._follower.close()
            self._follower.deleteLater()
            self._follower = None

    def _take(self, batch: list[events.AnyEvent]) -> None:
        for event in batch:
            self._story.add(event)
            if isinstance(event, events.Note):
                (self._notice.warn if event.level == "warning" else self._notice.info)(event.text)
        self._curves.take(batch)
        self._samples.take(batch)
        self._views.report.take(batch)
        if self._curves.metrics():
            self._pages.setCurrentIndex(1)
        if not self._timer.isActive():
            self._timer.start()

    def _on_state(self, state: str) -> None:
        self._was_live = self._was_live or state == "running"
        self._state = state
        self._show_state()

    def _show_state(self) -> None:
        stopping = self._run is not None and self._workspace.live.is_stopping(self._run)
        self._header.show_state("stopping" if stopping and self._state == "running" else self._state, self._story)

    def _on_ended(self, how: Ending) -> None:
        if how.state in ("failed", "died"):
            self._notice.error(how.sentence, how.detail)
        elif how.state == "stopped":
            self._notice.info(how.sentence)
        if self._was_live:
            self._views.look(offer=how.state == "finished")
        self._workspace.runs_changed.emit()

    def _offer_report(self) -> None:
        self._notice.offer(tr("The report of this run is ready."), tr("Open the report"), self._views.show_report)
        self._offered = self._notice.text()

    def _on_report(self) -> None:
        if self._notice.text() == self._offered:  # a warning about the run stays
            self._notice.clear()

    def _on_stop(self) -> None:
        if self._run is not None:
            self._workspace.live.stop(self._run)
            self._show_state()

    def _on_resume(self) -> None:
        if self._run is not None:
            self._notice.clear()
            self._header.show_resuming()
            self._workspace.resume(self._run)

    def _ask(self, command: Literal["save", "sample"]) -> None:
        run = self._run
        if run is not None:
            jobs.start(self, lambda _report: run.ask(command), failed=self._notice.error)
