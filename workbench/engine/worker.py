"""The trainer process: takes up a run folder, does its task, and says in one event how it ended."""

import errno
import faulthandler
import logging
import os
import traceback
import warnings
from importlib import import_module
from pathlib import Path

from workbench.core import events, registry
from workbench.core.context import RunContext, Stop
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine.priority import lower

FINISHED, FAILED, STOPPED = 0, 1, 3

DEVICES = {"torch": "workbench.engine.device", "keras": "workbench.engine.keras.device"}
"""Where `probe` is, by what a task computes with: only one of the two libraries is ever loaded in a process."""

OUT_OF_MEMORY = ("OutOfMemoryError", "ResourceExhaustedError")
"""What torch and TensorFlow raise, by name, so that neither is loaded for it."""


def main(arguments: list[str]) -> int:
    """Train the run in the folder given; returns the exit status.

    ``--resume`` goes on from its last checkpoint, ``--trial`` only tries the step that needs the most memory.
    """
    faulthandler.enable()
    lower()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    warnings.filterwarnings("ignore", category=FutureWarning)
    run = Run(Path(arguments[0]).resolve())
    project = Project.open(run.path.parents[1])
    run.claim()
    context = RunContext(project, run, resume="--resume" in arguments, trial="--trial" in arguments)
    try:
        return _train(context)
    except Stop as stop:
        context.emit(events.Stopped(step=stop.step, seconds=context.seconds))
        return STOPPED
    except UserError as error:
        logging.exception("The run failed")
        context.emit(events.Failed(sentence=error.sentence, detail=error.detail, seconds=context.seconds))
    except Exception as error:  # the process ends here: whatever it was becomes a sentence with its detail
        logging.exception("The run failed")
        sentence = _sentence(error)
        context.emit(events.Failed(sentence=sentence, detail=traceback.format_exc(), seconds=context.seconds))
    return FAILED


def _train(context: RunContext) -> int:
    task = registry.task(context.spec.task)
    probe = import_module(DEVICES[task.backend]).probe
    precision = context.spec.options.get("precision")
    device = probe(precision) if precision else probe()
    step = _last_step(context.run) if context.resume else None
    context.emit(
        events.Started(
            pid=os.getpid(),
            device=device.name,
            precision=device.precision,
            threads=device.threads,
            resumed_step=step,
        )
    )
    task.run(context)
    context.emit(events.Finished(step=context.last_step, seconds=context.seconds))
    return FINISHED


def _last_step(run: Run) -> int | None:
    from workbench.core.checkpoints import latest

    found = latest(run.checkpoints)
    return int(found.name.removeprefix("step-")) if found else None


def _sentence(error: Exception) -> str:
    text = str(error).lower()
    if isinstance(error, MemoryError) or type(error).__name__ in OUT_OF_MEMORY or "can't allocate memory" in text:
        return tr("There was not enough memory. Try a smaller batch size, a shorter length, or a smaller model.")
    if getattr(error, "errno", 0) == errno.ENOSPC or "no space left on device" in text:  # safetensors has no errno
        return tr("The disk is full. Free some space and resume the run from its last checkpoint.")
    return tr(
        "Training failed unexpectedly: {error}",
        error=str(error).splitlines()[0] if str(error) else type(error).__name__,
    )
