"""The two ways to see a run: its curves, and its report."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.ui.report.page import ReportPage
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.segments import Segments


class Views(QWidget):
    """Curves or report; a person who looks at reports goes on to do so with the next run that has one.

    Attributes:
        report: The report of the run that is shown.

    Args:
        curves: The other view.

    Signals:
        ready(): The run has just ended and has a report, which is not in front.
        opened(): The report was brought to the front.
    """

    ready = Signal()
    opened = Signal()

    def __init__(self, curves: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.report = ReportPage()
        self._wants_report = False
        self._offers = False
        self._segments = Segments()
        self._curves_button = self._segments.add(tr("Curves"), "train.curves_view")
        self._report_button = self._segments.add(tr("Report"), "train.report_view")
        self._segments.group.buttonClicked.connect(self._choose)
        self._stack = QStackedWidget()
        self._stack.addWidget(curves)
        self._stack.addWidget(self.report)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._segments, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._stack, 1)
        self.report.found.connect(self._on_found)

    def show_run(self, project: Project, run: Run) -> None:
        """Begin with another run."""
        self._offers = False
        self._report_button.setEnabled(False)
        self._report_button.setToolTip(tr("There is no report yet: it is written when the training ends."))
        self._show(False)
        self.report.show_run(project, run)

    def look(self, *, offer: bool) -> None:
        """Look for the report of the run, which has just ended, and perhaps offer it."""
        self._offers = offer
        self.report.look()

    def show_report(self) -> None:
        """Bring the report to the front."""
        self._wants_report = True
        self._show(True)

    def _choose(self) -> None:
        self._wants_report = self._report_button.isChecked()
        self._show(self._wants_report)

    def _show(self, report: bool) -> None:
        (self._report_button if report else self._curves_button).setChecked(True)
        self._stack.setCurrentIndex(1 if report else 0)
        if report:
            self.opened.emit()

    def _on_found(self) -> None:
        self._report_button.setEnabled(True)
        self._report_button.setToolTip("")
        if self._wants_report:
            self._show(True)
        elif self._offers:
            self._offers = False
            self.ready.emit()
