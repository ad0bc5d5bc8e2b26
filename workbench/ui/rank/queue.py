"""The prompts to rank, one after another, with the answers to the next ones written ahead."""

import random
import secrets
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from workbench.core.evidence import Origin
from workbench.runtime.session import GenerationSession
from workbench.ui.rank.round import Round

AHEAD = 2
"""For how many prompts beyond the one that is shown answers are written."""


@dataclass(frozen=True, kw_only=True)
class Sampling:
    """How answers are made."""

    run: str
    model: str
    k: int
    max_new_tokens: int
    temperature: float
    top_p: float = 0.95


class RoundQueue(QObject):
    """Asks a session for the answers to one prompt after another.

    Args:
        session: Not started yet.
        prompts: In the order in which they are to be ranked.
        sampling: How the answers are made.

    Signals:
        written(object, int): A round has more text at a position.
        completed(object): All answers of a round are there.
        refused(str, str): A prompt was left out: a sentence, and the detail.
        moved(): Another round is the current one.
    """

    written = Signal(object, int)
    completed = Signal(object)
    refused = Signal(str, str)
    moved = Signal()

    def __init__(
        self, session: GenerationSession, prompts: Sequence[str], sampling: Sampling, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        session.setParent(self)
        self.session = session
        self.total = len(prompts)
        self._sampling = sampling
        self._left = deque(prompts)
        self._rounds: deque[Round] = deque()
        self._random = random.Random(secrets.randbits(64))
        session.token.connect(self._on_token)
        session.answered.connect(self._on_answered)
        session.done.connect(self._on_done)
        session.failed.connect(self._on_failed)

    @property
    def current(self) -> Round | None:
        """The round to rank now; None when all are through."""
        return self._rounds[0] if self._rounds else None

    @property
    def ready(self) -> int:
        """How many rounds beyond the current one have all their answers."""
        return sum(round.whole for round in list(self._rounds)[1:])

    def start(self) -> None:
        """Start the session, again if it died, and ask for what is missing."""
        self.session.start()
        for round in self._rounds:
            if not round.whole:
                round.texts = [""] * len(round.order)
                self._ask(round)
        self._fill()

    def advance(self) -> None:
        """Go on to the next round."""
        self._rounds.popleft()
        self._fill()
        self.moved.emit()

    def _fill(self) -> None:
        while self._left and len(self._rounds) <= AHEAD:
            sampling = {
                "k": self._sampling.k,
                "max_new_tokens": self._sampling.max_new_tokens,
                "temperature": self._sampling.temperature,
                "top_p": self._sampling.top_p,
                "seed": secrets.randbelow(2**31),
            }
            origin = Origin(run=self._sampling.run, model=self._sampling.model, sampling=sampling)
            round = Round.fresh(self._left.popleft(), self._sampling.k, origin, self._random)
            self._rounds.append(round)
            self._ask(round)

    def _ask(self, round: Round) -> None:
        round.request = self.session.generate(round.prompt, **round.origin.sampling)

    def _find(self, request: int) -> Round | None:
        return next((round for round in self._rounds if round.request == request), None)

    def _on_token(self, request: int, answer: int, text: str) -> None:
        round = self._find(request)
        if round is not None:
            position = round.order.index(answer)
            round.texts[position] += text
            self.written.emit(round, position)

    def _on_answered(self, request: int, answer: int, text: str, ended: bool) -> None:
        round = self._find(request)
        if round is not None:
            position = round.order.index(answer)
            round.texts[position] = text
            if not ended:
                round.cut.add(position)
            self.written.emit(round, position)

    def _on_done(self, request: int) -> None:
        round = self._find(request)
        if round is not None:
            round.whole = True
            self.completed.emit(round)

    def _on_failed(self, request: int, sentence: str, detail: str) -> None:
        round = self._find(request)
        if round is None:
            return
        was_current = round is self.current
        self._rounds.remove(round)
        self.total -= 1
        self._fill()
        self.refused.emit(sentence, detail)
        if was_current:
            self.moved.emit()
