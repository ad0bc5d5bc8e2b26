"""The classes that a classifier learns, found in its data; whatever it is that is classified, and by which library."""

from collections import Counter

from workbench.core import events
from workbench.core.context import RunContext
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.runs import Run

FEWEST = 2
"""Rows of a class in the training part below which there is a warning."""

NAMED = 10
"""Labels that a warning names."""


def classes_of(context: RunContext, dataset: Dataset) -> list[str]:
    """Return the classes of a data set, sorted; classes with next to no example are warned of.

    Raises:
        UserError: There is only one class, the data are no longer those that the run was made for, or the run to start
            from has learnt other classes.
    """
    if context.spec.data_hash and dataset.info.hash != context.spec.data_hash:
        raise UserError(
            tr(
                "The data set “{data}” is no longer the one that this run was made for. Start a new run.",
                data=dataset.name,
            )
        )
    counts = Counter(dict.fromkeys(dataset.table()["label"].unique().to_pylist(), 0))
    counts.update(row["label"] for row in dataset.rows("train"))
    labels = sorted(counts)
    if len(labels) < 2:
        raise UserError(
            tr("All rows of “{data}” have the same label; a classifier needs at least two.", data=dataset.name)
        )
    parent = context.spec.parents.get("from")
    if parent and context.project.run(parent).result_info().get("labels") != labels:
        raise UserError(tr("Run “{run}” knows other labels than “{data}” has.", run=parent, data=dataset.name))
    rare = [label for label in labels if counts[label] < FEWEST]
    if rare:
        named = ", ".join(rare[:NAMED]) + (" …" if len(rare) > NAMED else "")
        text = tr("Too few rows to learn from have these labels: {labels}.", labels=named)
        context.emit(events.Note(text=text, level="warning"))
    return labels


def known_classes(run: Run, dataset: Dataset) -> list[str]:
    """Return the labels of a classifier, all of those of a data set among them.

    Raises:
        UserError: The data has labels that the run never learnt.
    """
    labels: list[str] = run.result_info()["labels"]
    unknown = sorted(set(dataset.table()["label"].unique().to_pylist()) - set(labels))
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
