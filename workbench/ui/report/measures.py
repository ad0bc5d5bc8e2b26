"""What a run measured on held-out rows, before its training and after it: the report of what is no classifier."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from workbench.core import events
from workbench.core.i18n import tr
from workbench.ui.runs.words import metric_label
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Caption, Title

HELD_OUT = "eval/"
FIRST = ("eval/perplexity", "eval/reward", "eval/accuracy", "eval/loss")
"""Which one the sentence is about: the first of these that was measured."""

NARROWEST = GRID * 14
"""Least that a column is wide."""


class Evaluations:
    """The evaluations of a run by step."""

    def __init__(self) -> None:
        self._by_step: dict[int, dict[str, float]] = {}

    def add(self, batch: Iterable[events.AnyEvent]) -> bool:
        """Take up the evaluations among some events; return whether there were any."""
        found = False
        for event in batch:
            if isinstance(event, events.Metrics):
                held_out = {name: value for name, value in event.values.items() if name.startswith(HELD_OUT)}
                if held_out:
                    found = True
                    self._by_step.setdefault(event.step, {}).update(held_out)
        return found

    def compare(self, kept: int = 0) -> tuple[int, int, dict[str, tuple[float, float]]] | None:
        """Return two steps and the metrics that both have, before and after; None while there is but one evaluation.

        Args:
            kept: Step of the model that the run has kept; 0 for the last one.
        """
        if len(self._by_step) < 2:
            return None
        first = min(self._by_step)
        last = kept if kept in self._by_step and kept != first else max(self._by_step)
        before, after = self._by_step[first], self._by_step[last]
        return first, last, {name: (before[name], after[name]) for name in before if name in after}


class BeforeAfter(QWidget):
    """A sentence, and a table of all that was measured twice."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sentence = Title("")
        self._sentence.setObjectName("train.report_change")
        self._detail = Caption("")
        self._table = QTableWidget(0, 4)
        self._table.setObjectName("train.report_measures")
        self._table.setAccessibleName(tr("Before and after"))
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self._table.setTabKeyNavigation(False)
        self._table.setShowGrid(False)
        self._table.verticalHeader().hide()
        header = self._table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(NARROWEST)
        header.setHighlightSections(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._sentence)
        layout.addWidget(self._detail)
        layout.addWidget(self._table, 1)

    def show_evaluations(self, evaluations: Evaluations, kept: int) -> bool:
        """Show the first evaluation against that of the model that was kept; return whether there are two."""
        found = evaluations.compare(kept)
        if found is None or not found[2]:
            return False
        first, last, values = found
        names = sorted(values, key=lambda name: (FIRST.index(name) if name in FIRST else len(FIRST), name))
        before, after = values[names[0]]
        words = {"metric": metric_label(names[0]), "before": f"{before:.4g}", "after": f"{after:.4g}"}
        self._sentence.setText(tr("{metric}: {before} before, {after} after", **words))
        if kept == last:
            self._detail.setText(tr("Measured on the held-out rows; after is step {step}, the one kept.", step=last))
        else:
            self._detail.setText(tr("Measured on the held-out rows; after is step {step}.", step=last))
        start = tr("Before") if first == 0 else tr("Step {step}", step=first)
        for column, text in enumerate((tr("Metric"), start, tr("After"), tr("Relative change"))):
            self._table.setHorizontalHeaderItem(column, _item(text, is_number=column > 0))
        self._table.setRowCount(len(names))
        for line, name in enumerate(names):
            self._fill(line, name, *values[name])
        return True

    def _fill(self, line: int, name: str, before: float, after: float) -> None:
        change = f"{(after - before) / abs(before):+.1%}" if before else "–"
        for column, text in enumerate((metric_label(name), f"{before:.4g}", f"{after:.4g}", change)):
            self._table.setItem(line, column, _item(text, is_number=column > 0))


def _item(text: str, *, is_number: bool) -> QTableWidgetItem:
    item = QTableWidgetItem(text)
    side = Qt.AlignmentFlag.AlignRight if is_number else Qt.AlignmentFlag.AlignLeft
    item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    return item
