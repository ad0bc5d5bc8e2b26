from collections.abc import Callable

import pytest
from finding import find
from PySide6.QtWidgets import QLabel, QPushButton
from pytestqt.qtbot import QtBot

from workbench.core.runs import Run
from workbench.ui.report.classifier import ClassifierReport
from workbench.ui.train.run_view import RunView
from workbench.ui.workspace import Workspace


@pytest.fixture
def view(workspace: Workspace, qtbot: QtBot) -> RunView:
    made = RunView(workspace)
    qtbot.addWidget(made, before_close_func=lambda widget: widget.leave())
    made.resize(1000, 640)
    made.show()
    return made


@pytest.fixture
def open_report(view: RunView, qtbot: QtBot) -> Callable[[Run], RunView]:
    """Show the report of a run."""

    def show(run: Run) -> RunView:
        view.show_run(run)
        button = find(view, QPushButton, "train.report_view")
        qtbot.waitUntil(button.isEnabled)
        button.click()
        rows = find(view, QLabel, "train.report_rows_title")
        if find(view, ClassifierReport, "train.report_classifier").isVisible():
            qtbot.waitUntil(lambda: rows.text() != "")
        return view

    return show
