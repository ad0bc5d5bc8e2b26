"""The shape of a project's database, as numbered steps; a step that has been released is never changed.

The number of steps done is kept in the database (``user_version``).
"""

from collections.abc import Callable
from typing import Any

Migration = Callable[[Any], None]


def evidence(db: Any) -> None:
    """1: prompts, their answers, and who ranked them how."""
    db["prompts"].create({"id": int, "text": str, "created": str}, pk="id", not_null={"text"})
    db["prompts"].create_index(["text"], unique=True)
    db["answers"].create(
        {
            "id": int,
            "prompt": int,
            "text": str,
            "run": str,
            "model": str,
            "sampling": str,
            "position": int,
            "created": str,
        },
        pk="id",
        not_null={"prompt", "text"},
        foreign_keys=[("prompt", "prompts", "id")],
    )
    db["answers"].create_index(["prompt"])
    db["rankings"].create(
        {
            "id": int,
            "prompt": int,
            "annotator": str,
            "seconds": float,
            "skipped": int,
            "undone": int,
            "source": str,
            "created": str,
        },
        pk="id",
        not_null={"prompt", "skipped", "undone"},
        foreign_keys=[("prompt", "prompts", "id")],
    )
    db["ranking_items"].create(
        {"ranking": int, "answer": int, "shown": int, "rank": int},
        pk=("ranking", "shown"),
        not_null={"answer"},
        foreign_keys=[("ranking", "rankings", "id"), ("answer", "answers", "id")],
    )
    db["run_rankings"].create(
        {"run": str, "ranking": int},
        pk=("run", "ranking"),
        foreign_keys=[("ranking", "rankings", "id")],
    )
    db["rejections"].create({"id": int, "source": str, "line": int, "reason": str, "raw": str, "created": str}, pk="id")


MIGRATIONS: tuple[Migration, ...] = (evidence,)
