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
        self._process: QProcess | None = None

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._process is not None

    def start(self, *arguments: str | Path) -> None:
        """Start the command with its arguments, as on the command line without ``--json``; one at a time."""
        self._said.clear()
        process = self._process = QProcess(QCoreApplication.instance())
        process.readyReadStandardError.connect(self._listen)
        process.finished.connect(self._finished)
        process.finished.connect(process.deleteLater)
        process.errorOccurred.connect(self._not_started)
        process.start(sys.executable, ["-m", "workbench", *map(str, arguments), "--json"])

    def cancel(self) -> None:
        """End the command; nothing more is heard of it."""
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardError.disconnect()
            process.errorOccurred.disconnect()
            process.finished.disconnect(self._finished)
            process.kill()

    def _listen(self) -> None:
        if self._process is None:
            return
        text = bytes(self._process.readAllStandardError().data()).decode("utf-8", errors="replace")
        for line in filter(str.strip, text.splitlines()):
            self._said.append(line)
            self.progressed.emit(line)

    def _finished(self, status: int, _how: QProcess.ExitStatus) -> None:
        self._listen()
        process, self._process = self._process, None
        answer = bytes(process.readAllStandardOutput().data()) if process else b""
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
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            process, self._process = self._process, None
            process.deleteLater()
            self.failed.emit(tr("The command could not be started."), process.errorString())
