"""The held-out rows behind the numbers of a report, in columns: quick to ask, and quick to let go of."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from workbench.core import reports
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.reports import Judged, Report
from workbench.core.runs import Run


@dataclass(frozen=True)
class Likely:
    """How likely a label is for a row, and how likely it was to the untouched model (None when it was not asked)."""

    label: str
    score: float
    before: float | None


@dataclass(frozen=True, eq=False)
class ReportRows:
    """The rows of a report by number, from 0.

    Attributes:
        what: Texts, or paths of images below the folder of the data set.
        pairs: Second texts, empty where there is none.
        truth: (rows, labels): which labels each row has.
        said: (rows, labels): which ones the model gives it.
        scores: (rows, labels): how likely the model takes each.
        before: (rows, labels): the same of the untouched model; (0, labels) when it was not asked.
        sure: (rows,): how sure the model is of what it says.
    """

    report: Report
    what: list[str]
    pairs: list[str]
    truth: NDArray[np.bool_]
    said: NDArray[np.bool_]
    scores: NDArray[np.float64]
    before: NDArray[np.float64]
    sure: NDArray[np.float64]

    @classmethod
    def of(cls, report: Report, rows: Iterable[Judged]) -> "ReportRows":
        """Put the rows of a report into columns, row by row: the window's thread must never wait for all of them.

        Raises:
            ValueError: They are not the rows of this report.
        """
        shape = report.rows, len(report.labels)
        truth, said = np.zeros(shape, bool), np.zeros(shape, bool)
        scores, before, sure = np.zeros(shape), np.zeros(shape if report.before else (0, shape[1])), np.zeros(shape[0])
        what, pairs = [], []
        for number, row in enumerate(rows):
            what.append(row.what)
            pairs.append(row.pair)
            scores[number] = row.scores
            if report.before:
                before[number] = row.before
            truth[number, list(row.truth)] = True
            said[number, list(row.said(report.several))] = True
            sure[number] = row.confidence(report.several)
        if len(what) != report.rows:
            raise ValueError(f"{len(what)} rows, {report.rows} in the report")
        return cls(report, what, pairs, truth, said, scores, before, sure)

    def cell(self, truth: int, said: int) -> list[int]:
        """Return the rows of one label that the model takes for another (or the same), the most confident first."""
        return self._sorted(self.truth[:, truth] & self.said[:, said], -self.sure)

    def missed(self, label: int) -> list[int]:
        """Return the rows that have a label and do not get it, those that are furthest from it first."""
        return self._sorted(self.truth[:, label] & ~self.said[:, label], self.scores[:, label])

    def wrongly_given(self, label: int) -> list[int]:
        """Return the rows that get a label and do not have it, the most confident first."""
        return self._sorted(~self.truth[:, label] & self.said[:, label], -self.scores[:, label])

    def found(self, label: int) -> list[int]:
        """Return the rows that have a label and get it, the most confident first."""
        return self._sorted(self.truth[:, label] & self.said[:, label], -self.scores[:, label])

    @staticmethod
    def _sorted(chosen: NDArray[np.bool_], by: NDArray[np.float64]) -> list[int]:
        places = np.flatnonzero(chosen)
        numbers: list[int] = places[np.argsort(by[places], kind="stable")].tolist()
        return numbers

    def is_right(self, row: int) -> bool:
        """Return whether the model gives a row just the labels that it has."""
        return bool((self.truth[row] == self.said[row]).all())

    def true_labels(self, row: int) -> list[str]:
        """Return the labels that a row has."""
        return self._named(self.truth[row])

    def said_labels(self, row: int) -> list[str]:
        """Return the labels that the model gives a row."""
        return self._named(self.said[row])

    def said_before(self, row: int) -> list[str]:
        """Return the labels that the untouched model gave a row; none as well when it was not asked."""
        if not len(self.before):
            return []
        return [self.report.labels[number] for number in reports.said(self.before[row].tolist(), self.report.several)]

    def _named(self, marks: NDArray[np.bool_]) -> list[str]:
        return [self.report.labels[number] for number in np.flatnonzero(marks)]

    def likeliest(self, row: int, most: int) -> list[Likely]:
        """Return the likeliest labels of a row, the likeliest first; among them are always those that it has."""
        order = np.argsort(-self.scores[row], kind="stable").tolist()
        shown = order[:most] + [number for number in order[most:] if self.truth[row, number]]
        return [
            Likely(
                label=self.report.labels[number],
                score=float(self.scores[row, number]),
                before=float(self.before[row, number]) if len(self.before) else None,
            )
            for number in shown
        ]


def load(run: Run, report: Report) -> ReportRows:
    """Return the rows of a run's report.

    Raises:
        UserError: They are damaged.
    """
    try:
        return ReportRows.of(report, reports.each_judged(run))
    except (ValueError, IndexError) as error:
        raise UserError(tr("The report of run “{run}” cannot be read.", run=run.id), str(error)) from error
