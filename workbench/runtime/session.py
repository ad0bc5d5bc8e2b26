"""A generation session as the window sees it: a child that keeps a model loaded and streams its answers."""

import sys
from collections import deque
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QObject, QProcess, Signal

from workbench.core.i18n import tr
from workbench.core.session import Answered, Cancel, Done, Generate, Ready, Refused, Reply, Token, Wish

LOG_LINES = 200
REAP_MS = 10
"""How long closing waits for the killed child: long enough for most, too short to be felt."""


class GenerationSession(QObject):
    """Starts the child, speaks its protocol, and says in one sentence when it is gone.

    The child has nothing to lose, so closing the session kills it. If the window dies, the input of the child
    ends, and so does the child.

    Args:
        project: Folder of the project.
        run: Run whose result answers; the plain ``model`` when it is empty.
        command: What to start instead of the program's own session, for tests.

    Signals:
        ready(): The model is loaded; requests made before are worked on now.
        token(int, int, str): Request, answer, and a piece of text to append to that answer.
        answered(int, int, str, bool): Request, answer, its whole text, and whether it ended by itself.
        done(int): All answers of a request are there, or it was cancelled.
        failed(int, str, str): Request (-1 for the session itself), a sentence for a person, and the detail.
        ended(): The child is gone without having been closed; `start` makes a new one.
    """

    ready = Signal()
    token = Signal(int, int, str)
    answered = Signal(int, int, str, bool)
    done = Signal(int)
    failed = Signal(int, str, str)
    ended = Signal()

    def __init__(
        self,
        project: Path,
        *,
        run: str = "",
        model: str = "",
        command: list[str] | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        origin = ["--run", run] if run else ["--model", model]
        program = [sys.executable, "-m", "workbench", "session", "--project", str(project), *origin]
        self._command = command or program
        self._decoder = msgspec.json.Decoder(Reply)
        self._process: QProcess | None = None
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._refused = False
        self._next_id = 0

    @property
    def running(self) -> bool:
        """Whether there is a child."""
        return self._process is not None

    def start(self) -> None:
        """Start the child; what an earlier one was asked is forgotten."""
        self.close()
        self._log.clear()
        self._refused = False
        process = QProcess(QCoreApplication.instance())  # may outlive this object for the moment that killing takes
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._drain)
        process.finished.connect(self._finished)
        process.finished.connect(process.deleteLater)
        process.errorOccurred.connect(self._not_started)
        self.destroyed.connect(process.kill)
        self._process = process
        process.start(self._command[0], self._command[1:])

    def generate(
        self,
        prompt: str,
        *,
        k: int,
        max_new_tokens: int = 64,
        temperature: float = 1.0,
        top_p: float = 0.95,
        seed: int = 0,
    ) -> int:
        """Ask for ``k`` answers and return the number of the request; requests are served in turn."""
        self._next_id += 1
        self._say(
            Generate(
                id=self._next_id,
                prompt=prompt,
                k=k,
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
            )
        )
        return self._next_id

    def cancel(self, request: int) -> None:
        """Stop working on a request; `done` still comes."""
        self._say(Cancel(id=request))

    def close(self) -> None:
        """End the child; nothing more is heard of it."""
        process, self._process = self._process, None
        if process is not None:
            for signal in (
                process.readyReadStandardOutput,
                process.readyReadStandardError,
                process.errorOccurred,
            ):
                signal.disconnect()
            process.finished.disconnect(self._finished)
            process.kill()
            process.waitForFinished(REAP_MS)

    def log(self) -> str:
        """Return the end of what the child printed."""
        return "\n".join(self._log)

    def _say(self, wish: Wish) -> None:
        if self._process is not None:
            self._process.write(msgspec.json.encode(wish) + b"\n")

    def _read(self) -> None:
        process = self._process
        while process is not None and process is self._process and process.canReadLine():
            line = bytes(process.readLine().data())
            try:
                self._hear(self._decoder.decode(line))
            except msgspec.DecodeError:  # a library that prints where only the protocol should be
                self._log.append(line.decode("utf-8", errors="replace").rstrip())

    def _hear(self, reply: Reply) -> None:
        match reply:
            case Ready():
                self.ready.emit()
            case Token():
                self.token.emit(reply.id, reply.answer, reply.text)
            case Answered():
                self.answered.emit(reply.id, reply.answer, reply.text, reply.ended)
            case Done():
                self.done.emit(reply.id)
            case Refused():
                self._refused = self._refused or reply.id < 0
                self.failed.emit(reply.id, reply.sentence, reply.detail)

    def _drain(self) -> None:
        if self._process is not None:
            text = bytes(self._process.readAllStandardError().data())
            self._log.extend(text.decode("utf-8", errors="replace").splitlines())

    def _not_started(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            detail = self._process.errorString()
            self._process.deleteLater()
            self._lost(tr("The process that writes answers could not be started."), detail)

    def _finished(self) -> None:
        self._read()
        self._drain()
        sentence = tr("The process that writes answers has ended unexpectedly. Start again to go on.")
        self._lost("" if self._refused else sentence, self.log())

    def _lost(self, sentence: str, detail: str) -> None:
        self._process = None
        if sentence:
            self.failed.emit(-1, sentence, detail)
        self.ended.emit()
