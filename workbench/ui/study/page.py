"""The page of a study: what is asked for, the curve, what it says, and the trainings behind it."""

from collections.abc import Callable

from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from workbench.core.i18n import tr
from workbench.core.learning_curve.outlook import Outlook, Point, outlook, points
from workbench.core.learning_curve.study import SHARES, STORE, Study, make
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.ui.runs.trainings_page import TrainingsPage
from workbench.ui.study.plot import StudyPlot
from workbench.ui.study.table import StudyTable
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.labels import Problem
from workbench.ui.widgets.number_box import NumberBox
from workbench.ui.workspace import Workspace

MOST = 10
"""Repetitions of each share."""


class StudyPage(TrainingsPage):
    """Shares of the rows, held against each other."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(
            workspace,
            STORE,
            workspace.studies,
            "study",
            title=tr("How much data do I need?"),
            kind=tr("Study"),
            new=tr("A new study"),
            parent=parent,
        )
        self._shares = QLineEdit(", ".join(f"{100 * share:g}" for share in SHARES))
        self._shares.setObjectName("study.shares")
        self._repeats = NumberBox(1, MOST, 1, "study.repeats")
        self._repeats.setToolTip(tr("Each with other rows and another beginning; their mean leaves less to chance."))
        self._problem = Problem("")
        self._plot = StudyPlot("study.plot")
        self._table = StudyTable("study.table")
        self._shares.textChanged.connect(lambda _text: self._ask())
        self._repeats.valueChanged.connect(lambda _count: self._ask())
        self._put_together(self._fields(), self._plot, self._table)

    def _fields(self) -> QWidget:
        fields = QWidget()
        layout = QGridLayout(fields)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        for row, (text, field) in enumerate(((tr("Shares, in %"), self._shares), (tr("Repetitions"), self._repeats))):
            label = QLabel(text)
            label.setBuddy(field)
            layout.addWidget(label, row, 0)
            layout.addWidget(field, row, 1)
        layout.addWidget(self._problem, 2, 0, 1, 3)
        layout.setColumnStretch(1, 1)
        layout.setColumnStretch(2, 1)
        return fields

    def _words(self, request: Request) -> str:
        return " · ".join(part for part in (super()._words(request), request.adapter) if part)

    def _measure(self, project: Project, found: Study) -> tuple[list[Point], Outlook]:
        known = points(project, found)
        return known, outlook(project, found, known)

    def _tell(self, found: Study, measured: tuple[list[Point], Outlook]) -> None:
        known, told = measured
        self._plot.show_points(known, told)
        self._table.show_points(known)
        self._sentence.setText(told.sentence)
        parts = [
            tr(
                "Each training is measured on the same {count} held-out rows; the bars show where its true accuracy "
                "lies, 90 times in 100.",
                count=f"{found.held_out:,}",
            )
        ]
        if told.verdict != "open":
            parts.append(tr("What is dashed is a guess: that the last points go on as they did."))
        self._detail.setText(" ".join(parts))

    def _ask(self) -> None:
        """Say what the new study will do, or what is wrong with it."""
        wrong = not self._is_ready()
        self._problem.setText(tr("Write two or more shares from 1 to 100, separated by commas.") if wrong else "")
        self._problem.setVisible(wrong)
        self._shares.setProperty("wrong", wrong)
        self._shares.style().polish(self._shares)
        self._show_whether_ready()
        self._sentence.setText(tr("Will it pay to label more?"))
        self._detail.setText(
            tr(
                "The same training is done on each of these shares of your rows, one after the other, and all are "
                "measured on the same held-out rows. How accuracy climbs tells what more rows would bring. In all this "
                "takes about {times} times as long as one training.",
                times=f"{sum(self._asked_shares()) * self._repeats.value():.1f}",
            )
        )

    def _asked_shares(self) -> list[float]:
        """Return the shares that are written in the field, none if it cannot be read."""
        try:
            shares = {float(part) / 100 for part in self._shares.text().replace("%", "").split(",") if part.strip()}
        except ValueError:
            return []
        return sorted(shares) if all(0.01 <= share <= 1 for share in shares) else []

    def _is_ready(self) -> bool:
        return len(self._asked_shares()) > 1

    def _making(self, request: Request) -> Callable[[Project], Study]:
        first = int(str(request.settings.get("seed", 0)))
        shares, seeds = self._asked_shares(), range(first, first + self._repeats.value())
        return lambda project: make(project, request, shares, seeds)
