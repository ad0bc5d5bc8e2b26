"""How long the window's event loop is held up while a large report is opened and looked through.

    python tests/benchmarks/report_window.py [--rows 10000] [--labels 100]

A run with so many held-out rows and labels is opened in a real window; then every page of its report, some cells and
labels, and the report of another run. Printed are the longest gaps of a timer that beats every 5 ms. The exit status is
1 if the window's own thread was ever at work for more than 50 ms at a time.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
sys.path.append(str(Path(__file__).parent.parent / "ui" / "report"))

import made_reports
from heartbeat import Heart

PATIENCE_S = 60.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--labels", type=int, default=100)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    os.environ["WORKBENCH_SETTINGS"] = str(folder / "settings")

    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTableView

    from workbench.core.project import Project
    from workbench.ui.app import Program
    from workbench.ui.memory import Memory

    project = Project.create(folder / "project")
    names = [f"label {number}" for number in range(asked.labels)]
    runs = [made_reports.write(project, names, made_reports.many(asked.labels, asked.rows, seed=n)) for n in range(2)]
    app = QApplication([])
    program = Program(app, Memory(size=(1366, 768)))
    program.open(project.path)
    window = program.show()

    def wait(milliseconds: int) -> None:
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def button(name: str) -> QPushButton:
        found = window.findChild(QPushButton, name)
        assert found is not None, name
        return found

    def table(name: str) -> QTableView:
        found = window.findChild(QTableView, name)
        assert found is not None, name
        return found

    wait(1500)
    heart = Heart(program)
    for number, run in enumerate(runs):
        heart.phase = f"report {number + 1} is opened"
        began = time.monotonic()
        program.workspace.run_selected.emit(run.id)
        while not button("train.report_view").isEnabled():
            assert time.monotonic() - began < PATIENCE_S
            wait(20)
        wait(500)
        heart.phase = f"rows {number + 1} are read"
        began = time.monotonic()
        button("train.report_view").click()
        title = window.findChild(QLabel, "train.report_rows_title")
        assert title is not None
        while not title.text():
            assert time.monotonic() - began < PATIENCE_S
            wait(20)
        print(f"rows {number + 1} are there after {time.monotonic() - began:.1f} s")
        wait(300)
        button("train.curves_view").click()
    button("train.report_view").click()
    heart.phase = "cells are clicked"
    matrix = table("train.report_confusion")
    for place in range(0, min(asked.labels, 30), 3):
        where = matrix.visualRect(matrix.model().index(place, place)).center()
        QTest.mouseClick(matrix.viewport(), Qt.MouseButton.LeftButton, pos=where)
        wait(50)
    heart.phase = "labels are chosen"
    button("train.report_labels").click()
    for row in range(10):
        table("train.report_by_label").selectRow(row)
        wait(50)
    for page in ("confidence", "try", "matrix"):
        heart.phase = f"page: {page}"
        button(f"train.report_{page}").click()
        wait(300)
    good = heart.report()
    window.close()
    program.close()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
