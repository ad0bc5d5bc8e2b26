"""Short background work for the window: a function in a thread pool, its outcome as signals in the window's thread."""

import traceback
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QObject, QRunnable, QThreadPool, Signal, Slot

from workbench.core.errors import UserError
from workbench.core.i18n import tr

Report = Callable[[object], None]
"""How work tells its progress: any value, which reaches ``progressed`` in the window's thread."""


class Job(QObject):
    """Background work that has been started.

    Args:
        parent: When it is destroyed, the outcome is dropped.

    Signals:
        progressed(object): Whatever the work passes to its ``report`` function.
        done(object): What the work returned.
        failed(str, str): A sentence for a person, and the detail.
    """

    progressed = Signal(object)
    done = Signal(object)
    failed = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.cancelled = False

    def cancel(self) -> None:
        """Ask the work to end; it looks at ``cancelled``."""
        self.cancelled = True


class _Outcome(QObject):
    """Lives as long as the thread needs it, so that a destroyed `Job` is never touched from there.

    The application owns it: the last Python reference goes in the worker's thread, where it must not be destroyed.
    """

    progressed = Signal(object)
    done = Signal(object)
    failed = Signal(str, str)


class _Runner(QRunnable):
    def __init__(self, work: Callable[[Report], Any], outcome: _Outcome) -> None:
        super().__init__()
        self._work = work
        self._outcome = outcome

    @Slot()
    def run(self) -> None:
        try:
            self._outcome.done.emit(self._work(self._outcome.progressed.emit))
        except UserError as error:
            self._outcome.failed.emit(error.sentence, error.detail)
        except Exception:  # noqa: BLE001 - the boundary of the thread: everything else becomes a sentence with its detail
            self._outcome.failed.emit(tr("Something went wrong that should not have."), traceback.format_exc())
        finally:
            self._outcome.deleteLater()


def start(
    parent: QObject,
    work: Callable[[Report], Any],
    *,
    done: Callable[[Any], None] | None = None,
    failed: Callable[[str, str], None] | None = None,
    progressed: Callable[[Any], None] | None = None,
) -> Job:
    """Run ``work(report)`` in the thread pool; the callbacks are called in the thread of ``parent``."""
    job = Job(parent)
    outcome = _Outcome(QCoreApplication.instance())
    for signal, relay, callback in (
        (outcome.progressed, job.progressed, progressed),
        (outcome.done, job.done, done),
        (outcome.failed, job.failed, failed),
    ):
        signal.connect(relay)
        if callback is not None:
            relay.connect(callback)
    for ending in (job.done, job.failed):
        ending.connect(job.deleteLater)  # a long-lived parent must not collect them
    QThreadPool.globalInstance().start(_Runner(work, outcome))
    return job
