"""A page of trainings that belong together: one that is to be made, one that goes on, or an old one."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from workbench.core.i18n import tr
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.studies import Store, Study
from workbench.runtime import jobs
from workbench.runtime.study import StudyQueue
from workbench.ui.runs.trainings_reading import Reading, read
from workbench.ui.runs.trainings_table import TrainingsTable
from workbench.ui.runs.words import task_label
from workbench.ui.scrolling import scrolling
from workbench.ui.theme.metrics import GRID
from workbench.ui.widgets.buttons import PrimaryButton, QuietButton
from workbench.ui.widgets.labels import Caption, Heading, Title
from workbench.ui.widgets.notice import Notice
from workbench.ui.workspace import Workspace


class TrainingsPage(QWidget):
    """What the pages of all kinds of studies have in common; each says in the methods at the end what is its own.

    Args:
        workspace: The state behind the window.
        store: Where such studies are.
        queue: Trains their runs.
        name: First part of the objectNames.
        title: The question that it answers.
        kind: What such a study is called.
        new: What one that is to be made is called in the list.

    Signals:
        back(): Put a run together.
    """

    back = Signal()

    def __init__(
        self,
        workspace: Workspace,
        store: Store[Any],
        queue: StudyQueue,
        name: str,
        *,
        title: str,
        kind: str,
        new: str,
        parent: QWidget | None,
    ) -> None:
        super().__init__(parent)
        self._workspace, self._store, self._queue, self._new = workspace, store, queue, new
        self._request: Request | None = None
        self._found: Study | None = None
        self._newest = 0
        self._may_offer = False
        self._about = Caption("")
        self._which = QComboBox()
        self._which.setObjectName(f"{name}.which")
        self._which.setAccessibleName(kind)
        self._back = QuietButton(tr("Back"), f"{name}.back")
        self._stop = QuietButton(tr("Stop"), f"{name}.stop")
        self._start = PrimaryButton("", f"{name}.start")
        self._notice = Notice()
        self._sentence = Heading("")
        self._sentence.setObjectName(f"{name}.sentence")
        self._detail = Caption("")
        self._title = Title(title)

    def _put_together(self, asked: QWidget, plot: QWidget, table: TrainingsTable) -> None:
        """Lay out the page.

        Args:
            asked: Fields for a study that is to be made.
            plot: Shows what came of one.
            table: Its trainings.
        """
        self._asked, self._plotted, self._trainings = asked, plot, table
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self._title)
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
        for widget in (self._sentence, self._detail, asked):
            body.addWidget(widget)
        body.addWidget(plot, 1)
        body.addWidget(table)
        body.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(head)
        layout.addWidget(self._notice)
        layout.addWidget(self._which, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(scrolling(inside), 1)
        self._connect()
        self._forget()

    def _connect(self) -> None:
        workspace = self._workspace
        self._back.clicked.connect(self.back)
        self._start.clicked.connect(self._on_start)
        self._stop.clicked.connect(self._queue.stop)
        self._which.activated.connect(lambda _index: self._choose(self._which.currentData()))
        self._trainings.run_wanted.connect(workspace.run_selected)
        self._queue.failed.connect(self._notice.error)
        workspace.live.progressed.connect(self._trainings.show_progress)
        workspace.runs_changed.connect(self._refresh)
        workspace.project_changed.connect(self._forget)

    def begin(self, request: Request) -> None:
        """Offer a study of a request, or show the one that is at work."""
        self._request = request
        self._notice.clear()
        self._show(Reading())
        self._may_offer = not self._queue.is_running
        self._choose(self._queue.study)

    def _forget(self) -> None:
        self._request = self._found = None
        self._show(Reading())

    def _choose(self, study: str) -> None:
        """Show a study, "" for the one that is to be made."""
        self._newest += 1
        number, project = self._newest, self._workspace.project

        def done(reading: Reading) -> None:
            if number == self._newest:  # else something else is wanted by now
                self._show(reading)
                self._offer(reading)

        def work(_report: jobs.Report) -> Reading:
            return read(project, self._store, study, self._measure)

        jobs.start(self, work, done=done, failed=self._notice.error)

    def _offer(self, reading: Reading) -> None:
        """Offer, once, to go on with a study that is not finished."""
        unfinished, name = reading.unfinished, reading.names.get(reading.unfinished, "")
        if self._may_offer and unfinished:
            text = tr("“{name}” is not finished yet.", name=name)
            self._notice.offer(text, tr("Show it"), lambda: self._choose(unfinished))
        self._may_offer = False

    def _refresh(self) -> None:
        if self.isVisible():
            self._choose(self._found.id if self._found else "")

    def _show(self, reading: Reading) -> None:
        found = self._found = reading.found
        with QSignalBlocker(self._which):
            self._which.clear()
            if self._request is not None:
                self._which.addItem(self._new, "")
            for known, name in reading.names.items():
                self._which.addItem(name, known)
            self._which.setCurrentIndex(max(self._which.findData(found.id if found else ""), 0))
        for widget in (self._plotted, self._trainings):
            widget.setVisible(found is not None)
        self._asked.setVisible(found is None)
        request = found.request if found else self._request
        self._about.setText(self._words(request) if request else "")
        self._show_buttons(reading)
        if found is None:
            self._ask()
        else:
            self._tell(found, reading.measured)

    def _show_buttons(self, reading: Reading) -> None:
        found = reading.found
        running = found is not None and self._queue.study == found.id
        self._stop.setVisible(running)
        self._start.setVisible(not running and not (found and reading.finished))
        self._start.setText(tr("Start") if found is None else tr("Continue"))
        self._show_whether_ready()

    def _show_whether_ready(self) -> None:
        self._start.setEnabled(self._found is not None or (self._request is not None and self._is_ready()))

    def _on_start(self) -> None:
        self._notice.clear()
        self._start.setEnabled(False)
        if self._found is not None:
            self._go(self._found)
            return
        assert self._request is not None
        project, make = self._workspace.project, self._making(self._request)

        def failed(sentence: str, detail: str) -> None:
            self._notice.error(sentence, detail)
            self._show_whether_ready()

        jobs.start(self, lambda _report: make(project), done=self._go, failed=failed)

    def _go(self, found: Study) -> None:
        self._found = found  # word of a run may come before it is read
        self._queue.start(self._workspace.project, found.id)
        self._choose(found.id)

    def _words(self, request: Request) -> str:
        """Return what is trained, in a few words."""
        model = request.model or request.parents.get("from", "")
        return " · ".join(part for part in (task_label(request.task), request.data, model) if part)

    def _measure(self, project: Project, found: Any) -> Any:
        """Return what came of the trainings of a study; called in a background thread."""
        raise NotImplementedError

    def _tell(self, found: Any, measured: Any) -> None:
        """Show a study and what came of it."""
        raise NotImplementedError

    def _ask(self) -> None:
        """Say what a new study will do, or what is wrong with it."""
        raise NotImplementedError

    def _is_ready(self) -> bool:
        """Return whether a new study can be made of what was asked for."""
        raise NotImplementedError

    def _making(self, request: Request) -> Callable[[Project], Study]:
        """Return what makes the study that is asked for now; called in a background thread."""
        raise NotImplementedError
