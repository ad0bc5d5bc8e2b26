"""The rows behind a number of the report: the most confident mistakes, a cell, a label."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.report_rows import ReportRows
from workbench.ui.report.explain import Explainer
from workbench.ui.report.pictures import PictureList
from workbench.ui.report.texts import TextList
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import QuietButton
from workbench.ui.widgets.labels import Caption, Heading
from workbench.ui.widgets.segments import Segments


class RowsPanel(QWidget):
    """Shows rows as a table of texts or as pictures, under a line that says which ones they are.

    Args:
        explainer: Finds out what the model looked at, where it can.

    Signals:
        mistakes_shown(): The most confident mistakes are shown again.
    """

    mistakes_shown = Signal()

    def __init__(self, explainer: Explainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: ReportRows | None = None
        self._folder = Path()
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
        self._which.group.buttonClicked.connect(self._show_which)
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

    def show_report(self, rows: ReportRows, folder: Path) -> None:
        """Show the most confident mistakes of a report.

        Args:
            rows: All of its rows.
            folder: Of the data set, below which images lie.
        """
        self._rows, self._folder = rows, folder
        self.show_mistakes()

    def show_mistakes(self) -> None:
        """Show the mistakes that the model is most sure of."""
        rows = self._known()
        none = tr("There is no mistake among the {count} held-out rows.", count=f"{rows.report.rows:,}")
        self._show(tr("Most confident mistakes"), rows.report.mistakes, none, is_start=True)
        self.mistakes_shown.emit()

    def show_cell(self, truth: int, said: int) -> None:
        """Show the rows of one label that are taken for another, or rightly for it."""
        rows = self._known()
        numbers, labels = rows.cell(truth, said), rows.report.labels
        words = {"count": f"{len(numbers):,}", "truth": labels[truth], "said": labels[said]}
        if truth == said:
            title = tr("{count} rows: “{truth}”, and the model says so", **words)
        else:
            title = tr("{count} rows: “{truth}”, and the model says “{said}”", **words)
        self._show(title, numbers, tr("There is no such row."))

    def show_label(self, label: int) -> None:
        """Show what was missed of a label, and offer what it was wrongly given to and rightly found on."""
        self._label = label
        rows = self._known()
        self._missed.setText(tr("Missed ({count})", count=f"{len(rows.missed(label)):,}"))
        self._wrong.setText(tr("Wrongly given ({count})", count=f"{len(rows.wrongly_given(label)):,}"))
        self._found.setText(tr("Found ({count})", count=f"{len(rows.found(label)):,}"))
        if not self._which.group.checkedButton():
            self._missed.setChecked(True)
        self._show_which()

    def _show_which(self) -> None:
        rows, label = self._known(), self._label
        find: dict[QPushButton, Callable[[int], list[int]]] = {
            self._missed: rows.missed,
            self._wrong: rows.wrongly_given,
            self._found: rows.found,
        }
        numbers = next(ways(label) for button, ways in find.items() if button.isChecked())
        title = tr("Label “{label}”", label=rows.report.labels[label])
        self._show(title, numbers, tr("There is no such row."), is_label=True)

    def _show(
        self, title: str, numbers: Sequence[int], none: str, *, is_start: bool = False, is_label: bool = False
    ) -> None:
        rows = self._known()
        self._title.setText(title)
        self._mistakes.setVisible(not is_start)
        self._which.setVisible(is_label)
        pictures = rows.report.medium == "image"
        self._explainer.setVisible(pictures and self._explainer.can and bool(numbers))
        if not numbers:
            self._none.setText(none)
            self._stack.setCurrentWidget(self._none)
        elif pictures:
            self._pictures.show_rows(rows, numbers, self._folder)
            self._stack.setCurrentWidget(self._pictures)
        else:
            self._texts.show_rows(rows, numbers)
            self._stack.setCurrentWidget(self._texts)

    def _show_explainable(self) -> None:
        self._explainer.show_selected(len(self._pictures.selected_files()))
        self._pictures.show_overlays(self._explainer.overlays)

    def _known(self) -> ReportRows:
        assert self._rows is not None
        return self._rows
