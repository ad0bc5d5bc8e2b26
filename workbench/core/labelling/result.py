"""The data set that a labelling ends with: it says which labels a model gave."""

from collections.abc import Iterator
from pathlib import Path

from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Row
from workbench.core.datasets.splits import SplitRule
from workbench.core.datasets.writer import Writer
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.labelling.store import Labelling

PAGE = 4096
ALONE = 0.1
"""Share of a person's own labels that is held out where there is no other labelled data."""


def make_dataset(
    labelling: Labelling, name: str, threshold: float | None, *, beside: str = "", seed: int = 0
) -> Dataset:
    """Write the rows whose proposals are sure enough, and those that the person decided, as a data set.

    A label that a model gave is only ever trained on: what a run is judged by are labels of people. A text that has
    a person's label does not come a second time with a model's.

    Args:
        labelling: What was proposed and decided.
        name: Name of the new data set.
        threshold: Proposals at least so sure are taken; None takes those decided by the person only.
        beside: Name of a labelled data set that is joined to them; its parts stay what they are.
        seed: Of the shuffle that holds some of the person's labels out, without such a data set.

    Raises:
        UserError: The name is no good or taken, or there is nothing to write.
    """
    project = labelling.project
    if not name.strip() or Path(name).name != name or name.startswith("."):
        raise UserError(tr("“{name}” cannot be a name; use letters, digits, “-”, “_” and spaces.", name=name))
    with Writer(project.data / name, "text-label") as writer:
        taken: set[tuple[str, str]] = set()
        roles: set[str] = set()
        for row, part in _labelled(project.dataset(beside)) if beside else ():
            writer.add(row, part=part)
            taken.add(_content(row))
            roles.update(row)
        decided = {_content(row): row for row in _decided(labelling)}
        for row in (row for content, row in decided.items() if content not in taken):
            writer.add(row, part="train" if beside else "")
            roles.update(row)
        taken.update(decided)
        for row in _trusted(labelling, threshold) if threshold is not None else ():
            if _content(row) not in taken:
                writer.add(row, part="train")
                roles.update(row)
        if not writer.count:
            raise UserError(tr("No proposal is that sure and none was decided. Choose a lower threshold."))
        rule = SplitRule(share=0.0 if beside else ALONE, seed=seed)
        return writer.finish(name, rule, source=labelling.setup.data, mapping={role: role for role in sorted(roles)})


def _content(row: Row) -> tuple[str, str]:
    return row["text"], row.get("text_pair", "")


def _labelled(dataset: Dataset) -> Iterator[tuple[Row, str]]:
    if dataset.info.kind != "text-label":
        raise UserError(tr("“{name}” holds no texts with labels, so it cannot be joined.", name=dataset.name))
    for start in range(0, dataset.info.rows, PAGE):
        for row in dataset.page(start, PAGE):
            yield {key: value for key, value in row.items() if key != "split"}, row["split"]


def _source_rows(labelling: Labelling) -> Iterator[tuple[int, Row]]:
    source = labelling.source()
    for start in range(0, source.info.rows, PAGE):
        for number, row in enumerate(source.page(start, PAGE), start):
            yield number, {key: row[key] for key in ("text", "text_pair") if key in row}


def _decided(labelling: Labelling) -> Iterator[Row]:
    decisions = labelling.decisions()
    if not decisions:
        return
    for number, row in _source_rows(labelling):
        if number in decisions and decisions[number].label:
            yield {**row, "label": decisions[number].label}


def _trusted(labelling: Labelling, threshold: float) -> Iterator[Row]:
    proposals, decisions, setup = labelling.proposals(), labelling.decisions(), labelling.setup
    for number, row in _source_rows(labelling):
        label, confidence = int(proposals.label[number]), float(proposals.confidence[number])
        if label >= 0 and confidence >= threshold and number not in decisions:
            confidence = round(confidence, 4)
            yield {**row, "label": setup.labels[label], "labelled_by": setup.labeller, "confidence": confidence}
