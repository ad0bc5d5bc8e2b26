from collections.abc import Callable

import pytest

from workbench.core import report_rows, reports
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.errors import UserError
from workbench.core.report_rows import Likely, ReportRows
from workbench.core.reports import Judged
from workbench.core.runs import Run

LABELS = ["cat", "dog", "owl"]


def info(rows: int) -> DatasetInfo:
    return DatasetInfo(name="d", kind="text-label", rows=rows, hash="h", splits={"train": 0, "validation": rows})


def judged(what: str, truth: tuple[int, ...], scores: tuple[float, ...], before: tuple[float, ...] = ()) -> Judged:
    return Judged(what=what, truth=truth, scores=scores, before=before)


ONE = [
    judged("a", (0,), (0.6, 0.3, 0.1), (0.1, 0.1, 0.8)),
    judged("b", (0,), (0.2, 0.7, 0.1), (0.1, 0.1, 0.8)),
    judged("c", (1,), (0.1, 0.5, 0.4), (0.1, 0.8, 0.1)),
    judged("d", (0,), (0.05, 0.9, 0.05), (0.8, 0.1, 0.1)),
    judged("e", (2,), (0.0, 0.5, 0.5), (0.1, 0.1, 0.8)),
]
SEVERAL = [
    judged("a", (0, 1), (0.9, 0.2, 0.6)),
    judged("b", (1,), (0.1, 0.4, 0.9)),
    judged("c", (), (0.7, 0.1, 0.1)),
]


def rows(given: list[Judged], *, several: bool = False) -> ReportRows:
    return ReportRows.of(reports.build(info(len(given)), "data/d", "text", LABELS, given, several=several), given)


def test_cells_hold_the_rows_that_the_matrix_counts_the_most_confident_first() -> None:
    found = rows(ONE)
    assert found.cell(0, 1) == [3, 1]
    assert found.cell(2, 1) == [4]  # the first of two equals, as the report counts it
    counts = [[len(found.cell(truth, said)) for said in range(3)] for truth in range(3)]
    assert counts == found.report.confusion == [[1, 2, 0], [0, 1, 0], [0, 1, 0]]


def test_labels_know_what_they_missed_and_what_they_took() -> None:
    found = rows(ONE)
    assert (found.missed(0), found.wrongly_given(0), found.found(0)) == ([3, 1], [], [0])
    assert (found.missed(1), found.wrongly_given(1), found.found(1)) == ([], [3, 1, 4], [2])


def test_several_labels_a_row() -> None:
    found = rows(SEVERAL, several=True)
    assert found.said_labels(0) == ["cat", "owl"]
    assert found.true_labels(0) == ["cat", "dog"]
    assert (found.missed(1), found.wrongly_given(2), found.wrongly_given(0), found.found(0)) == (
        [0, 1],
        [1, 0],
        [2],
        [0],
    )
    assert [found.is_right(row) for row in range(3)] == [False, False, False]
    assert found.sure.tolist() == pytest.approx([0.6, 0.6, 0.7])


def test_the_true_label_is_among_the_likeliest() -> None:
    found = rows(ONE)
    assert found.likeliest(3, 1) == [Likely("dog", 0.9, 0.1), Likely("cat", 0.05, 0.8)]
    assert found.likeliest(2, 1) == [Likely("dog", 0.5, 0.8)]
    assert found.said_before(3) == ["cat"]
    assert rows(SEVERAL, several=True).likeliest(2, 1) == [Likely("cat", 0.7, None)]


def test_rows_of_a_run(make_run: Callable[[], Run]) -> None:
    run, report = make_run(), rows(ONE).report
    reports.save(run.result, report, ONE)
    assert report_rows.load(run, report).what == ["a", "b", "c", "d", "e"]
    reports.save(run.result, report, ONE[:4])
    with pytest.raises(UserError, match="cannot be read"):
        report_rows.load(run, report)
