from collections.abc import Callable

import made_reports
import pytest
from finding import find
from made_reports import judged
from PySide6.QtWidgets import QLabel, QPushButton, QTableWidget, QWidget
from pytestqt.qtbot import QtBot

from workbench.core import events
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.ui.report.headline import percent
from workbench.ui.report.page import ReportPage
from workbench.ui.train.run_view import RunView

Open = Callable[[Run], RunView]


def cells(table: QTableWidget, row: int) -> list[str]:
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_the_headline_says_before_and_after_in_plain_words(open_report: Open, project: Project) -> None:
    rows = [
        judged("a", 0, (0.9, 0.1), (0.4, 0.6)),
        judged("b", 0, (0.8, 0.2), (0.6, 0.4)),
        judged("c", 1, (0.3, 0.7), (0.6, 0.4)),
        judged("d", 1, (0.6, 0.4), (0.6, 0.4)),
    ]
    view = open_report(made_reports.write(project, ["bad", "good"], rows))
    sentence = find(view, QLabel, "train.report_sentence")
    assert sentence.text() == "25 % right before, 75 % after, on 4 held-out rows"
    assert find(view, QLabel, "train.report_accuracy").text() == "75.0%"
    assert find(view, QLabel, "train.report_f1").text() == "0.733"  # (4/5 + 2/3) / 2
    assert find(view, QLabel, "train.report_loss").text() == "0.400"  # -(ln .9 + ln .8 + ln .7 + ln .4) / 4


@pytest.mark.parametrize(
    ("share", "said"), [(0.0, "0"), (0.0004, "0.1"), (0.424, "42"), (0.997, "99.7"), (0.99999, "99.9"), (1.0, "100")]
)
def test_what_is_not_quite_all_is_not_called_100_per_cent(share: float, said: str) -> None:
    assert percent(share) == said


def test_a_run_without_a_report_says_why_there_is_none(view: RunView, make_run: Callable[[], Run]) -> None:
    run = make_run()
    run.append(events.Launched(pid=1))
    view.show_run(run)
    button = find(view, QPushButton, "train.report_view")
    assert not button.isEnabled()
    assert "when the training ends" in button.toolTip()
    assert find(view, QPushButton, "train.curves_view").isChecked()


def test_other_tasks_are_compared_before_and_after(open_report: Open, make_run: Callable[[], Run]) -> None:
    run = make_run()
    run.append(events.Launched(pid=1))
    for step, loss in ((0, 4.0), (10, 1.0), (20, 2.0)):
        run.append(events.Metrics(step=step, values={"eval/loss": loss, "eval/perplexity": 10 * loss, "eval/kl": 0.0}))
        run.append(events.Metrics(step=step, values={"train/loss": 9.0}))
    run.append(events.Finished(step=20, seconds=1.0))
    view = open_report(run)
    table = find(view, QTableWidget, "train.report_measures")
    assert find(view, QLabel, "train.report_change").text() == "Held-out perplexity: 40 before, 20 after"
    assert cells(table, 0) == ["Held-out perplexity", "40", "20", "-50.0%"]
    assert cells(table, 1) == ["Held-out loss", "4", "2", "-50.0%"]
    assert cells(table, 2) == ["Held-out KL", "0", "0", "–"]
    assert table.rowCount() == 3


def test_the_model_that_was_kept_is_the_one_after(open_report: Open, make_run: Callable[[], Run], qtbot: QtBot) -> None:
    run = make_run()
    run.append(events.Launched(pid=1))
    for step, loss in ((0, 4.0), (10, 1.0), (20, 2.0)):
        run.append(events.Metrics(step=step, values={"eval/loss": loss}))
    run.append(events.Finished(step=20, seconds=1.0))
    run.result.mkdir()
    (run.result / "result.json").write_text('{"best_step": 10}')
    view = open_report(run)
    table = find(view, QTableWidget, "train.report_measures")
    qtbot.waitUntil(lambda: cells(table, 0) == ["Held-out loss", "4", "1", "-75.0%"])


def test_one_evaluation_is_no_comparison(view: RunView, make_run: Callable[[], Run], qtbot: QtBot) -> None:
    run = make_run()
    run.append(events.Launched(pid=1))
    run.append(events.Metrics(step=0, values={"eval/loss": 1.0}))
    run.append(events.Finished(step=9, seconds=1.0))
    view.show_run(run)
    qtbot.waitUntil(lambda: view.curves.metrics() == ["eval/loss"])
    assert not find(view, QPushButton, "train.report_view").isEnabled()


def test_who_looks_at_reports_sees_that_of_the_next_run(
    open_report: Open, project: Project, make_run: Callable[[], Run], qtbot: QtBot
) -> None:
    first, second = (made_reports.write(project, ["a", "b"], made_reports.many(2, 10, seed=n)) for n in range(2))
    view = open_report(first)
    report = find(view, ReportPage, "train.report")
    none = make_run()
    view.show_run(none)
    assert not report.isVisible()
    view.show_run(second)
    qtbot.waitUntil(report.isVisible)
    find(view, QPushButton, "train.curves_view").click()
    view.show_run(first)
    qtbot.waitUntil(find(view, QPushButton, "train.report_view").isEnabled)
    assert not report.isVisible()


def test_the_report_is_offered_when_the_run_ends(view: RunView, train: Callable[[str], Run], qtbot: QtBot) -> None:
    run = train("obedient")
    view.show_run(run)
    qtbot.waitUntil(lambda: "train/loss" in view.curves.metrics(), timeout=10000)
    made_reports.report(run, ["a", "b"], made_reports.many(2, 10))
    run.append(events.Finished(step=1, seconds=1.0))
    offer = find(view, QPushButton, "notice.action")
    qtbot.waitUntil(offer.isVisible, timeout=10000)
    assert offer.text() == "Open the report"
    offer.click()
    assert find(view, QWidget, "train.report").isVisible()


@pytest.mark.parametrize("file", ["report.json", "judged.jsonl"])
def test_a_damaged_report_is_a_sentence(view: RunView, project: Project, file: str, qtbot: QtBot) -> None:
    run = made_reports.write(project, ["a", "b"], made_reports.many(2, 10))
    (run.result / "report" / file).write_text("{}\n")
    view.show_run(run)
    button, notice = find(view, QPushButton, "train.report_view"), find(view, QLabel, "notice.text")
    if file == "judged.jsonl":  # it is read when it is looked at
        qtbot.waitUntil(button.isEnabled)
        button.click()
    qtbot.waitUntil(lambda: "cannot be read" in notice.text())
    assert button.isEnabled() == (file == "judged.jsonl")
