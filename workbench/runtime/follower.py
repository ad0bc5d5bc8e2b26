"""Follows the events of a run from a thread of its own: all that has happened, then what happens."""

import time
from threading import Event

import psutil
from PySide6.QtCore import QObject, QThread, Signal

from workbench.core import events
from workbench.core.runs import Run, Story
from workbench.runtime import ending, launcher

INTERVAL = 0.1
BATCH = 250
"""Events a signal; a long history comes in several, so that the window stays awake between them."""

PAUSE = 0.01
"""Seconds that the window has for other things after each of them."""


class RunFollower(QObject):
    """Reads a run's events and tells the window; the trainer does not know of it and goes on when it ends.

    Args:
        run: The run.
        parent: Closes the follower when it is destroyed; call `close` before.

    Signals:
        events(list): New events, oldest first; at the beginning all of the past.
        state_changed(str): ``waiting``, ``running``, ``finished``, ``stopped``, ``failed`` or ``died``.
        ended(object): The run has an `Ending`; nothing more follows.
    """

    events = Signal(list)
    state_changed = Signal(str)
    ended = Signal(object)

    def __init__(self, run: Run, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = run
        self._thread = _Thread(run)
        taken = self._thread.taken
        self._thread.events.connect(self.events)
        self._thread.events.connect(lambda _batch: taken.set())
        self._thread.state_changed.connect(self.state_changed)
        self._thread.ended.connect(self.ended)
        self.destroyed.connect(self._thread.close)
        self._thread.start()

    def close(self) -> None:
        """Follow no longer; returns when the thread has ended, which takes no longer than a read."""
        self.blockSignals(True)  # what the thread has posted already is of no interest any more
        self._thread.close()


class _Thread(QThread):
    events = Signal(list)
    state_changed = Signal(str)
    ended = Signal(object)

    def __init__(self, run: Run) -> None:
        super().__init__()
        self._run = run
        self._source = run.follow()
        self._closing = Event()
        self.taken = Event()
        self._state = ""
        self._story = Story()
        self._pid: int | None = None
        self._last: events.Ending | None = None

    def close(self) -> None:
        self._closing.set()
        self.taken.set()
        self.wait()

    def run(self) -> None:
        while not self._closing.is_set():
            self._read()
            if self._story.state == "running" and self._run.process() is None:
                self._read()  # its last words may have come in between
                if self._story.state == "running":
                    self._end(ending.unwritten(self._run, launcher.exit_status(self._pid or 0)))
                    return
            if self._last is not None and self._story.state not in ("waiting", "running"):
                self._end(ending.written(self._last, self._run))
                return
            self._tell(self._story.state)
            self._closing.wait(INTERVAL)

    def _read(self) -> None:
        new = self._source.read()
        for first in range(0, len(new), BATCH):
            batch = new[first : first + BATCH]
            for event in batch:
                self._story.add(event)
                if isinstance(event, events.Launched):
                    self._pid = event.pid
                if isinstance(event, events.Finished | events.Stopped | events.Failed):
                    self._last = event
            self.taken.clear()
            self.events.emit(batch)
            if len(new) > BATCH and not self._closing.is_set():
                self.taken.wait()  # else what a busy window has not taken yet would come all at once
            if self._closing.wait(PAUSE if len(new) > BATCH else 0):
                return

    def _end(self, how: ending.Ending) -> None:
        self._tell(how.state)
        self.ended.emit(how)

    def _tell(self, state: str) -> None:
        if state != self._state:
            self._state = state
            self.state_changed.emit(state)


class Stopper(QThread):
    """Ends a run in stages: asked to save and stop, then told, then killed; each stage has a time limit.

    Args:
        run: The run.
        patience: Seconds that the trainer gets to finish its step and save.
        notice: Seconds between telling it and killing it.
    """

    def __init__(
        self, run: Run, *, patience: float = 180.0, notice: float = 10.0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._patience = patience
        self._notice = notice
        self._closing = Event()

    def close(self) -> None:
        """Leave the run to what it was asked to do; returns when the thread has ended."""
        self._closing.set()
        self.wait()

    def run(self) -> None:
        """Work through the stages; the thread's own function."""
        process = self._run.process()
        if process is None or self._asked_to_end(process) or self._closing.is_set():
            return
        for firm in (psutil.Process.terminate, psutil.Process.kill):
            try:
                firm(process)
            except psutil.NoSuchProcess:
                return
            if self._gone(process, self._notice):
                return

    def _asked_to_end(self, process: psutil.Process) -> bool:
        """Ask once: a trainer that is only just starting reads it as soon as it listens."""
        self._run.ask("stop")
        return self._gone(process, self._patience)

    def _gone(self, process: psutil.Process, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._closing.is_set():
            if self._run.process() != process:
                return True
            self._closing.wait(INTERVAL)
        return False
