"""Prompts to answer: what stands before the first answer in the rows of a data set."""

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row

KINDS = ("prompts", "instruction", "chat")
"""Kinds of data sets that hold prompts."""


def prompt(row: Row) -> str:
    """Return what a person says in a row of one of `KINDS`: of a chat, their first turn; "" if there is none."""
    if "messages" not in row:
        return str(row["prompt"])
    return next((str(message["content"]) for message in row["messages"] if message["role"] == "user"), "")


def prompts(dataset: Dataset) -> list[str]:
    """Return the prompts of a data set in its order, each once."""
    return [text for text in dict.fromkeys(map(prompt, dataset.rows())) if text.strip()]
