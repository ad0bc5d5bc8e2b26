"""What a task is given to work with: its spec, and the way to say what happens and hear what is asked."""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.core import events
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.spec import RunSpec

if TYPE_CHECKING:
    from workbench.core.project import Project
    from workbench.core.runs import Run


class Stop(Exception):
    """Raised by a task after it has saved because it was asked to stop.

    Args:
        step: The step that was saved.
    """

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


class RunContext:
    """A run as its task sees it.

    Attributes:
        project: The project that the run belongs to.
        run: Its run folder.
        spec: Its frozen description.
        resume: Go on from the last checkpoint instead of starting anew.
        trial: Only try the step that needs the most memory (see `workbench.core.trial`), and keep nothing.
        last_step: The last step that was reported.
    """

    def __init__(self, project: "Project", run: "Run", *, resume: bool = False, trial: bool = False) -> None:
        self.project = project
        self.run = run
        self.spec: RunSpec = run.spec()
        self.resume = resume
        self.trial = trial
        self._commands = run.follow_control()
        self._asked: set[str] = set()
        self._began = time.monotonic()
        self.last_step = 0

    @property
    def data(self) -> Path:
        """The folder of the data set that this run trains on."""
        return self.project.path / self.spec.data_path

    @property
    def seconds(self) -> float:
        """Seconds since this process took up the run."""
        return time.monotonic() - self._began

    def emit(self, event: events.AnyEvent) -> None:
        """Write an event; it is visible to whoever follows the run at once."""
        if isinstance(event, events.Progress):
            self.last_step = event.step
        self.run.append(event)

    def phase(self, text: str) -> None:
        """Say what is being done now, in one translated phrase."""
        self.emit(events.Phase(text=text))

    def metrics(self, step: int, values: dict[str, float], epoch: float = 0.0) -> None:
        """Write metric values.

        Raises:
            UserError: A value is not finite: the run has diverged and must not go on.
        """
        wrong = [name for name, value in values.items() if not math.isfinite(value)]
        finite = {name: float(value) for name, value in values.items() if name not in wrong}
        if finite:
            self.emit(events.Metrics(step=step, values=finite, epoch=epoch))
        if wrong:
            raise UserError(
                tr(
                    "Training diverged at step {step} ({names} is no longer a number); "
                    "the last good checkpoint is kept. Try a lower learning rate.",
                    step=step,
                    names=", ".join(wrong),
                )
            )

    def asked(self, command: str) -> bool:
        """Return whether ``command`` (``stop``, ``save`` or ``sample``) was given since the last call for it."""
        self._asked.update(item.command for item in self._commands.read())
        if command == "stop":  # stays asked for: every loop on the way out must see it
            return command in self._asked
        was_asked = command in self._asked
        self._asked.discard(command)
        return was_asked
