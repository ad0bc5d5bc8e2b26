"""Commands of the program run as a child by the window, so that heavy libraries never come into its own process."""

import sys
from collections import deque
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, Signal

from workbench.core.i18n import tr

LAST_LINES = 30


class Command(QObject):
    """Runs ``workbench ARGUMENTS --json`` and gives its result.

    Signals:
        progressed(str): A line that the command says about what it does.
        done(object): The JSON value that it printed.
        failed(str, str): A sentence for a person, and the detail.
    """

    progressed = Signal(str)
    done = Signal(object)
    failed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._said: deque[str] = deque(maxlen=LAST_LINES)

    def start(self, *arguments: str | Path) -> None:
        """Start the command with its arguments, as on the command line without ``--json``; one at a time."""
        self._said.clear()
        self._process = QProcess(QCoreApplication.instance())
        self._process.readyReadStandardError.connect(self._listen)
        self._process.finished.connect(self._finished)
        self._process.finished.connect(self._process.deleteLater)
        self._process.errorOccurred.connect(self._not_started)
        self._process.start(sys.executable, ["-m", "workbench", *map(str, arguments), "--json"])

    def _listen(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", errors="replace")
        for line in filter(str.strip, text.splitlines()):
            self._said.append(line)
            self.progressed.emit(line)

    def _finished(self, status: int, _how: QProcess.ExitStatus) -> None:
        self._listen()
        answer = bytes(self._process.readAllStandardOutput().data())
        detail = "\n".join(self._said)
        if status != 0:  # the last line is the reason: that is how commands end
            reason = self._said[-1] if status in (1, 2) and self._said else tr("The command ended unexpectedly.")
            self.failed.emit(reason, detail)
            return
        try:
            value = msgspec.json.decode(answer)
        except msgspec.DecodeError:
            self.failed.emit(tr("The command ended unexpectedly."), detail)
            return
        self.done.emit(value)

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart:
            self.failed.emit(tr("The command could not be started."), self._process.errorString())
            self._process.deleteLater()
