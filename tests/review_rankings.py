"""Rankings of real review sentences by the ratings that 20 people gave them."""

import json
import random

from workbench.core import starters

PROMPT = "Write one sentence of a review of a product that you liked. ({number})"


def review_rankings(count: int, k: int, seed: int) -> list[dict[str, object]]:
    """Draw ``count`` rankings of ``k`` different sentences; equal ratings are ties."""
    path = starters.data_path("reviews")
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    draw = random.Random(seed)
    rankings = []
    for number in range(count):
        chosen = draw.sample(rows, k)
        ratings = sorted({row["rating"] for row in chosen}, reverse=True)
        rankings.append(
            {
                "prompt": PROMPT.format(number=number),
                "responses": [row["text"] for row in chosen],
                "ranks": [ratings.index(row["rating"]) + 1 for row in chosen],
                "annotator": "ratings",
            }
        )
    return rankings
