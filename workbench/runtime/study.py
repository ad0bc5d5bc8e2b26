"""Trains the runs of a study one after the other."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import jobs, launcher
from workbench.runtime.ending import Ending
from workbench.runtime.live import LiveRuns

Upcoming = Callable[[Project, str], Run | None]


class StudyQueue(QObject):
    """Starts the next run of a study when the one before has finished.

    When the window goes, the run that is being trained goes on and the others stay to be begun: `start` takes them up.

    Args:
        live: The runs that are trained; the queue hears from it how they end.
        upcoming: Gives the run of a study that is to be trained next, None when all have finished.

    Signals:
        changed(): Another run has begun or the last one has ended, or there is nothing more to do.
        finished(str): All runs of the study of that id have finished.
        failed(str, str): A sentence why it does not go on, and the detail.
    """

    changed = Signal()
    finished = Signal(str)
    failed = Signal(str, str)

    def __init__(self, live: LiveRuns, upcoming: Upcoming, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._live, self._upcoming = live, upcoming
        self._project: Project | None = None
        self._run: Run | None = None
        self._turn = self._stopped = 0
        self.study = ""
        live.ended.connect(self._on_ended)

    @property
    def is_running(self) -> bool:
        """Whether runs of `study` are trained, or about to be."""
        return bool(self.study)

    def start(self, project: Project, study: str) -> None:
        """Train what is missing of a study, whatever has become of it; another one is let go."""
        self.close()
        self._project, self.study = project, study
        self._go_on()

    def stop(self) -> None:
        """Stop the run that is trained, and begin no other."""
        run, self._stopped = self._run, self._turn
        self.close()
        if run is not None:
            self._live.stop(run)
        self.changed.emit()

    def close(self) -> None:
        """Begin no other run; the one that is trained goes on."""
        self._turn += 1
        self._project, self._run, self.study = None, None, ""

    def _go_on(self) -> None:
        project, study, turn = self._project, self.study, self._turn
        assert project is not None

        def work(_report: jobs.Report) -> Run | None:
            run = self._upcoming(project, study) if turn == self._turn else None
            if run is not None and run.summary().state != "running":
                launcher.start(run, resume=run.can_resume())
            return run

        def done(run: Run | None) -> None:
            if turn == self._turn:
                self._take(run)
            elif run is not None and turn == self._stopped:  # too late to be caught: it had just begun
                self._live.stop(run)

        def failed(sentence: str, detail: str) -> None:
            if turn == self._turn:
                self._give_up(sentence, detail)

        jobs.start(self, work, done=done, failed=failed)

    def _take(self, run: Run | None) -> None:
        self._run = run
        if run is not None:
            self._live.follow(run)
            self.changed.emit()
            return
        study = self.study
        self.close()
        self.changed.emit()
        self.finished.emit(study)

    def _on_ended(self, run: str, how: Ending) -> None:
        if self._run is None or run != self._run.id:
            return
        self._run = None
        if how.state == "finished":
            self._go_on()
            self.changed.emit()
        else:
            self._give_up(tr("Run {run}: {sentence}", run=run, sentence=how.sentence), how.detail)

    def _give_up(self, sentence: str, detail: str) -> None:
        self.close()
        self.changed.emit()
        self.failed.emit(sentence, detail)
