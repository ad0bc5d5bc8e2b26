"""What people prefer, with the evidence: prompts, answers and their origin, what was shown, and the ranks.

A ranking that was saved is on disk before the call returns. One that is undone stays in the file, marked, so
that it can be done again.
"""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import msgspec

from workbench.core.clock import now
from workbench.core.database import Database
from workbench.core.datasets.dataset import Dataset, Rejected, readable
from workbench.core.datasets.importer import look, nothing_usable
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.kinds import kind as find_kind
from workbench.core.datasets.readers import read
from workbench.core.datasets.rows import to_row
from workbench.core.datasets.writer import write_dataset
from workbench.core.errors import UserError
from workbench.core.evidence import (
    Answer,
    Origin,
    Ranking,
    add_answers,
    add_ranking,
    as_pairs,
    as_row,
    load,
    mark,
)
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from workbench.core.project import Project

RANKINGS = "rankings"
"""The name under which the rankings of a project are chosen like a data set."""

HELD_OUT = 0.1
FEWEST = 2


class ImportReport(msgspec.Struct):
    """What became of the rows of an imported file.

    Attributes:
        rows: How many were added.
        known: How many were there already, and were not added again.
    """

    rows: int = 0
    known: int = 0
    rejected: list[Rejected] = msgspec.field(default_factory=list)

    @property
    def reasons(self) -> dict[str, int]:
        """How many rows were rejected for which reason, the most frequent first."""
        return dict(Counter(rejected.reason for rejected in self.rejected).most_common())


class Preferences:
    """The rankings of a project.

    Any thread may call any method: all share one connection, one call at a time.

    Args:
        database: The project's database file; it is made if it is missing.

    Raises:
        UserError: The database cannot be used; see `Database`.
    """

    def __init__(self, database: Path) -> None:
        self._database = Database(database)

    def __enter__(self) -> "Preferences":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add_answers(self, prompt: str, texts: Sequence[str], origin: Origin) -> list[Answer]:
        """Keep answers that were generated together for a prompt, in that order."""
        with self._database.writing() as db:
            return add_answers(db, prompt, texts, origin)

    def save_ranking(
        self,
        prompt: str,
        shown: Sequence[int],
        ranks: Sequence[int],
        annotator: str = "",
        seconds: float = 0.0,
    ) -> int:
        """Save a ranking durably and return its id.

        Args:
            prompt: The prompt that the answers are for.
            shown: Ids of the answers in the order in which they were shown.
            ranks: Rank of each of them, 1 for the best; equal ranks are ties.
            annotator: Who ranked.
            seconds: How long it took.

        Raises:
            UserError: Answers and ranks do not fit together, or the disk is full or locked.
        """
        if len(ranks) != len(shown) or len(shown) < 2 or min(ranks) < 1:
            raise UserError(tr("A ranking needs at least two answers and a rank from 1 for each of them."))
        with self._database.writing() as db:
            return add_ranking(db, prompt, shown, ranks, annotator, seconds)

    def skip(self, prompt: str, shown: Sequence[int], annotator: str = "", seconds: float = 0.0) -> int:
        """Save that a prompt was passed over, with the answers that were shown, and return the id."""
        with self._database.writing() as db:
            return add_ranking(db, prompt, shown, None, annotator, seconds)

    def undo_last(self) -> Ranking | None:
        """Take back the last ranking or skip made here (not an imported one); return it to be shown again."""
        with self._database.writing() as db:
            return mark(db, "select max(id) from rankings where undone = 0 and source = ''", undone=True)

    def redo(self) -> Ranking | None:
        """Bring back what was undone last, unless another ranking was made since."""
        with self._database.writing() as db:
            return mark(
                db,
                "select min(id) from rankings where undone = 1 and source = ''"
                " and id > (select coalesce(max(id), 0) from rankings where undone = 0 and source = '')",
                undone=False,
            )

    def count(self) -> int:
        """Return how many rankings there are, those that were skipped or undone left out."""
        with self._database.reading() as db:
            return int(db["rankings"].count_where("undone = 0 and skipped = 0"))

    def rankings(self, *, skipped: bool = False) -> list[Ranking]:
        """Return the rankings, oldest first, without undone ones and, unless asked for, skipped ones."""
        with self._database.reading() as db:
            query = "select id from rankings where undone = 0 and skipped <= ?"
            return load(db, [row["id"] for row in db.query(query, [int(skipped)])])

    def seen(self) -> set[str]:
        """Return the prompts that were ranked or skipped."""
        return {ranking.prompt for ranking in self.rankings(skipped=True)}

    def mark_used(self, run: str, rankings: Sequence[int]) -> None:
        """Note that a run learns from rankings."""
        with self._database.writing() as db:
            db["run_rankings"].insert_all([{"run": run, "ranking": ranking} for ranking in rankings], ignore=True)

    def used_by(self, ranking: int) -> list[str]:
        """Return the runs that learnt from a ranking."""
        with self._database.reading() as db:
            return [row["run"] for row in db["run_rankings"].rows_where("ranking = ?", [ranking], order_by="run")]

    def import_jsonl(self, path: Path) -> ImportReport:
        """Add the rankings of a file: ranked lists, lists with scores, or pairs of a better and a worse answer.

        What is there already, from the same annotator, is not added again. Rows that are no good are kept with their
        reason and reported.

        Raises:
            UserError: The file cannot be read, or no row of it can be used; then nothing is added.
        """
        good, rejected = _usable(path)
        report = ImportReport(rejected=rejected)
        if not good:
            raise UserError(nothing_usable(path, report.reasons))
        there = Counter(_identity(as_row(ranking)) for ranking in self.rankings())
        new = []
        for row in good:
            if there[identity := _identity(row)]:
                there[identity] -= 1
            else:
                new.append(row)
        report.rows, report.known = len(new), len(good) - len(new)
        with self._database.writing() as db:
            for row in new:
                answers = add_answers(db, row["prompt"], row["responses"], Origin())
                ids = [answer.id for answer in answers]
                add_ranking(db, row["prompt"], ids, row["ranks"], row.get("annotator", ""), 0.0, path.name)
            db["rejections"].insert_all(
                {
                    **{"line": rejected.line, "reason": rejected.reason, "raw": rejected.raw},
                    **{"source": path.name, "created": now()},
                }
                for rejected in report.rejected
            )
        return report

    def export_jsonl(self, path: Path, format: Literal["ranking", "pairs"] = "ranking") -> int:
        """Write the rankings to a file and return how many lines it has.

        Args:
            path: The file; an older one is replaced when the new one is whole.
            format: ``ranking`` for a line each, ``pairs`` for a line for each preference (prompt, chosen,
                rejected), ties left out.

        Raises:
            UserError: The file cannot be written.
        """
        rows = [as_row(ranking) for ranking in self.rankings()]
        if format == "pairs":
            rows = [pair for row in rows for pair in as_pairs(row)]
        staging = path.with_name(path.name + ".new")
        try:
            staging.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))
            staging.replace(path)
        except OSError as error:
            raise UserError(tr("{file} cannot be written.", file=path), str(error)) from error
        return len(rows)


