"""One prompt with its answers, as it is being ranked, and how what a person decides is kept. No widgets."""

import random
import threading
import time
from dataclasses import dataclass, field

from workbench.core.evidence import Origin, Ranking
from workbench.core.preferences import Preferences
from workbench.core.project import Project
from workbench.core.ranking import Placement, shuffled


@dataclass
class Round:
    """A prompt, its answers in the order in which they are shown, and where they have been placed.

    Attributes:
        order: Item ``n`` is the number of the answer, as it was generated, that is shown at position ``n``.
        texts: What has been written so far, by position.
        cut: Positions of the answers that reached the longest length allowed.
        whole: All answers are there.
        stored: Ids of the answers by position, once they are in the database.
        seconds: How long it was looked at with all its answers.
    """

    prompt: str
    order: list[int]
    origin: Origin
    request: int = -1
    texts: list[str] = field(default_factory=list)
    cut: set[int] = field(default_factory=set)
    whole: bool = False
    stored: list[int] = field(default_factory=list)
    seconds: float = 0.0
    placement: Placement = field(init=False)
    _since: float | None = None

    def __post_init__(self) -> None:
        self.texts = self.texts or [""] * len(self.order)
        self.placement = Placement(len(self.order))

    @classmethod
    def fresh(cls, prompt: str, count: int, origin: Origin, source: random.Random) -> "Round":
        """Return a round whose answers are still to be written."""
        return cls(prompt, shuffled(count, source), origin)

    @classmethod
    def again(cls, ranking: Ranking) -> "Round":
        """Return a round that was undone, as it was shown and ranked."""
        made = cls(
            ranking.prompt,
            [answer.position for answer in ranking.answers],
            ranking.answers[0].origin,
            texts=ranking.responses,
            whole=True,
            stored=[answer.id for answer in ranking.answers],
            seconds=ranking.seconds,
        )
        made.placement.restore(ranking.ranks)
        return made

    @property
    def decidable(self) -> bool:
        """Whether the ranking can be saved."""
        return self.whole and self.placement.complete

    def start_clock(self) -> None:
        """Begin to measure, unless it is being done."""
        self._since = self._since or time.monotonic()

    def stop_clock(self) -> None:
        """Add the time since `start_clock` to ``seconds``."""
        if self._since is not None:
            self.seconds += time.monotonic() - self._since
            self._since = None


@dataclass(frozen=True)
class Overview:
    """What the database holds.

    Attributes:
        count: Rankings.
        usable: Those that a model can learn from.
        seen: Prompts that were ranked or skipped.
        annotator: Who ranked here last.
    """

    count: int = 0
    usable: int = 0
    seen: frozenset[str] = frozenset()
    annotator: str = ""


class Store:
    """Keeps rounds in a project's database; every method blocks and belongs into a job.

    Args:
        project: The database is opened when it is first needed.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self._preferences: Preferences | None = None
        self._lock = threading.Lock()

    def _open(self) -> Preferences:
        with self._lock:
            if self._preferences is None:
                self._preferences = Preferences(self.project.database)
            return self._preferences

    def close(self) -> None:
        """Close the database, if it is open."""
        with self._lock:
            if self._preferences is not None:
                self._preferences.close()
                self._preferences = None

    def save(self, round: Round, annotator: str) -> Overview:
        """Save a ranking; it is on disk when this returns."""
        self._store_answers(round)
        self._open().save_ranking(round.prompt, round.stored, round.placement.ranks(), annotator, round.seconds)
        return self.overview()

    def skip(self, round: Round, annotator: str) -> Overview:
        """Save that a prompt was passed over."""
        self._store_answers(round)
        self._open().skip(round.prompt, round.stored, annotator, round.seconds)
        return self.overview()

    def undo(self) -> tuple[Round | None, Overview]:
        """Take back the last ranking or skip, and return it to be shown again."""
        undone = self._open().undo_last()
        return (Round.again(undone) if undone else None), self.overview()

    def overview(self) -> Overview:
        """Count what there is."""
        if not self.project.database.exists():
            return Overview()
        rankings = self._open().rankings(skipped=True)
        made = [ranking for ranking in rankings if not ranking.skipped]
        usable = sum(ranking.usable for ranking in made)
        annotator = next((ranking.annotator for ranking in reversed(made) if not ranking.source), "")
        return Overview(len(made), usable, frozenset(ranking.prompt for ranking in rankings), annotator)

    def _store_answers(self, round: Round) -> None:
        if round.stored:
            return
        count = len(round.order)
        texts = [""] * count
        for position, number in enumerate(round.order):
            texts[number] = round.texts[position]
        answers = self._open().add_answers(round.prompt, texts, round.origin)
        round.stored = [answers[number].id for number in round.order]
