"""What a model says of one row, and how likely it takes each label."""

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.report_rows import ReportRows
from workbench.ui.data.cells import one_line
from workbench.ui.report.score_bars import MOST, ScoreBars
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption


def labels_text(labels: list[str]) -> str:
    """Return labels on one line; several, or none at all, where a row may have them."""
    return one_line(tr(", ").join(labels)) or tr("no label")


class RowFacts(QWidget):
    """The verdict in words, and the likeliest labels as bars.

    Args:
        name: First part of the objectNames.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setMinimumWidth(GRID * 24)
        self._verdict = QLabel()
        self._verdict.setObjectName(f"{name}_verdict")
        self._verdict.setWordWrap(True)
        self._before = Caption("")
        self._bars = ScoreBars(f"{name}_scores")
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, GRID, 0)
        column.setSpacing(GRID)
        column.addWidget(self._verdict)
        column.addWidget(self._before)
        column.addWidget(self._bars)
        column.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(inside))

    def show_row(self, rows: ReportRows, number: int) -> None:
        """Show what is known of a row."""
        words = {"label": labels_text(rows.said_labels(number)), "share": f"{100 * rows.sure[number]:.1f}"}
        if rows.is_right(number):
            self._verdict.setText(tr("{label}, {share} % sure: right", **words))
        else:
            truth = labels_text(rows.true_labels(number))
            self._verdict.setText(tr("{label}, {share} % sure: wrong, it is {truth}", **words, truth=truth))
        self._before.setVisible(len(rows.before) > 0)
        self._before.setText(tr("Before the training: {labels}", labels=labels_text(rows.said_before(number))))
        self._bars.show_scores(rows.likeliest(number, MOST), rows.true_labels(number))
