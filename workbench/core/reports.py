"""What came of training a classifier, written once at its end: how good it is, before and after, and where it errs.

A report is two files in ``result/report``: ``report.json``, and ``judged.jsonl`` with every held-out row as the model
judged it, so that the rows behind each number can be looked at even when the data set is gone.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from workbench.core import jsonl
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.labelling.reliability import Bin, calibration_error, curve
from workbench.core.registry import Medium
from workbench.core.runs import Run

FOLDER = "report"
MOST_MISTAKES = 50
"""Mistakes that a report names."""

LIKELY = 0.5
"""From which probability on a row has a label, where it may have several."""


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """A held-out row, and what the model takes it for.

    Attributes:
        what: The text, or the path of the image below the folder of its data set.
        pair: The second text, where rows are pairs.
        truth: Numbers of its labels (one, unless rows may have several).
        scores: How likely each label is.
        before: The same by the untouched model; empty when it was not asked.
    """

    what: str
    pair: str = ""
    truth: tuple[int, ...]
    scores: tuple[float, ...]
    before: tuple[float, ...] = ()

    def said(self, several: bool) -> tuple[int, ...]:
        """Return the numbers of the labels that the model gives it."""
        return said(self.scores, several)

    def confidence(self, several: bool) -> float:
        """Return how sure the model is of what it says, all labels together the least sure one where it has several."""
        if several:
            return min(max(score, 1 - score) for score in self.scores)
        return max(self.scores)


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """How good a model is on the held-out rows.

    Attributes:
        accuracy: Share of the rows whose labels are all right.
        macro_f1: Mean F1 of the labels.
        loss: Mean cross-entropy (of the labels, each for itself, where a row may have several).
    """

    accuracy: float
    macro_f1: float
    loss: float


class LabelScores(msgspec.Struct, frozen=True, kw_only=True):
    """How good it is at one label; ``rows`` have it, ``said`` is how often the model gives it."""

    label: str
    rows: int
    said: int
    precision: float
    recall: float
    f1: float


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How good a classifier is.

    Attributes:
        data_path: Folder of the data set in the project, for images.
        several: Whether a row may have several labels.
        before: The untouched model on the same rows (with a fresh head where it had none); None when not measured.
        confusion: Rows by true label and by what the model says, ``confusion[truth][said]``; empty with several labels.
        reliability: How often it is right when it is so sure.
        mistakes: Numbers of the rows that it is wrong about, the most confident first.
    """

    version: int = 1
    data: str
    data_path: str
    data_hash: str
    medium: Medium
    several: bool = False
    labels: list[str]
    rows: int
    after: Scores
    before: Scores | None = None
    by_label: list[LabelScores]
    confusion: list[list[int]] = []
    reliability: list[Bin]
    calibration_error: float
    mistakes: list[int]


def said(scores: Sequence[float], several: bool) -> tuple[int, ...]:
    """Return the numbers of the labels that probabilities stand for."""
    if several:
        return tuple(number for number, score in enumerate(scores) if score >= LIKELY)
    return (int(np.argmax(scores)),)


def measure(truth: Sequence[tuple[int, ...]], scores: NDArray[np.float64], *, several: bool) -> Scores:
    """Return how good probabilities are.

    Args:
        truth: Numbers of the labels of each row.
        scores: How likely each label is for each row, (rows, labels).
        several: Whether a row may have several labels.
    """
    return _scores(_marks(truth, scores.shape[1]), scores, several)


def build(
    info: DatasetInfo,
    data_path: str,
    medium: Medium,
    labels: list[str],
    rows: Sequence[Judged],
    *,
    several: bool = False,
) -> Report:
    """Reckon a report from held-out rows (at least one)."""
    truth = _marks([row.truth for row in rows], len(labels))
    after = _marks([row.said(several) for row in rows], len(labels))
    right = (truth == after).all(1)
    sure = np.array([row.confidence(several) for row in rows])
    wrong = np.flatnonzero(~right)
    bins = curve(sure.tolist(), right.tolist())
    known_before = all(row.before for row in rows)
    return Report(
        data=info.name,
        data_path=data_path,
        data_hash=info.hash,
        medium=medium,
        several=several,
        labels=labels,
        rows=len(rows),
        after=_scores(truth, np.array([row.scores for row in rows]), several),
        before=_scores(truth, np.array([row.before for row in rows]), several) if known_before else None,
        by_label=_by_label(labels, truth, after),
        confusion=[] if several else (truth.T.astype(int) @ after.astype(int)).tolist(),
        reliability=bins,
        calibration_error=calibration_error(bins),
        mistakes=[int(number) for number in wrong[np.argsort(-sure[wrong], kind="stable")][:MOST_MISTAKES]],
    )


def _marks(rows: Sequence[Sequence[int]], labels: int) -> NDArray[np.bool_]:
    """Return (rows, labels): True where a row has a label."""
    marks = np.zeros((len(rows), labels), bool)
    for place, row in enumerate(rows):
        marks[place, list(row)] = True
    return marks


def _scores(truth: NDArray[np.bool_], scores: NDArray[np.float64], several: bool) -> Scores:
    found = _marks([said(row, several) for row in scores.tolist()], truth.shape[1])
    safe = scores.clip(1e-12, 1 - 1e-12)
    loss = -np.where(truth, np.log(safe), np.log(1 - safe)).mean() if several else -np.log(safe[truth]).mean()
    f1 = [one.f1 for one in _by_label([""] * truth.shape[1], truth, found) if one.rows or one.said]
    return Scores(
        accuracy=float((truth == found).all(1).mean()), macro_f1=float(np.mean(f1)) if f1 else 0.0, loss=float(loss)
    )


def _by_label(labels: list[str], truth: NDArray[np.bool_], found: NDArray[np.bool_]) -> list[LabelScores]:
    both, rows, given = (truth & found).sum(0), truth.sum(0), found.sum(0)
    return [
        LabelScores(
            label=label,
            rows=int(rows[number]),
            said=int(given[number]),
            precision=float(both[number] / max(given[number], 1)),
            recall=float(both[number] / max(rows[number], 1)),
            f1=float(2 * both[number] / max(rows[number] + given[number], 1)),
        )
        for number, label in enumerate(labels)
    ]


def save(folder: Path, report: Report, rows: Sequence[Judged]) -> None:
    """Write a report below a run's result; the rows first, so that a report that is there is whole."""
    target = folder / FOLDER
    target.mkdir(parents=True, exist_ok=True)
    (target / "report.json").unlink(missing_ok=True)
    encoder = msgspec.json.Encoder()
    with (target / "judged.jsonl").open("wb") as file:
        file.writelines(encoder.encode(row) + b"\n" for row in rows)
    jsonl.write_atomically(target / "report.json", report)


def load(run: Run) -> Report | None:
    """Return the report of a run, None while it has none.

    Raises:
        UserError: It is damaged.
    """
    try:
        return msgspec.json.decode((run.result / FOLDER / "report.json").read_bytes(), type=Report)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(tr("The report of run “{run}” cannot be read.", run=run.id), str(error)) from error


def judged(run: Run) -> list[Judged]:
    """Return the rows behind a report, in the order of its numbers.

    Raises:
        UserError: They are damaged.
    """
    return list(each_judged(run))


def each_judged(run: Run) -> Iterator[Judged]:
    """Give the rows behind a report one by one; as `judged`."""
    decoder = msgspec.json.Decoder(Judged)
    try:
        with (run.result / FOLDER / "judged.jsonl").open("rb") as file:
            for line in file:
                yield decoder.decode(line)
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(tr("The report of run “{run}” cannot be read.", run=run.id), str(error)) from error
