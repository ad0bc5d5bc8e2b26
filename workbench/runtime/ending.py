"""How a run ended, as one sentence for a person with the end of the log behind it."""

import signal
from dataclasses import dataclass
from typing import Literal

from workbench.core import events
from workbench.core.i18n import tr
from workbench.core.runs import Run

OUT_OF_MEMORY = ("MemoryError", "out of memory", "can't allocate memory", "Cannot allocate memory", "bad_alloc")


@dataclass(frozen=True)
class Ending:
    """How a run ended.

    Attributes:
        state: ``died`` when the trainer is gone and wrote no ending.
        sentence: What happened and what to do.
        detail: The technical part.
        can_resume: Whether there is a checkpoint to go on from.
    """

    state: Literal["finished", "stopped", "failed", "died"]
    sentence: str
    detail: str = ""
    can_resume: bool = False


def written(event: events.Ending, run: Run) -> Ending:
    """Return the ending that the trainer wrote itself."""
    match event:
        case events.Finished():
            return Ending("finished", tr("Finished."))
        case events.Stopped():
            sentence = tr("Stopped and saved at step {step}; Resume goes on from there.", step=event.step)
            return Ending("stopped", sentence, can_resume=run.can_resume())
    return Ending("failed", event.sentence, event.detail or run.log_tail(), run.can_resume())


def unwritten(run: Run, status: int | None) -> Ending:
    """Return the ending of a run whose trainer is gone without having written one.

    Args:
        run: The run.
        status: Exit status of the trainer, negative for a signal, None when it is not known.
    """
    log, can_resume = run.log_tail(), run.can_resume()
    way_out = (
        tr("Resume goes on from the last checkpoint.")
        if can_resume
        else tr("Nothing was saved yet; Resume starts again from the beginning.")
    )
    return Ending("died", f"{reason(status, log)} {way_out}", log, can_resume)


def reason(status: int | None, log: str) -> str:
    """Return why a process ended without a word, from its exit status and the end of its log."""
    if any(sign in log for sign in OUT_OF_MEMORY):
        return tr("The training process ran out of memory.")
    if status is None:
        return tr(
            "The training process is gone without a word: it was killed, ran out of memory, or the computer was off."
        )
    if status == 0:
        return tr("The training process ended before its work was done.")
    if status > 0:
        return tr("The training process ended with an error (exit status {status}).", status=status)
    match -status:
        case signal.SIGKILL:
            return tr("The training process was killed, by someone or by the system because memory ran out.")
        case signal.SIGTERM | signal.SIGINT | signal.SIGHUP:
            return tr("The training process was told to end from outside.")
        case number:
            return tr("The training process crashed ({signal}).", signal=_name(number))


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # a real-time signal has no name of its own
        return str(number)
