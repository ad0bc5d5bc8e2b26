"""The kind whose rows are answers that were compared."""

from workbench.core.datasets.kinds.base import Kind, Role, Row
from workbench.core.datasets.kinds.roles import PROMPT
from workbench.core.i18n import mark, tr


def _check_ranking(row: Row) -> str:
    responses, ranks = row["responses"], row["ranks"]
    if len(responses) < 2:
        return tr("A ranking needs at least two answers.")
    if len(responses) != len(ranks):
        return tr("There are not as many ranks as answers.")
    if min(ranks) < 1 or max(ranks) > len(responses):
        return tr("Ranks are whole numbers from 1 (the best) to the number of answers.")
    if len(set(ranks)) == 1:
        return tr("All answers have the same rank, so nothing can be learnt from them.")
    return ""


RANKING = Kind(
    name="ranking",
    label=mark("Rankings"),
    help=mark("Each row is a prompt with several answers and the rank of each."),
    roles=(
        PROMPT,
        Role(
            name="responses",
            label=mark("Answers"),
            help=mark("The answers that were compared."),
            type="texts",
            columns=("responses", "answers", "completions", "candidates", "generations", "回答"),
        ),
        Role(
            name="ranks",
            label=mark("Ranks"),
            help=mark("The rank of each answer, 1 for the best; equal ranks are ties."),
            type="numbers",
            columns=("ranks", "ranking", "rank"),
        ),
        *(
            Role(
                name=name,
                label=label,
                help=help,
                type="reply",
                required=False,
                stored=False,
                loose=True,
                columns=columns,
            )
            for name, label, help, columns in (
                (
                    "chosen",
                    mark("Better answer"),
                    mark("The better one of two answers, instead of answers and ranks."),
                    ("chosen", "preferred", "accepted"),
                ),
                (
                    "rejected",
                    mark("Worse answer"),
                    mark("The worse one of two answers."),
                    ("rejected", "dispreferred"),
                ),
            )
        ),
        Role(
            name="scores",
            label=mark("Scores"),
            help=mark("A number for each answer, higher is better, instead of ranks."),
            type="numbers",
            required=False,
            stored=False,
            columns=("scores", "ratings", "rewards"),
        ),
        Role(
            name="annotator",
            label=mark("Annotator"),
            help=mark("Who ranked."),
            required=False,
            columns=("annotator", "ranker", "user_id", "worker"),
        ),
    ),
    check=_check_ranking,
    group="prompt",
    ways=(("prompt", "responses"), ("chosen", "rejected")),
)
