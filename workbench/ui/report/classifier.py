"""The report of a classifier: on the left its numbers, on the right the rows behind the one that was chosen."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.reports import Report
from workbench.core.runs import Run
from workbench.ui.report.explain import Explainer
from workbench.ui.report.headline import Headline
from workbench.ui.report.labels import LabelTable
from workbench.ui.report.matrix import ConfusionMatrix
from workbench.ui.report.rows import RowsPanel
from workbench.ui.report.trying import TryPanel
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption
from workbench.ui.widgets.reliability_plot import ReliabilityPlot
from workbench.ui.widgets.segments import Segments

NARROW = 80
"""Letters beside one another up to which the rows are below the numbers."""

LINES = 16
"""Of text for which there is room in either; else all of it scrolls."""


class ClassifierReport(QWidget):
    """Headline, confusion matrix, labels, reliability, a field to try it, and the rows.

    Signals:
        failed(str, str): A sentence for a person, and the detail.
    """

    failed = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.report_classifier")
        self._headline = Headline()
        self._matrix = ConfusionMatrix()
        self._labels = LabelTable()
        self._curve = ReliabilityPlot("train.report_curve")
        self._calibration = Caption("")
        self._try = TryPanel()
        self._explainer = Explainer()
        self.rows = RowsPanel(self._explainer)
        self._split = QSplitter()
        self._segments = Segments()
        self._stack = QStackedWidget()
        self._pages: dict[QAbstractButton, tuple[QWidget, Callable[[Report], None]]] = {}
        self._stale: dict[QAbstractButton, Report] = {}
        self._matrix_button = self._page(tr("Confusion matrix"), "matrix", self._matrix, self._fill_matrix)
        self._labels_button = self._page(tr("Labels"), "labels", self._labels, self._fill_labels)
        self._page(tr("Confidence"), "confidence", self._confidence(), self._fill_confidence)
        self._page(tr("Try it"), "try", self._try, lambda report: None)
        self._segments.group.buttonClicked.connect(self._show_page)
        self._matrix.wanted.connect(self.rows.show_cell)
        self._labels.wanted.connect(self.rows.show_label)
        self.rows.mistakes_shown.connect(self._matrix.choose_none)
        self.rows.mistakes_shown.connect(self._labels.choose_none)
        self.rows.read.connect(lambda rows: self._try.show_pairs(any(rows.pairs)))
        self.rows.failed.connect(self.failed)
        self._try.failed.connect(self.failed)
        self._explainer.failed.connect(self.failed)
        self._lay_out()

    def _page(self, text: str, name: str, page: QWidget, fill: Callable[[Report], None]) -> QAbstractButton:
        button = self._segments.add(text, f"train.report_{name}")
        self._pages[button] = page, fill
        self._stack.addWidget(page)
        return button

    def _show_page(self, button: QAbstractButton) -> None:
        """Bring a page to the front; it is filled when it is first looked at."""
        page, fill = self._pages[button]
        if report := self._stale.pop(button, None):
            fill(report)
        self._stack.setCurrentWidget(page)

    def _confidence(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._curve, 1)
        column.addWidget(self._calibration)
        return page

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self._segments, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self._stack, 1)
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(GRID * 2)
        self._split.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # see `resizeEvent`
        for number, part in enumerate((left, self.rows)):
            self._split.addWidget(part)
            self._split.setStretchFactor(number, 1)
        inside = QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(GRID)
        whole.addWidget(self._headline)
        whole.addWidget(self._split, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(inside))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the rows below the numbers where the window is narrow, for large text at least."""
        super().resizeEvent(event)
        wide = self.width() > NARROW * self.fontMetrics().averageCharWidth()
        self._split.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        self._split.setSizes([1000, 1000])  # halves, whatever the pages would like
        self._split.setMinimumHeight((1 if wide else 2) * LINES * self.fontMetrics().height())

    def show_report(self, project: Project, run: Run, task: str, report: Report) -> None:
        """Show the report of a run."""
        self._headline.show_report(report)
        self._stale = dict.fromkeys(self._pages, report)
        self._try.show_run(project, run.id, report)
        self._explainer.show_run(project, run.id, task)
        self.rows.show_report(run, report, project.path / report.data_path)
        self._matrix_button.setVisible(not report.several)
        chosen = self._segments.group.checkedButton()
        if chosen is None or (report.several and chosen is self._matrix_button):
            chosen = self._labels_button if report.several else self._matrix_button
            chosen.setChecked(True)
        if self.isVisible():
            self._show_page(chosen)

    def showEvent(self, event: QShowEvent) -> None:
        """Fill the page that is seen."""
        super().showEvent(event)
        if chosen := self._segments.group.checkedButton():
            self._show_page(chosen)

    def _fill_matrix(self, report: Report) -> None:
        self._matrix.show_counts(report.labels, report.confusion)

    def _fill_labels(self, report: Report) -> None:
        self._labels.show_labels(report.by_label)

    def _fill_confidence(self, report: Report) -> None:
        self._curve.show_bins(report.reliability)
        self._calibration.setText(
            tr(
                "Confidence and share differ by {points} points on average. The numbers count rows; the bars show "
                "where the true share lies, 90 times in 100.",
                points=f"{100 * report.calibration_error:.1f}",
            )
        )

    def shut(self) -> None:
        """End what runs for it."""
        self._try.shut()
        self._explainer.shut()
