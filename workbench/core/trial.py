"""Trying one real step of a run, in a trainer process and a project that are thrown away afterwards."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from workbench.core import events
from workbench.core.errors import UserError
from workbench.core.fitting import Tried
from workbench.core.i18n import tr
from workbench.core.plan import Request, create
from workbench.core.project import Project
from workbench.core.runs import Run

PEAK, SECONDS = "trial/memory", "trial/seconds"
"""What a trainer tells of a trial: bytes at the peak, and seconds of a step."""

KILLED = (-9, 137)
"""How a process ends that the system has killed for its memory."""


def try_step(project: Project, request: Request) -> Tried:
    """Take the step of a run that needs the most memory, with its model and data, and measure it.

    Raises:
        UserError: The run cannot start, or the step does not fit; the sentence says so.
    """
    with tempfile.TemporaryDirectory() as scratch:
        run = create(_double(project, Path(scratch) / "project"), request)
        with run.log_file.open("wb") as log:
            command = [sys.executable, "-m", "workbench", "worker", str(run.path), "--trial"]
            status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False).returncode
        return _outcome(run, status)


def _double(project: Project, folder: Path) -> Project:
    """Return a project with the same data, runs and rankings, in which a new run leaves no trace in the other one."""
    double = Project.create(folder)
    double.data.rmdir()
    double.data.symlink_to(project.data, target_is_directory=True)
    for run in project.runs():
        (double.runs_folder / run.id).symlink_to(run.path, target_is_directory=True)
    if project.database.exists():
        shutil.copy(project.database, double.database)
    return double


def _outcome(run: Run, status: int) -> Tried:
    told = list(run.follow().read())
    for event in told:
        if isinstance(event, events.Failed):
            raise UserError(event.sentence, event.detail)
    device = next((event.device for event in told if isinstance(event, events.Started)), "")
    for event in told:
        if isinstance(event, events.Metrics) and PEAK in event.values:
            return Tried(memory=event.values[PEAK], step_seconds=event.values[SECONDS], device=device)
    if status in KILLED:
        raise UserError(tr("The computer ran out of memory in this step: it does not fit."), run.log_tail())
    raise UserError(tr("The step could not be tried: the trainer ended unexpectedly."), run.log_tail())
