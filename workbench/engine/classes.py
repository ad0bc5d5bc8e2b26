"""The classes that a classifier learns, found in its data; whatever it is that is classified, and by which library."""

from collections import Counter
from collections.abc import Iterable

from workbench.core import events
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.several import parted
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.runs import Run

FEWEST = 2
"""Rows of a class in the training part below which there is a warning."""

NAMED = 10
"""Labels that a warning names."""

BEST: dict[str, dict[str, int]] = {
    "accuracy": {"eval/accuracy": 1, "eval/loss": -1},
    "loss": {"eval/loss": -1},
    "last": {},
}
"""What decides which weights are kept: high accuracy, and among equals the lower loss; or the loss alone."""


def labels_in(text: str, separator: str = "") -> tuple[str, ...]:
    """Return the labels of a row, whose label is a text.

    Args:
        text: As it is stored.
        separator: What stands between the labels where a row may have several or none; "" where it has just one.
    """
    return parted(text, separator) if separator else (text,)


def classes_of(context: RunContext, dataset: Dataset, separator: str = "") -> list[str]:
    """Return the classes of a data set, sorted; classes with next to no example are warned of.

    Args:
        context: The run.
        dataset: Its data.
        separator: As in `labels_in`.

    Raises:
        UserError: There is only one class, rows have none though each must have one, the data are no longer those that
            the run was made for, or the run to start from has learnt other classes.
    """
    if context.spec.data_hash and dataset.info.hash != context.spec.data_hash:
        raise UserError(
            tr(
                "The data set “{data}” is no longer the one that this run was made for. Start a new run.",
                data=dataset.name,
            )
        )
    texts = dataset.table()["label"].unique().to_pylist()
    if len({frozenset(labels_in(text, separator)) for text in texts}) < 2:
        raise UserError(
            tr("All rows of “{data}” have the same label; a classifier needs at least two.", data=dataset.name)
        )
    counts = Counter(dict.fromkeys(_each(texts, separator), 0))
    counts.update(_each((row["label"] for row in dataset.rows("train")), separator))
    labels = sorted(counts)
    if "" in labels:
        raise UserError(
            tr("Rows of “{data}” have no label; that is possible only with several labels a row.", data=dataset.name)
        )
    _check_parent(context, dataset, labels)
    rare = [label for label in labels if counts[label] < FEWEST]
    if rare:
        named = ", ".join(rare[:NAMED]) + (" …" if len(rare) > NAMED else "")
        text = tr("Too few rows to learn from have these labels: {labels}.", labels=named)
        context.emit(events.Note(text=text, level="warning"))
    return labels


def _each(texts: Iterable[str], separator: str) -> Iterable[str]:
    return (label for text in texts for label in labels_in(text, separator))


def _check_parent(context: RunContext, dataset: Dataset, labels: list[str]) -> None:
    """Refuse a parent that sorts into other classes; one that writes has none, and its body is the base."""
    parent = context.spec.parents.get("from")
    learnt = context.project.run(parent).result_info().get("labels") if parent else None
    if learnt is not None and learnt != labels:
        raise UserError(tr("Run “{run}” knows other labels than “{data}” has.", run=parent, data=dataset.name))


def known_classes(run: Run, dataset: Dataset, separator: str = "") -> list[str]:
    """Return the labels of a classifier, all of those of a data set among them.

    Args:
        run: The classifier.
        dataset: What it is to judge.
        separator: As in `labels_in`.

    Raises:
        UserError: The data has labels that the run never learnt.
    """
    labels: list[str] = run.result_info()["labels"]
    unknown = sorted(set(_each(dataset.table()["label"].unique().to_pylist(), separator)) - set(labels))
    if unknown:
        raise UserError(
            tr(
                "“{data}” has labels that run “{run}” never learnt: {unknown}. It knows: {known}.",
                data=dataset.name,
                run=run.id,
                unknown=", ".join(unknown),
                known=", ".join(labels),
            )
        )
    return labels
