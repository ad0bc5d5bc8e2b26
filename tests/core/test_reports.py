from collections.abc import Callable
from math import log

import pytest

from workbench.core import reports
from workbench.core.datasets.dataset import DatasetInfo
from workbench.core.errors import UserError
from workbench.core.reports import Judged
from workbench.core.runs import Run

INFO = DatasetInfo(name="d", kind="text-label", rows=4, hash="h", splits={"train": 0, "validation": 4})


def row(truth: int, scores: tuple[float, ...], before: tuple[float, ...] = ()) -> Judged:
    return Judged(what=f"{truth}{scores}", truth=(truth,), scores=scores, before=before)


ROWS = [
    row(0, (0.9, 0.1), (0.4, 0.6)),
    row(0, (0.2, 0.8), (0.4, 0.6)),
    row(1, (0.3, 0.7), (0.4, 0.6)),
    row(1, (0.95, 0.05), (0.4, 0.6)),
]


def test_numbers_by_hand() -> None:
    found = reports.build(INFO, "data/d", "text", ["bad", "good"], ROWS)
    assert found.confusion == [[1, 1], [1, 1]]
    assert found.after.accuracy == 0.5
    assert found.after.macro_f1 == pytest.approx(0.5)  # precision and recall of both are 1/2
    assert found.after.loss == pytest.approx(-(log(0.9) + log(0.2) + log(0.7) + log(0.05)) / 4)
    assert found.before is not None
    assert found.before.accuracy == 0.5
    assert found.before.macro_f1 == pytest.approx((0 + 2 / 3) / 2)  # it says "good" four times: 2 of 4, both found
    assert found.mistakes == [3, 1]  # 0.95 sure, then 0.8
    assert [(one.label, one.rows, one.said) for one in found.by_label] == [("bad", 2, 2), ("good", 2, 2)]
    assert sum(one.count for one in found.reliability) == 4


def test_several_labels_a_row() -> None:
    rows = [
        Judged(what="a", truth=(0, 1), scores=(0.9, 0.6, 0.2)),
        Judged(what="b", truth=(), scores=(0.1, 0.3, 0.9)),
    ]
    found = reports.build(INFO, "data/d", "text", ["x", "y", "z"], rows, several=True)
    assert found.after.accuracy == 0.5
    assert found.confusion == []
    assert [(one.precision, one.recall, one.f1) for one in found.by_label] == [(1, 1, 1), (1, 1, 1), (0, 0, 0)]
    logs = log(0.9) + log(0.6) + log(0.8) + log(0.9) + log(0.7) + log(0.1)
    assert found.after.loss == pytest.approx(-logs / 6)
    assert found.before is None
    assert found.mistakes == [1]
    assert rows[0].confidence(several=True) == pytest.approx(0.6)


def test_a_report_comes_back_as_it_was_written(make_run: Callable[[], Run]) -> None:
    run = make_run()
    assert reports.load(run) is None
    report = reports.build(INFO, "data/d", "text", ["bad", "good"], ROWS)
    reports.save(run.result, report, ROWS)
    assert reports.load(run) == report
    assert reports.judged(run) == ROWS
    (run.result / "report" / "report.json").write_text("{")
    with pytest.raises(UserError, match="cannot be read"):
        reports.load(run)
