"""The rows of the database that hold what people prefer, and how they are written and read."""

from collections.abc import Sequence
from typing import Any

import msgspec

from workbench.core.clock import now
from workbench.core.errors import UserError
from workbench.core.i18n import tr


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """What made an answer: a run or a base model, with which sampling settings; empty for an imported one."""

    run: str = ""
    model: str = ""
    sampling: dict[str, Any] = {}


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer to a prompt; ``position`` is its number, from 0, among those generated together."""

    id: int
    prompt: str
    text: str
    origin: Origin
    position: int


class Ranking(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to one prompt, in the order in which they were shown, with the rank of each.

    Attributes:
        ranks: 1 is the best, equal ranks are ties; empty if the prompt was skipped.
        seconds: How long it took.
        source: Name of the file that it was imported from; empty if it was made here.
    """

    id: int
    prompt: str
    answers: list[Answer]
    ranks: list[int]
    annotator: str
    seconds: float
    skipped: bool
    source: str
    created: str

    @property
    def responses(self) -> list[str]:
        """The texts of the answers, in the order in which they were shown."""
        return [answer.text for answer in self.answers]

    @property
    def usable(self) -> bool:
        """Whether a preference can be learnt from it: not skipped, not all answers tied."""
        return len(set(self.ranks)) > 1


def as_row(ranking: Ranking) -> dict[str, Any]:
    """Return a ranking as a row of a data set, and as a line of an exported file."""
    return {
        "prompt": ranking.prompt,
        "responses": ranking.responses,
        "ranks": ranking.ranks,
        "annotator": ranking.annotator,
    }


def as_pairs(row: dict[str, Any]) -> list[dict[str, str]]:
    """Return every preference in a row of a ranking; ties are none."""
    ranked = list(zip(row["responses"], row["ranks"], strict=True))
    return [
        {"prompt": row["prompt"], "chosen": better, "rejected": worse}
        for better, rank in ranked
        for worse, other in ranked
        if rank < other
    ]


def _prompt_id(db: Any, prompt: str) -> int:
    db.execute("insert or ignore into prompts (text, created) values (?, ?)", [prompt, now()])
    return int(db.execute("select id from prompts where text = ?", [prompt]).fetchone()[0])


def add_answers(db: Any, prompt: str, texts: Sequence[str], origin: Origin) -> list[Answer]:
    """Add answers that were generated together."""
    prompt_id, stamp = _prompt_id(db, prompt), now()
    sampling = _json(origin.sampling)
    answers: list[Answer] = []
    for position, text in enumerate(texts):
        cursor = db.execute(
            "insert into answers (prompt, text, run, model, sampling, position, created) values (?, ?, ?, ?, ?, ?, ?)",
            [prompt_id, text, origin.run, origin.model, sampling, position, stamp],
        )
        answers.append(Answer(id=cursor.lastrowid, prompt=prompt, text=text, origin=origin, position=position))
    return answers


def add_ranking(
    db: Any,
    prompt: str,
    shown: Sequence[int],
    ranks: Sequence[int] | None,
    annotator: str,
    seconds: float,
    source: str = "",
) -> int:
    """Add a ranking, or a skip where there are no ranks, and return its id."""
    prompt_id = _prompt_id(db, prompt)
    known = db.execute(
        "select count(*) from answers where prompt = ? and id in (select value from json_each(?))",
        [prompt_id, _json(list(shown))],
    ).fetchone()[0]
    if known != len(shown):
        raise UserError(tr("An answer was ranked twice, or belongs to another prompt."))
    ranking = db.execute(
        "insert into rankings (prompt, annotator, seconds, skipped, undone, source, created)"
        " values (?, ?, ?, ?, 0, ?, ?)",
        [prompt_id, annotator, seconds, int(ranks is None), source, now()],
    ).lastrowid
    given: Sequence[int | None] = ranks if ranks is not None else [None] * len(shown)
    for position, (answer, rank) in enumerate(zip(shown, given, strict=True)):
        db.execute(
            "insert into ranking_items (ranking, answer, shown, rank) values (?, ?, ?, ?)",
            [ranking, answer, position, rank],
        )
    return int(ranking)


def mark(db: Any, which: str, *, undone: bool) -> Ranking | None:
    """Mark the ranking that a query finds as undone or done, and return it."""
    ranking = db.execute(which).fetchone()[0]
    if ranking is None:
        return None
    db.execute("update rankings set undone = ? where id = ?", [int(undone), ranking])
    return load(db, [ranking])[0]


def load(db: Any, ids: Sequence[int]) -> list[Ranking]:
    """Return the rankings with these ids, oldest first."""
    wanted = [_json(list(ids))]
    shown: dict[int, list[dict[str, Any]]] = {}
    for item in db.query(
        "select i.ranking, i.answer, i.rank, a.text, a.run, a.model, a.sampling, a.position"
        " from ranking_items i join answers a on a.id = i.answer"
        " where i.ranking in (select value from json_each(?)) order by i.ranking, i.shown",
        wanted,
    ):
        shown.setdefault(item["ranking"], []).append(item)
    rankings = db.query(
        "select r.*, p.text as prompt_text from rankings r join prompts p on p.id = r.prompt"
        " where r.id in (select value from json_each(?)) order by r.id",
        wanted,
    )
    return [_ranking(row, shown.get(row["id"], [])) for row in rankings]


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _ranking(row: dict[str, Any], items: list[dict[str, Any]]) -> Ranking:
    return Ranking(
        id=row["id"],
        prompt=row["prompt_text"],
        answers=[
            Answer(
                id=item["answer"],
                prompt=row["prompt_text"],
                text=item["text"],
                origin=Origin(run=item["run"], model=item["model"], sampling=msgspec.json.decode(item["sampling"])),
                position=item["position"],
            )
            for item in items
        ],
        ranks=[item["rank"] for item in items if item["rank"] is not None],
        annotator=row["annotator"],
        seconds=row["seconds"],
        skipped=bool(row["skipped"]),
        source=row["source"],
        created=row["created"],
    )
