"""The report in one sentence and three numbers, before and after."""

import math

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from workbench.core.i18n import tr
from workbench.core.reports import Report
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.card import Card
from workbench.ui.widgets.labels import ElidedLabel, Title


def percent(share: float) -> str:
    """Return a share in per cent; what is not quite all is never called 100, nor what is not quite nothing 0."""
    whole = round(100 * share)
    if whole in (0, 100) and share not in (0.0, 1.0):
        return f"{math.floor(1000 * share) / 10:.1f}" if whole else f"{math.ceil(1000 * share) / 10:.1f}"
    return f"{whole}"


def sentence(report: Report) -> str:
    """Return how good a classifier has become, in plain words."""
    after, rows = percent(report.after.accuracy), f"{report.rows:,}"
    if report.before is None:
        return tr("{after} % right, on {rows} held-out rows", after=after, rows=rows)
    before = percent(report.before.accuracy)
    return tr(
        "{before} % right before, {after} % after, on {rows} held-out rows", before=before, after=after, rows=rows
    )


class _Figure(QWidget):
    """A number with its name, before and after."""

    def __init__(self, name: str, title: str, help: str) -> None:
        super().__init__()
        self.setToolTip(help)
        label = QLabel(title)
        self._before = QLabel()
        for muted in (label, self._before):
            muted.setProperty("muted", True)
        self._after = QLabel()
        self._after.setObjectName(name)
        self._after.setProperty("role", "heading")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID // 2)
        for part in (label, self._before, self._after):
            row.addWidget(part)

    def show_values(self, before: str, after: str) -> None:
        self._before.setText(f"{before} →" if before else "")
        self._before.setVisible(bool(before))
        self._after.setText(after)


class Headline(Card):
    """How good the model is on the held-out rows, and how good it was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = Title("")
        self._sentence.setObjectName("train.report_sentence")
        self._detail = ElidedLabel()
        self._detail.setProperty("muted", True)
        self._detail.setMinimumWidth(1)  # the numbers matter more
        self._accuracy = _Figure("train.report_accuracy", tr("Accuracy"), tr("Share of the rows that are right"))
        self._f1 = _Figure(
            "train.report_f1",
            tr("Macro-F1"),
            tr("Mean F1 of the labels: rare ones count as much as frequent ones"),
        )
        self._loss = _Figure("train.report_loss", tr("Loss"), tr("Mean cross-entropy; lower is better"))
        row = QHBoxLayout()
        row.setSpacing(GRID * 2)
        for figure in (self._accuracy, self._f1, self._loss):
            row.addWidget(figure)
        row.addWidget(self._detail, 1)
        self._detail.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.body.setContentsMargins(GRID * 2, GRID, GRID * 2, GRID)
        self.body.setSpacing(GRID // 2)
        self.body.addWidget(self._sentence)
        self.body.addLayout(row)

    def show_report(self, report: Report) -> None:
        """Show the numbers of a report."""
        self._sentence.setText(sentence(report))
        self._detail.setText(_detail(report))
        before, after = report.before, report.after
        self._accuracy.show_values(f"{before.accuracy:.1%}" if before else "", f"{after.accuracy:.1%}")
        self._f1.show_values(f"{before.macro_f1:.3f}" if before else "", f"{after.macro_f1:.3f}")
        self._loss.show_values(f"{before.loss:.3f}" if before else "", f"{after.loss:.3f}")


def _detail(report: Report) -> str:
    data = tr("Data: {name}", name=report.data)
    if report.several:
        return f"{data} · " + tr("a row is right when all its labels are")
    if report.before is None:
        return data
    return f"{data} · " + tr("before: the untouched model on the same rows")
