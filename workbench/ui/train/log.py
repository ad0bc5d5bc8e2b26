"""The end of what a trainer printed, read while it is looked at."""

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from workbench.core.i18n import tr
from workbench.core.runs import Run
from workbench.runtime import jobs
from workbench.ui.theme.metrics import GRID

LINES = 400
AGAIN = 1500
"""Milliseconds between two readings."""


class LogView(QPlainTextEdit):
    """The log of a run; reads only while it is visible."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.log_text")
        self.setAccessibleName(tr("Log"))
        self.setReadOnly(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.setFixedHeight(GRID * 20)
        self._run: Run | None = None
        self._timer = QTimer(self, interval=AGAIN)
        self._timer.timeout.connect(self._read)

    def show_run(self, run: Run) -> None:
        """Show the log of another run."""
        self._run = run
        self.clear()
        if self._timer.isActive():
            self._read()

    def set_open(self, open: bool) -> None:
        """Read now and again, or no longer."""
        if open:
            self._read()
            self._timer.start()
        else:
            self._timer.stop()

    def _read(self) -> None:
        run = self._run
        if run is None:
            return

        def done(text: str) -> None:
            if run is self._run and text != self.toPlainText():
                self.setPlainText(text)
                self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

        jobs.start(self, lambda _report: run.log_tail(LINES), done=done)
