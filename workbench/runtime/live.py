"""The runs that train right now, whoever started them: this window, an earlier one, or a command."""

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from workbench.core.project import Project
from workbench.core.runs import Run, Story
from workbench.runtime import jobs
from workbench.runtime.ending import Ending
from workbench.runtime.follower import RunFollower, Stopper


class LiveRuns(QObject):
    """Finds the live runs of a project and follows each.

    Signals:
        progressed(str, object): Id of a run, and its `Story` so far; at most once a batch of events.
        ended(str, object): Id of a run that was followed, and its `Ending`.
        changed(): The set of live runs is another one.
    """

    progressed = Signal(str, object)
    ended = Signal(str, object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._project: Project | None = None
        self._followers: dict[Path, RunFollower] = {}
        self._stories: dict[Path, Story] = {}
        self._stoppers: dict[Path, Stopper] = {}

    def runs(self) -> list[Run]:
        """Return the live runs, the newest last."""
        return [follower.run for _, follower in sorted(self._followers.items())]

    def story(self, run: str) -> Story | None:
        """Return what the events of a live run add up to, by its id."""
        return next((self._stories[path] for path in self._followers if path.name == run), None)

    def look(self, project: Project) -> None:
        """Look for live runs that are not followed yet, in the background."""

        self._project = project

        def work(_report: jobs.Report) -> list[Run]:
            alive = [run for run in project.runs() if run.process() is not None]
            return [run for run in alive if run.summary().state == "running"]  # not one that is just going

        def done(found: list[Run]) -> None:
            if self._project is project:  # else another one was opened meanwhile
                for run in found:
                    self.follow(run)

        jobs.start(self, work, done=done)

    def follow(self, run: Run) -> None:
        """Follow a run that was just started; nothing happens if it is followed already."""
        if run.path not in self._followers:
            self._follow(run)
            self.changed.emit()

    def stop(self, run: Run) -> None:
        """Ask a run to save and stop; firmer after some minutes."""
        if run.path not in self._stoppers:
            stopper = Stopper(run)
            self._stoppers[run.path] = stopper
            stopper.finished.connect(lambda: self._stoppers.pop(run.path, None))
            stopper.start()

    def is_stopping(self, run: Run) -> bool:
        """Return whether a run was asked to stop and has not yet."""
        return run.path in self._stoppers

    def close(self) -> None:
        """Follow nothing any more; the trainers go on."""
        self._project = None
        for stopper in list(self._stoppers.values()):
            stopper.close()
        for follower in self._followers.values():
            follower.close()
            follower.deleteLater()
        self._followers.clear()
        self._stories.clear()
        self.changed.emit()

    def _follow(self, run: Run) -> None:
        follower, story = RunFollower(run, self), Story()
        self._followers[run.path], self._stories[run.path] = follower, story

        def take(batch: list[object]) -> None:
            for event in batch:
                story.add(event)  # type: ignore[arg-type]
            self.progressed.emit(run.id, story)

        def end(how: Ending) -> None:
            self._followers.pop(run.path).deleteLater()
            self._stories.pop(run.path)
            follower.close()
            self.ended.emit(run.id, how)
            self.changed.emit()

        follower.events.connect(take)
        follower.ended.connect(end)
