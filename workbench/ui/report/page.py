"""The Report view of a run: that of a classifier, or what was measured before and after."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.core import events, reports
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.reports import Report
from workbench.core.runs import Run
from workbench.runtime import jobs
from workbench.ui.report.classifier import ClassifierReport
from workbench.ui.report.measures import BeforeAfter, Evaluations
from workbench.ui.widgets.empty_state import EmptyState


class ReportPage(QWidget):
    """Looks whether a run has a report, and shows it.

    Signals:
        found(): There is something to show.
        failed(str, str): A sentence for a person, and the detail.
    """

    found = Signal()
    failed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.report")
        self._project: Project | None = None
        self._run: Run | None = None
        self._evaluations = Evaluations()
        self._kept = 0
        self._empty = EmptyState(
            "info", tr("No report yet"), tr("It is written when the training ends, from what was held out.")
        )
        self._classifier = ClassifierReport()
        self._classifier.failed.connect(self.failed)
        self._measures = BeforeAfter()
        self._pages = QStackedWidget()
        for page in (self._empty, self._classifier, self._measures):
            self._pages.addWidget(page)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._pages)

    def show_run(self, project: Project, run: Run) -> None:
        """Begin with another run."""
        self.shut()
        self._project, self._run = project, run
        self._evaluations, self._kept = Evaluations(), 0
        self._pages.setCurrentWidget(self._empty)
        self.look()

    def look(self) -> None:
        """Look for the report again, in the background: the run has ended, say."""
        project, run = self._project, self._run
        if project is None or run is None:
            return

        def done(found: tuple[Report | None, str, int]) -> None:
            if run is self._run:
                report, task, self._kept = found
                if report is not None:
                    self._classifier.show_report(project, run, task, report)
                    self._show(self._classifier)
                else:
                    self._compare()

        def work(_report: jobs.Report) -> tuple[Report | None, str, int]:
            return reports.load(run), run.spec().task, int(run.result_info().get("best_step") or 0)

        jobs.start(self, work, done=done, failed=self.failed.emit)

    def take(self, batch: list[events.AnyEvent]) -> None:
        """Take up what was measured among some events."""
        if self._evaluations.add(batch):
            self._compare()

    def shut(self) -> None:
        """End what runs for it."""
        self._classifier.shut()

    def _compare(self) -> None:
        shows_classifier = self._pages.currentWidget() is self._classifier
        if not shows_classifier and self._measures.show_evaluations(self._evaluations, self._kept):
            self._show(self._measures)

    def _show(self, page: QWidget) -> None:
        self._pages.setCurrentWidget(page)
        self.found.emit()
