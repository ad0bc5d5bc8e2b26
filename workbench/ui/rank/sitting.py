"""One sitting of ranking: prompts come up on the board, what is decided is saved, and the next one comes."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from workbench.core.i18n import tr
from workbench.runtime import jobs
from workbench.ui.rank.board import RankBoard
from workbench.ui.rank.queue import RoundQueue
from workbench.ui.rank.round import Overview, Round, Store


class Sitting(QObject):
    """Leads a person through the prompts of a queue.

    A decision is on disk before the next prompt is shown. Undone rounds come back one on top of the other, and the
    prompt that was up waits below them.

    Args:
        queue: Its session is started here and closed by `close`.
        board: Shows the rounds.
        store: Keeps what is decided.
        annotator: Who ranks.

    Signals:
        progressed(): Counts have changed.
        kept(object): A ranking was saved or undone; the new `Overview`.
        told(str): Something to say that is no mistake.
        failed(str, str): A sentence for a person, and the detail.
        died(): The session is gone; `restart` makes a new one.
        over(): There is no prompt left.
    """

    progressed = Signal()
    kept = Signal(object)
    told = Signal(str)
    failed = Signal(str, str)
    died = Signal()
    over = Signal()

    def __init__(
        self, queue: RoundQueue, board: RankBoard, store: Store, annotator: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        queue.setParent(self)
        self.queue = queue
        self.done_now = 0
        self._board = board
        self._store = store
        self._annotator = annotator
        self._again: list[Round] = []
        queue.written.connect(self._on_written)
        queue.completed.connect(self._on_completed)
        queue.refused.connect(self.failed)
        queue.moved.connect(self._show_current)
        queue.session.failed.connect(self._on_session_failed)
        queue.session.ended.connect(self.died)
        board.decided.connect(self.save)
        board.skipped.connect(self.skip)
        board.undo_wanted.connect(self.undo)

    def start(self) -> None:
        """Load the model and show the first prompt."""
        self._board.set_busy(False)
        self.queue.start()
        self._show_current()

    def restart(self) -> None:
        """Load the model again after it was lost; what was placed stays."""
        self.queue.start()
        self._board.update_round()
        self._board.setFocus()

    def close(self) -> None:
        """Give the model's memory back."""
        self.queue.session.close()
        self.queue.session.deleteLater()
        self.deleteLater()

    def save(self) -> None:
        """Save the ranking on the board."""
        current = self._board.round
        if current is not None and current.decidable:
            self._keep(lambda: self._store.save(current, self._annotator), ranked=True)

    def skip(self) -> None:
        """Pass the prompt over."""
        current = self._board.round
        if current is None:
            return
        if current.whole:
            self._keep(lambda: self._store.skip(current, self._annotator), ranked=False)
        else:  # nothing was shown in full: there is nothing to keep, and no need to write on
            self.queue.session.cancel(current.request)
            self._next()

    def undo(self) -> None:
        """Bring the last decision back to the board."""
        self._board.set_busy(True)

        def done(found: tuple[Round | None, Overview]) -> None:
            undone, overview = found
            self._board.set_busy(False)
            if undone is None:
                self.told.emit(tr("There is nothing to undo."))
                return
            self.done_now = max(self.done_now - bool(undone.placement.groups), 0)
            self._again.append(undone)
            self.kept.emit(overview)
            self._show_current()

        jobs.start(self, lambda _report: self._store.undo(), done=done, failed=self._on_store_failed)

    def _keep(self, work: Callable[[], Overview], *, ranked: bool) -> None:
        self._board.set_busy(True)

        def done(overview: Overview) -> None:
            self.done_now += ranked
            self._board.set_busy(False)
            self.kept.emit(overview)
            self._next()

        jobs.start(self, lambda _report: work(), done=done, failed=self._on_store_failed)

    def _next(self) -> None:
        if self._again:
            self._again.pop()
            self._show_current()
        else:
            self.queue.advance()

    def _show_current(self) -> None:
        current = self._again[-1] if self._again else self.queue.current
        if current is None:
            self.over.emit()
            return
        if self._board.round is not None:
            self._board.round.stop_clock()
        self._board.show_round(current)
        self.progressed.emit()

    def _on_written(self, round: Round, position: int) -> None:
        if round is self._board.round:
            self._board.update_text(position)

    def _on_completed(self, round: Round) -> None:
        if round is self._board.round:
            self._board.update_round()
        self.progressed.emit()

    def _on_session_failed(self, request: int, sentence: str, detail: str) -> None:
        if request < 0:
            self.failed.emit(sentence, detail)

    def _on_store_failed(self, sentence: str, detail: str) -> None:
        self._board.set_busy(False)
        self.failed.emit(sentence, detail)
