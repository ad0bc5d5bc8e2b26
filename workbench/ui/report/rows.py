"""The rows behind a number of the report: the most confident mistakes, a cell, a label."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from workbench.core import report_rows
from workbench.core.i18n import tr
from workbench.core.report_rows import ReportRows
from workbench.core.reports import Report
from workbench.core.runs import Run
from workbench.runtime import jobs
from workbench.ui.report.explain import Explainer
from workbench.ui.report.pictures import PictureList
from workbench.ui.report.texts import TextList
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.segments import Segments

SETTLE = 100
"""Milliseconds that the numbers get to appear before the rows are read."""

Find = Callable[[int], list[int]]
"""Numbers of the rows that are so for a label."""


class RowsPanel(QWidget):
    """Shows rows as a table of texts or as pictures, under a line that says which ones they are.

    They are read when the panel is first seen; what is asked for meanwhile is shown then.

    Args:
        explainer: Finds out what the model looked at, where it can.

    Signals:
        read(object): The rows are here: all `ReportRows`.
        mistakes_shown(): The most confident mistakes are shown again.
        failed(str, str): The rows cannot be read: a sentence, and the detail.
    """

    read = Signal(object)
    mistakes_shown = Signal()
    failed = Signal(str, str)

    def __init__(self, explainer: Explainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source: tuple[Run, Report, Path] | None = None
        self._rows: ReportRows | None = None
        self._reading = False
        self._wish: Callable[[ReportRows], None] = self._show_mistakes
        self._label = 0
        self._explainer = explainer
        self._title = Heading("")
        self._title.setObjectName("train.report_rows_title")
        self._mistakes = QuietButton(tr("Most confident mistakes"), "train.report_mistakes")
        self._mistakes.clicked.connect(self.show_mistakes)
        self._which = Segments()
        self._missed = self._which.add("", "train.report_missed")
        self._wrong = self._which.add("", "train.report_wrongly_given")
        self._found = self._which.add("", "train.report_found")
        self._missed.setChecked(True)
        self._which.group.buttonClicked.connect(lambda _button: self._when_read(self._show_which))
        self._none = Caption("")
        self._texts = TextList()
        self._pictures = PictureList()
        self._stack = QStackedWidget()
        for page in (self._texts, self._pictures, self._none):
            self._stack.addWidget(page)
        self._lay_out()
        self._pictures.selected.connect(self._show_explainable)
        explainer.changed.connect(self._show_explainable)
        explainer.button.clicked.connect(lambda: explainer.explain(self._pictures.selected_files()))

    def _lay_out(self) -> None:
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._title, 1)
        head.addWidget(self._mistakes, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._which, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self._explainer)

    def show_report(self, run: Run, report: Report, folder: Path) -> None:
        """Show the most confident mistakes of a report.

        Args:
            run: Has the rows.
            report: What they are behind.
            folder: Of the data set, below which images lie.
        """
        self._source, self._rows, self._reading = (run, report, folder), None, False
        self._say(tr("Reading the rows …"))
        self.show_mistakes()
        if self.isVisible():
            self._read()

    def showEvent(self, event: QShowEvent) -> None:
        """Read the rows, once the rest of the report is there."""
        super().showEvent(event)
        QTimer.singleShot(SETTLE, self, self._read)

    def _read(self) -> None:
        source = self._source
        if source is None or self._rows is not None or self._reading:
            return
        self._reading = True

        def done(rows: ReportRows) -> None:
            if source is self._source:
                self._rows = rows
                self.read.emit(rows)
                self._wish(rows)

        def failed(sentence: str, detail: str) -> None:
            if source is self._source:
                self._say(sentence)
                self.failed.emit(sentence, detail)

        jobs.start(self, lambda _report: report_rows.load(source[0], source[1]), done=done, failed=failed)

    def show_mistakes(self) -> None:
        """Show the mistakes that the model is most sure of."""
        self._when_read(self._show_mistakes)
        self.mistakes_shown.emit()

    def show_cell(self, truth: int, said: int) -> None:
        """Show the rows of one label that are taken for another, or rightly for it."""
        self._when_read(partial(self._show_cell, truth=truth, said=said))

    def show_label(self, label: int) -> None:
        """Show what was missed of a label, or what it was wrongly given to or rightly found on."""
        self._label = label
        self._when_read(self._show_which)

    def _when_read(self, wish: Callable[[ReportRows], None]) -> None:
        self._wish = wish
        if self._rows is not None:
            wish(self._rows)

    def _show_mistakes(self, rows: ReportRows) -> None:
        none = tr("There is no mistake among the {count} held-out rows.", count=f"{rows.report.rows:,}")
        self._show(rows, tr("Most confident mistakes"), rows.report.mistakes, none, is_start=True)

    def _show_cell(self, rows: ReportRows, truth: int, said: int) -> None:
        numbers, labels = rows.cell(truth, said), rows.report.labels
        words = {"count": f"{len(numbers):,}", "truth": labels[truth], "said": labels[said]}
        if truth == said:
            title = tr("{count} rows: “{truth}”, and the model says so", **words)
        else:
            title = tr("{count} rows: “{truth}”, and the model says “{said}”", **words)
        self._show(rows, title, numbers, tr("There is no such row."))

    def _show_which(self, rows: ReportRows) -> None:
        ways: dict[QPushButton, Find] = {
            self._missed: rows.missed,
            self._wrong: rows.wrongly_given,
            self._found: rows.found,
        }
        numbers = {button: find(self._label) for button, find in ways.items()}
        self._missed.setText(tr("Missed ({count})", count=f"{len(numbers[self._missed]):,}"))
        self._wrong.setText(tr("Wrongly given ({count})", count=f"{len(numbers[self._wrong]):,}"))
        self._found.setText(tr("Found ({count})", count=f"{len(numbers[self._found]):,}"))
        title = tr("Label “{label}”", label=rows.report.labels[self._label])
        chosen = next(places for button, places in numbers.items() if button.isChecked())
        self._show(rows, title, chosen, tr("There is no such row."), is_label=True)

    def _show(
        self,
        rows: ReportRows,
        title: str,
        numbers: Sequence[int],
        none: str,
        *,
        is_start: bool = False,
        is_label: bool = False,
    ) -> None:
        assert self._source is not None
        if not numbers:
            self._say(none)
        elif rows.report.medium == "image":
            self._pictures.show_rows(rows, numbers, self._source[2])
            self._stack.setCurrentWidget(self._pictures)
        else:
            self._texts.show_rows(rows, numbers)
            self._stack.setCurrentWidget(self._texts)
        self._title.setText(title)
        self._mistakes.setVisible(not is_start)
        self._which.setVisible(is_label)
        self._explainer.setVisible(self._stack.currentWidget() is self._pictures and self._explainer.can)

    def _say(self, text: str) -> None:
        """Show a sentence in the place of rows."""
        self._none.setText(text)
        self._stack.setCurrentWidget(self._none)
        self._title.clear()
        for widget in (self._mistakes, self._which, self._explainer):
            widget.hide()

    def _show_explainable(self) -> None:
        self._explainer.show_selected(len(self._pictures.selected_files()))
        self._pictures.show_overlays(self._explainer.overlays)
