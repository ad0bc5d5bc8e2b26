"""The page of a bake-off: which adapters, what each reaches and costs, and what that says."""

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core import models, registry
from workbench.core.bake_off.bake_off import BakeOff, make
from workbench.core.i18n import tr
from workbench.core.plan import Request
from workbench.runtime import jobs
from workbench.ui.bake_off.choice import AdapterChoice
from workbench.ui.bake_off.plot import BakeOffPlot
from workbench.ui.bake_off.reading import Reading, model_of, read
from workbench.ui.bake_off.table import BakeOffTable
from workbench.ui.runs.words import task_label
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


class BakeOffPage(QWidget):
    """A bake-off that is to be made, one that goes on, or an old one.

    Signals:
        back(): Put a run together.
    """

    back = Signal()

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace = workspace
        self._queue = workspace.bake_offs
        self._request: Request | None = None
        self._found: BakeOff | None = None
        self._newest = 0
        self._about = Caption("")
        self._which = QComboBox()
        self._which.setObjectName("bake_off.which")
        self._which.setAccessibleName(tr("Comparison"))
        self._choice = AdapterChoice()
        self._back = QuietButton(tr("Back"), "bake_off.back")
        self._stop = QuietButton(tr("Stop"), "bake_off.stop")
        self._start = PrimaryButton("", "bake_off.start")
        self._notice = Notice()
        self._sentence = Heading("")
        self._sentence.setObjectName("bake_off.sentence")
        self._detail = Caption("")
        self._plot = BakeOffPlot("bake_off.plot")
        self._table = BakeOffTable("bake_off.table")
        self._lay_out()
        self._connect()
        self._show(Reading(names={}))

    def _lay_out(self) -> None:
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(Title(tr("Which adapter is best here?")))
        words.addWidget(self._about)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addLayout(words, 1)
        for button in (self._back, self._stop, self._start):
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._which.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._which.setMinimumContentsLength(36)
        inside = QWidget()
        body = QVBoxLayout(inside)
        body.setContentsMargins(0, 0, 0, 0)
        body.setSpacing(GRID)
        for widget in (self._sentence, self._detail, self._choice):
            body.addWidget(widget)
        body.addWidget(self._plot, 1)
        body.addWidget(self._table)
        body.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addWidget(self._which, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(scrolling(inside), 1)

    def _connect(self) -> None:
        workspace = self._workspace
        self._back.clicked.connect(self.back)
        self._start.clicked.connect(self._on_start)
        self._stop.clicked.connect(self._queue.stop)
        self._choice.changed.connect(self._show_whether_ready)
        self._which.activated.connect(lambda _index: self._choose(self._which.currentData()))
        self._table.run_wanted.connect(workspace.run_selected)
        self._queue.failed.connect(self._notice.error)
        workspace.live.progressed.connect(self._table.show_progress)
        workspace.runs_changed.connect(self._refresh)
        workspace.project_changed.connect(self._forget)

    def begin(self, request: Request) -> None:
        """Offer a bake-off of a request, or show the one that is at work."""
        self._request = request
        self._notice.clear()
        self._show(Reading(names={}))
        task = registry.task(request.task)

        def done(info: models.ModelInfo | None) -> None:
            if request is self._request:
                self._choice.show_for(task, info, request.settings)

        jobs.start(self, lambda _report: model_of(request), done=done, failed=self._notice.error)
        self._choose(self._queue.study)

    def _forget(self) -> None:
        self._request = self._found = None
        self._show(Reading(names={}))

    def _choose(self, study: str) -> None:
        """Show a bake-off, "" for the one that is to be made."""
        self._newest += 1
        number, project = self._newest, self._workspace.project

        def done(reading: Reading) -> None:
            if number == self._newest:  # else something else is wanted by now
                self._show(reading)

        jobs.start(self, lambda _report: read(project, study), done=done, failed=self._notice.error)

    def _refresh(self) -> None:
        if self.isVisible():
            self._choose(self._found.id if self._found else "")

    def _show(self, reading: Reading) -> None:
        found = self._found = reading.found
        with QSignalBlocker(self._which):
            self._which.clear()
            if self._request is not None:
                self._which.addItem(tr("A new comparison"), "")
            for known, name in reading.names.items():
                self._which.addItem(name, known)
            self._which.setCurrentIndex(max(self._which.findData(found.id if found else ""), 0))
        if found is not None:
            task = registry.task(found.request.task)
            self._plot.show_results(task, reading.results)
            self._table.show_results(task, reading.results)
        for widget in (self._plot, self._table):
            widget.setVisible(found is not None)
        self._choice.setVisible(found is None)
        self._about.setText(_words(found.request if found else self._request))
        self._tell(reading)
        self._show_buttons(reading)

    def _tell(self, reading: Reading) -> None:
        if reading.found is not None:
            self._sentence.setText(reading.sentence)
            self._detail.setText(
                tr("All were measured on the same held-out rows. Further up is better, further left is smaller.")
            )
            return
        self._sentence.setText(tr("Tick the adapters to compare."))
        self._detail.setText(
            tr(
                "The same training is done with each of them, one after the other: same data, same seed, same steps, "
                "each at the learning rate that suits it unless you have set one."
            )
        )

    def _show_buttons(self, reading: Reading) -> None:
        found = reading.found
        running = found is not None and self._queue.study == found.id
        finished = found is not None and all(result.state == "finished" for result in reading.results)
        self._stop.setVisible(running)
        self._start.setVisible(not running and not finished)
        self._start.setText(tr("Start") if found is None else tr("Continue"))
        self._show_whether_ready()

    def _show_whether_ready(self) -> None:
        ready = self._request is not None and len(self._choice.chosen()) > 1
        self._start.setEnabled(self._found is not None or ready)

    def _on_start(self) -> None:
        project, request, adapters = self._workspace.project, self._request, self._choice.chosen()
        self._notice.clear()
        self._start.setEnabled(False)
        if self._found is not None:
            self._go(self._found)
            return
        assert request is not None

        def failed(sentence: str, detail: str) -> None:
            self._notice.error(sentence, detail)
            self._show_whether_ready()

        jobs.start(self, lambda _report: make(project, request, adapters), done=self._go, failed=failed)

    def _go(self, found: BakeOff) -> None:
        self._found = found  # word of a run may come before it is read
        self._queue.start(self._workspace.project, found.id)
        self._choose(found.id)


def _words(request: Request | None) -> str:
    if request is None:
        return ""
    return " · ".join(part for part in (task_label(request.task), request.data, request.model) if part)
