"""Starts trainer processes that outlive the window."""

import subprocess
import sys
import time

from workbench.core import events
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.runs import Run

FAREWELL = 30.0
"""Seconds that a trainer gets between its last word and its end."""

REAP = 5.0
"""Seconds to wait for the exit status of a process that is gone."""

_children: dict[int, subprocess.Popen[bytes]] = {}


def command(run: Run, *, resume: bool) -> list[str]:
    """Return the command that trains a run."""
    return [sys.executable, "-m", "workbench", "worker", str(run.path), *(["--resume"] if resume else [])]


def start(run: Run, *, resume: bool = False) -> int:
    """Start the trainer of a run and return its process number.

    It has no pipe to the window (its output goes to ``worker.log``) and a process group of its own, so that it finishes
    whatever becomes of the window.

    Raises:
        UserError: The run is being trained already, or no process could be started.
    """
    if not _left_alone(run):
        raise UserError(tr("Run “{run}” is being trained already.", run=run.id))
    run.forget_commands()
    try:
        with run.log_file.open("ab") as log:
            child = subprocess.Popen(
                command(run, resume=resume),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                close_fds=True,
            )
    except OSError as error:
        raise UserError(tr("The training process could not be started."), str(error)) from error
    _children[child.pid] = child
    run.claim(child.pid)
    run.append(events.Launched(pid=child.pid))
    return child.pid


def _left_alone(run: Run) -> bool:
    """Return whether no process trains the run; one that has written its ending gets time to go."""
    until = time.monotonic() + FAREWELL
    while run.process() is not None:
        if time.monotonic() > until or run.summary().state == "running":
            return False
        time.sleep(0.1)
    return True


def exit_status(pid: int) -> int | None:
    """Return how a trainer that this window started has ended (negative: by a signal), None if that is not known.

    A killed process with many threads or much memory is gone a moment before its status can be had.
    """
    child = _children.get(pid)
    try:
        return child.wait(REAP) if child is not None else None
    except subprocess.TimeoutExpired:
        return None
