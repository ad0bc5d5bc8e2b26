"""A labelling on disk: what was proposed, measured and decided. Each file only grows, so nothing is lost by a kill."""

from collections.abc import Sequence
from functools import cached_property

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.core import jsonl
from workbench.core.clock import now
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.labelling.setup import VERSION, Setup
from workbench.core.project import Project

DIGITS = 6
"""Of a probability; a classifier that learnt for long is often surer than 0.9999."""


class Block(msgspec.Struct, frozen=True):
    """A line of ``proposals.jsonl``: the probability of each label for each of some rows that follow one another."""

    start: int
    probabilities: list[list[float]]


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """A line of ``decisions.jsonl``.

    Attributes:
        row: Number of the row in the source.
        label: What the person chose; "" if they passed the row over.
        seconds: How long they took.
    """

    row: int
    label: str = ""
    seconds: float = 0.0


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """``measured.json``: what the labeller said to rows whose labels are known.

    Attributes:
        data: Name of their data set.
        hash: Its content hash.
        confidence: How sure it was of each row.
        right: Whether it was right.
    """

    data: str
    hash: str
    confidence: list[float]
    right: list[bool]


class Proposals:
    """The likeliest label of every row so far.

    Args:
        rows: Rows of the source.

    Attributes:
        label: Place of the label in the setup's labels, -1 where there is no proposal yet.
        confidence: Its probability.
    """

    def __init__(self, rows: int) -> None:
        self.label: NDArray[np.int32] = np.full(rows, -1, np.int32)
        self.confidence: NDArray[np.float64] = np.zeros(rows, np.float64)

    @property
    def count(self) -> int:
        """Rows with a proposal."""
        return int((self.label >= 0).sum())

    def next(self) -> int:
        """Return the first row without a proposal, or the number of rows."""
        missing = np.flatnonzero(self.label < 0)
        return int(missing[0]) if len(missing) else len(self.label)

    def add(self, block: Block) -> None:
        """Take in what was proposed."""
        values = np.asarray(block.probabilities)
        rows = slice(block.start, block.start + len(values))
        self.label[rows] = values.argmax(1)
        self.confidence[rows] = values.max(1)


class Labelling:
    """What has been proposed and decided about the rows of one data set.

    Args:
        project: The project.
        name: Name of its folder under ``labelling``.
    """

    def __init__(self, project: Project, name: str) -> None:
        self.project, self.name = project, name
        self.path = project.path / "labelling" / name

    @classmethod
    def begin(cls, project: Project, setup: Setup) -> "Labelling":
        """Begin a labelling, or go on with the one of the same setup."""
        labelling = cls(project, setup.name)
        if not (labelling.path / "labelling.json").exists():
            labelling.path.mkdir(parents=True, exist_ok=True)
            described = msgspec.structs.replace(setup, created=now())
            jsonl.write_atomically(labelling.path / "labelling.json", described)
        return labelling

    @cached_property
    def setup(self) -> Setup:
        """What it was begun with.

        Raises:
            UserError: It is damaged, or a newer version of the program wrote it.
        """
        try:
            setup = msgspec.json.decode((self.path / "labelling.json").read_bytes(), type=Setup)
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(
                tr("The labelling “{name}” cannot be read. Begin anew.", name=self.name), str(error)
            ) from error
        if setup.version > VERSION:
            raise UserError(tr("A newer version of the program made the labelling “{name}”.", name=self.name))
        return setup

    def source(self) -> Dataset:
        """Return the data set that gets labels.

        Raises:
            UserError: It is gone, or there is now another one of its name.
        """
        dataset = self.project.dataset(self.setup.data)
        if dataset.info.hash != self.setup.hash:
            raise UserError(
                tr("“{data}” is no longer the data set that was labelled. Label it anew.", data=self.setup.data)
            )
        return dataset

    def add(self, start: int, probabilities: Sequence[Sequence[float]]) -> None:
        """Keep what was proposed for some rows that follow one another."""
        rounded = [[round(value, DIGITS) for value in row] for row in probabilities]
        jsonl.append(self.path / "proposals.jsonl", Block(start, rounded))

    def proposals(self) -> Proposals:
        """Return what has been proposed so far."""
        found = Proposals(self.source().info.rows)
        for block in jsonl.Follower[Block](self.path / "proposals.jsonl", Block).read():
            found.add(block)
        return found

    def decide(self, decision: Decision) -> None:
        """Keep what the person decided; a later decision about the same row counts instead."""
        jsonl.append(self.path / "decisions.jsonl", decision)

    def decisions(self) -> dict[int, Decision]:
        """Return the last decision about each row that was looked at, in the order in which rows were first decided."""
        lines = jsonl.Follower[Decision](self.path / "decisions.jsonl", Decision).read()
        return {decision.row: decision for decision in lines}

    def measure(self, measured: Measured) -> None:
        """Keep what the labeller said to rows whose labels are known, instead of what was measured before."""
        jsonl.write_atomically(self.path / "measured.json", measured)

    def measured(self) -> Measured | None:
        """Return what was measured on rows whose labels are known, or None."""
        path = self.path / "measured.json"
        return msgspec.json.decode(path.read_bytes(), type=Measured) if path.exists() else None
