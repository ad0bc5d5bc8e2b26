"""The page of a study: what is asked for, the curve, what it says, and the trainings behind it."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.learning_curve.outlook import Outlook
from workbench.core.learning_curve.study import SHARES, Study, make
from workbench.core.plan import Request
from workbench.runtime import jobs
from workbench.ui.runs.words import task_label
from workbench.ui.scrolling import scrolling
from workbench.ui.study.plot import StudyPlot
from workbench.ui.study.reading import Reading, read
from workbench.ui.study.table import StudyTable
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading, Problem, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.widgets.number_box import NumberBox
from workbench.ui.workspace import Workspace

MOST = 10
"""Repetitions of each share."""


class StudyPage(QWidget):
    """A study that is to be made, one that goes on, or an old one.

    Signals:
        back(): Put a run together.
    """

    back = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._queue = workspace.studies
        self._request: Request | None = None
        self._study: Study | None = None
        self._newest = 0
        self._may_offer = False
        self._about = Caption("")
        self._which = QComboBox()
        self._which.setObjectName("study.which")
        self._which.setAccessibleName(tr("Study"))
        self._shares = QLineEdit(", ".join(f"{100 * share:g}" for share in SHARES))
        self._shares.setObjectName("study.shares")
        self._repeats = NumberBox(1, MOST, 1, "study.repeats")
        self._repeats.setToolTip(tr("Each with other rows and another beginning; their mean leaves less to chance."))
        self._problem = Problem("")
        self._back = QuietButton(tr("Back"), "study.back")
        self._stop = QuietButton(tr("Stop"), "study.stop")
        self._start = PrimaryButton("", "study.start")
        self._notice = Notice()
        self._plot = StudyPlot("study.plot")
        self._sentence = Heading("")
        self._sentence.setObjectName("study.sentence")
        self._detail = Caption("")
        self._table = StudyTable("study.table")
        self._lay_out()
        self._connect()
        self._show(Reading(names={}))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Title(tr("How much data do I need?")))
        words.addWidget(self._about)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addLayout(words, 1)
        for button in (self._back, self._stop, self._start):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._which.setMinimumContentsLength(16)
        self._asked = QWidget()
        asked = QHBoxLayout(self._asked)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.setSpacing(GRID)
        for text, field in ((tr("Shares, in %"), self._shares), (tr("Repetitions"), self._repeats)):
            label = QLabel(text)
            label.setBuddy(field)
            asked.addWidget(label)
            asked.addWidget(field)
            asked.addSpacing(GRID)
        choice = QHBoxLayout()
        choice.setSpacing(GRID * 2)
        choice.addWidget(self._which, 1)
        choice.addWidget(self._asked, 2)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(GRID)
        body.addWidget(self._sentence)
        body.addWidget(self._detail)
        body.addWidget(self._plot, 1)
        body.addWidget(self._table)
        body.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addLayout(choice)
        layout.addWidget(self._problem)
        layout.addWidget(scrolling(inside), 1)

    def _connect(self) -> None:
        workspace = self._workspace
        self._back.clicked.connect(self.back)
        self._start.clicked.connect(self._on_start)
        self._stop.clicked.connect(self._queue.stop)
        self._shares.textChanged.connect(lambda _text: self._show_asked())
        self._repeats.valueChanged.connect(lambda _count: self._show_asked())
        self._which.activated.connect(lambda _index: self._choose(self._which.currentData()))
        self._table.run_wanted.connect(workspace.run_selected)
        self._queue.failed.connect(self._notice.error)
        workspace.live.progressed.connect(self._table.show_progress)
        workspace.runs_changed.connect(self._refresh)
        workspace.project_changed.connect(self._forget)

    def begin(self, request: Request) -> None:
        """Offer a study of a request, or show the one that is at work."""
        self._request = request
        self._notice.clear()
        self._show(Reading(names={}))
        self._may_offer = not self._queue.is_running
        self._choose(self._queue.study)

    def _forget(self) -> None:
        self._request = self._study = None
        self._show(Reading(names={}))

    def _choose(self, study: str) -> None:
        """Show a study, "" for the one that is to be made."""
        self._newest += 1
        number, project = self._newest, self._workspace.project

        def done(reading: Reading) -> None:
            if number == self._newest:  # else something else is wanted by now
                self._show(reading)
                self._offer(reading)

        jobs.start(self, lambda _report: read(project, study), done=done, failed=self._notice.error)

    def _offer(self, reading: Reading) -> None:
        """Offer, once, to go on with a study that is not finished."""
        unfinished, name = reading.unfinished, reading.names.get(reading.unfinished, "")
        if self._may_offer and unfinished:
            text = tr("The study “{name}” is not finished yet.", name=name)
            self._notice.offer(text, tr("Show it"), lambda: self._choose(unfinished))
        self._may_offer = False

    def _refresh(self) -> None:
        if self.isVisible():
            self._choose(self._study.id if self._study else "")

    def _show(self, reading: Reading) -> None:
        study = self._study = reading.study
        with QSignalBlocker(self._which):
            self._which.clear()
            if self._request is not None:
                self._which.addItem(tr("A new study"), "")
            for known, name in reading.names.items():
                self._which.addItem(name, known)
            self._which.setCurrentIndex(max(self._which.findData(study.id if study else ""), 0))
        self._plot.show_points(reading.points, reading.outlook)
        self._table.show_points(reading.points)
        for widget in (self._plot, self._table):
            widget.setVisible(study is not None)
        self._asked.setVisible(study is None)
        self._about.setText(_words(study.request if study else self._request))
        self._show_buttons(reading)
        if study is None:
            self._show_asked()
            return
        self._problem.clear()
        self._problem.hide()
        self._tell(reading.outlook, study.held_out)

    def _tell(self, outlook: Outlook | None, held_out: int) -> None:
        self._sentence.setText(outlook.sentence if outlook else "")
        parts = [
            tr(
                "Each training is measured on the same {count} held-out rows; the bars show where its true accuracy "
                "lies, 90 times in 100.",
                count=f"{held_out:,}",
            )
        ]
        if outlook and outlook.verdict != "open":
            parts.append(tr("What is dashed is a guess: that the last points go on as they did."))
        self._detail.setText(" ".join(parts))

    def _show_buttons(self, reading: Reading) -> None:
        study = reading.study
        running = study is not None and self._queue.study == study.id
        finished = study is not None and all(point.state == "finished" for point in reading.points)
        self._stop.setVisible(running)
        self._start.setVisible(not running and not finished)
        self._start.setText(tr("Start") if study is None else tr("Continue"))
        self._start.setEnabled(study is not None or self._request is not None)

    def _show_asked(self) -> None:
        """Say what the new study will do, or what is wrong with it."""
        shares = self._asked_shares()
        wrong = len(shares) < 2
        self._problem.setText(tr("Write two or more shares from 1 to 100, separated by commas.") if wrong else "")
        self._problem.setVisible(wrong)
        self._shares.setProperty("wrong", wrong)
        self._shares.style().polish(self._shares)
        self._start.setEnabled(not wrong and self._request is not None)
        self._sentence.setText(tr("Will it pay to label more?"))
        self._detail.setText(
            tr(
                "The same training is done on each of these shares of your rows, one after the other, and all are "
                "measured on the same held-out rows. How accuracy climbs tells what more rows would bring. In all this "
                "takes about {times} times as long as one training.",
                times=f"{sum(shares) * self._repeats.value():.1f}",
            )
        )

    def _asked_shares(self) -> list[float]:
        """Return the shares that are written in the field, none if it cannot be read."""
        try:
            shares = {float(part) / 100 for part in self._shares.text().replace("%", "").split(",") if part.strip()}
        except ValueError:
            return []
        return sorted(shares) if all(0.01 <= share <= 1 for share in shares) else []

    def _on_start(self) -> None:
        project, request = self._workspace.project, self._request
        self._notice.clear()
        self._start.setEnabled(False)
        if self._study is not None:
            self._go(self._study)
            return
        assert request is not None
        first = int(str(request.settings.get("seed", 0)))
        shares, seeds = self._asked_shares(), range(first, first + self._repeats.value())

        def failed(sentence: str, detail: str) -> None:
            self._notice.error(sentence, detail)
            self._show_asked()

        jobs.start(self, lambda _report: make(project, request, shares, seeds), done=self._go, failed=failed)

    def _go(self, study: Study) -> None:
        self._study = study  # word of a run may come before it is read
        self._queue.start(self._workspace.project, study.id)
        self._choose(study.id)


def _words(request: Request | None) -> str:
    if request is None:
        return ""
    model = request.model or request.parents.get("from", "")
    return " · ".join(part for part in (task_label(request.task), request.data, model, request.adapter) if part)
