"""A data set that is made in the background, until it is done or no longer wanted."""

import threading
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from workbench.core.datasets.dataset import Dataset
from workbench.runtime import jobs
from workbench.ui.data.import_progress import ImportProgress
from workbench.ui.widgets.notice import Notice

Work = Callable[[jobs.Report, Callable[[], bool]], Dataset]
"""Makes it, given how to tell the progress and what says whether it is no longer wanted."""


class Making(QObject):
    """Shows how far it is, and says why it failed.

    Args:
        parent: When it is destroyed, the outcome is dropped.
        progress: Is seen while it is at work.
        notice: Says what went wrong.

    Signals:
        busy(bool): It has begun, or ended.
        made(object): The data set.
        cancelled(): It ended because it was no longer wanted.
    """

    busy = Signal(bool)
    made = Signal(object)
    cancelled = Signal()

    def __init__(self, parent: QObject, progress: ImportProgress, notice: Notice) -> None:
        super().__init__(parent)
        self._progress, self._notice = progress, notice
        self._unwanted: threading.Event | None = None
        progress.hide()

    @property
    def is_busy(self) -> bool:
        """Whether it is at work."""
        return self._unwanted is not None

    def start(self, work: Work, progressed: Callable[[Any], None] | None = None) -> None:
        """Begin.

        Args:
            work: Makes the data set.
            progressed: Shows what the work reports, unless that is its share.
        """
        unwanted = self._unwanted = threading.Event()
        self._notice.clear()
        self._progress.begin()
        self._show_busy(True)

        def done(made: Dataset) -> None:
            self._end()
            self.made.emit(made)

        def failed(sentence: str, detail: str) -> None:
            self._end()
            if unwanted.is_set():
                self.cancelled.emit()
            else:
                self._notice.error(sentence, detail)

        jobs.start(
            self,
            lambda report: work(report, unwanted.is_set),
            done=done,
            failed=failed,
            progressed=progressed or self._progress.show_share,
        )

    def cancel(self) -> bool:
        """Ask it to end; return whether it was at work."""
        if self._unwanted is not None:
            self._unwanted.set()
        return self.is_busy

    def _end(self) -> None:
        self._unwanted = None
        self._show_busy(False)

    def _show_busy(self, busy: bool) -> None:
        self._progress.setVisible(busy)
        self.busy.emit(busy)
