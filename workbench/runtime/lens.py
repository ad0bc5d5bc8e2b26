"""Rows as a model sees them, from a child that keeps the tokenizer loaded; it is started when it is first needed."""

import sys
from collections import deque
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, Signal

from workbench.core.i18n import tr
from workbench.core.lens import Answer, Ask

LOG_LINES = 100
REAP_MS = 10
"""How long closing waits for the killed child."""


class LensSession(QObject):
    """Asks the child, one request after the other; only the newest one is answered.

    Args:
        project: Folder of the project.

    Signals:
        shown(object): The list of `Shown` rows of the newest request.
        failed(str, str): A sentence for a person, and the detail.
    """

    shown = Signal(object)
    failed = Signal(str, str)

    def __init__(self, project: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arguments = ["-m", "workbench", "lens", "--project", str(project)]
        self._decoder = msgspec.json.Decoder(Answer)
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._process: QProcess | None = None
        self._newest = 0

    def ask(self, data: str, model: str, row: int, *, count: int = 1, max_length: int = 512) -> None:
        """Ask for some rows, by the number of the first from 1."""
        self._newest += 1
        if self._process is None:
            self._start()
        wish = Ask(id=self._newest, data=data, model=model, row=row, count=count, max_length=max_length)
        if self._process is not None:
            self._process.write(msgspec.json.encode(wish) + b"\n")

    def close(self, *, wait_ms: int = REAP_MS) -> None:
        """End the child and wait a little until it has gone; nothing more is heard of it."""
        process, self._process = self._process, None
        if process is not None:
            process.readyReadStandardOutput.disconnect()
            process.readyReadStandardError.disconnect()
            process.errorOccurred.disconnect()
            process.finished.disconnect(self._finished)
            process.kill()
            process.waitForFinished(wait_ms)

    def _start(self) -> None:
        self._log.clear()
        process = self._process = QProcess(QCoreApplication.instance())
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._drain)
        process.finished.connect(self._finished)
        process.finished.connect(process.deleteLater)
        process.errorOccurred.connect(self._not_started)
        self.destroyed.connect(process.kill)
        process.start(sys.executable, self._arguments)

    def _read(self) -> None:
        while self._process is not None and self._process.canReadLine():
            answer = self._decoder.decode(bytes(self._process.readLine().data()))
            if answer.id != self._newest:
                continue
            if answer.sentence:
                self.failed.emit(answer.sentence, answer.detail)
            else:
                self.shown.emit(answer.rows)

    def _drain(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data())
            self._log.extend(text.decode("utf-8", errors="replace").splitlines())

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            process, self._process = self._process, None
            process.deleteLater()
            self.failed.emit(tr("The process that shows rows could not be started."), process.errorString())

    def _finished(self) -> None:
        self._drain()
        self._process = None
        self.failed.emit(tr("The process that shows rows has ended unexpectedly."), "\n".join(self._log))