def _usable(path: Path) -> tuple[list[Row], list[Rejected]]:
    """Return the rows of a file that are rankings, and the others with the reason."""
    kind = find_kind("ranking")
    seen = look(path, kind.name)
    columns = {**{role.name: role.name for role in kind.stored}, **seen.mapping}
    good, rejected = [], []
    for record in read(path, seen.how):
        row, reason = to_row(kind, record.values, columns) if record.values is not None else (None, record.reason)
        if row is not None:
            good.append(row)
        else:
            rejected.append(Rejected(record.line, reason, readable(record.raw), record.file))
    return good, rejected


def _identity(row: Row) -> tuple[str, tuple[tuple[str, int], ...], str]:
    """Return what makes two rankings the same; the order in which the answers were shown does not matter."""
    answers = tuple(sorted(zip(row["responses"], row["ranks"], strict=True)))
    return row["prompt"], answers, row.get("annotator", "")


def snapshot(project: "Project", folder: Path, *, run: str = "") -> Dataset:
    """Freeze the rankings of a project as a data set, so that later ones do not change it.

    All rankings of a prompt are in the same split; a tenth of the prompts is held out.

    Args:
        project: Whose rankings.
        folder: Where the data set goes; it must not exist yet.
        run: The run that is going to learn from them.

    Raises:
        UserError: There are too few rankings to learn from.
    """
    with Preferences(project.database) as preferences:
        usable = [ranking for ranking in preferences.rankings() if ranking.usable]
        if len(usable) < FEWEST:
            raise UserError(
                tr(
                    "There are {count} usable rankings and at least {fewest} are needed. Rank more answers.",
                    count=len(usable),
                    fewest=FEWEST,
                )
            )
        if run:
            preferences.mark_used(run, [ranking.id for ranking in usable])
    rows = (as_row(ranking) for ranking in usable)
    return write_dataset(folder, RANKINGS, "ranking", rows, split=HELD_OUT, source=RANKINGS)


__all__ = ["RANKINGS", "Answer", "ImportReport", "Origin", "Preferences", "Ranking", "snapshot"]
