"""What all tabs share: the open project, what the person has chosen so far, and word of every change."""

from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, QTimer, Signal

from workbench.core.bake_off import bake_off
from workbench.core.learning_curve import study as learning_curve
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import jobs, launcher
from workbench.runtime.live import LiveRuns
from workbench.runtime.study import StudyQueue

LOOK = 5000
"""Milliseconds between two looks for runs that something else has started, a command for instance."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """The run being put together over the tabs; becomes a `Request` when it is started."""

    task: str = "instruction-tuning"
    data: str = ""
    model: str = ""
    adapter: str = "lora"
    settings: dict[str, object] = {}
    parents: dict[str, str] = {}
    name: str = ""


class Workspace(QObject):
    """The state behind the window.

    Attributes:
        draft: The run being put together.
        live: The runs that train right now.
        studies: The learning curve whose runs are trained one after the other.
        bake_offs: The same for the comparison of adapters.

    Signals:
        project_changed(): Another project was opened.
        datasets_changed(): A data set was imported or removed.
        runs_changed(): A run was made, or one changed its state.
        rankings_changed(): A ranking was saved or undone.
        draft_changed(): The choice of task, data, model, adapter or settings changed.
        tab_wanted(str): Go to the tab of that name (``data``, ``train`` ...).
        run_selected(str): Show the run of that id.
        failed(str, str): A sentence for a person, and the detail; the window shows it.
    """

    project_changed = Signal()
    datasets_changed = Signal()
    runs_changed = Signal()
    rankings_changed = Signal()
    draft_changed = Signal()
    tab_wanted = Signal(str)
    run_selected = Signal(str)
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self.draft = Draft()
        self.live = LiveRuns(self)
        self.live.ended.connect(self.runs_changed)
        self.studies = StudyQueue(self.live, learning_curve.upcoming, self)
        self.bake_offs = StudyQueue(self.live, bake_off.upcoming, self)
        for queue in (self.studies, self.bake_offs):
            queue.changed.connect(self.runs_changed)
        self.runs_changed.connect(self._look)
        self._timer = QTimer(self, interval=LOOK)
        self._timer.timeout.connect(self._look)

    @property
    def project(self) -> Project:
        """The open project; the window opens one before it shows any tab."""
        assert self._project is not None
        return self._project

    @property
    def has_project(self) -> bool:
        """Whether a project is open."""
        return self._project is not None

    def open(self, path: Path) -> None:
        """Open the project in a folder, making it when the folder is new.

        Raises:
            UserError: It cannot be opened or made.
        """
        self._project = Project.open(path) if (path / "project.json").exists() else Project.create(path)
        self.draft = Draft()
        self.studies.close()
        self.bake_offs.close()
        self.live.close()
        self.project_changed.emit()
        self._look()
        self._timer.start()

    def close(self) -> None:
        """Follow the project's runs no longer; the trainers go on."""
        self._timer.stop()
        self.studies.close()
        self.bake_offs.close()
        self.live.close()

    def choose(self, **changes: object) -> None:
        """Change the draft and tell everyone, if it is a change."""
        changed = msgspec.structs.replace(self.draft, **changes)
        if changed != self.draft:
            self.draft = changed
            self.draft_changed.emit()

    def start(self, request: Request, *, started: Callable[[Run], None] | None = None) -> None:
        """Check a request, make its run and start its trainer, in the background; then show the run."""
        project = self.project

        def work(_report: Callable[[object], None]) -> Run:
            run = create(project, request)
            launcher.start(run)
            return run

        def done(run: Run) -> None:
            self.live.follow(run)
            self.runs_changed.emit()
            self.run_selected.emit(run.id)
            if started is not None:
                started(run)

        jobs.start(self, work, done=done, failed=self.failed.emit)

    def resume(self, run: Run) -> None:
        """Go on with a stopped or failed run from its last checkpoint."""

        def done(_: object) -> None:
            self.live.follow(run)
            self.runs_changed.emit()
            self.run_selected.emit(run.id)

        jobs.start(self, lambda _report: launcher.start(run, resume=True), done=done, failed=self.failed.emit)

    def _look(self) -> None:
        if self._project is not None:
            self.live.look(self._project)
