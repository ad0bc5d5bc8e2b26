"""How soon the first rows of a large file stand in the window, and whether the window lives while it is imported.

    python tests/benchmarks/import_window.py [--size 2e9] [--format jsonl|csv]

The file is written into a temporary folder, opened in the Data tab of a real window and imported; then it is imported
once more and cancelled. Printed are the time until the first rows are shown, until the import is done and until a
cancelled one has gone, and the longest gaps of a timer that beats every 5 ms. The exit status is 1 if the first rows
took more than 500 ms or the window's own thread was ever at work for more than 50 ms at a time.
"""

import argparse
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from heartbeat import Heart

FIRST_ROWS_S = 0.5
PATIENCE_S = 1800.0
BLOCK = 20_000


def write(path: Path, size: float) -> None:
    """Write a file of prompts with answers of about a size in bytes, with a bad row now and then."""
    with path.open("w", encoding="utf-8") as file:
        if path.suffix == ".csv":
            file.write("prompt,answer,note\n")
        start = 0
        while file.tell() < size:
            for number in range(start, start + BLOCK):
                values = [f"What is asked in row {number}?", f"The answer of row {number}. " * 12, f"note {number}"]
                if number % 5003 == 5000:
                    values[1] = ""
                if path.suffix == ".csv":
                    file.write(",".join(values) + "\n")
                else:
                    file.write(json.dumps(dict(zip(("prompt", "answer", "note"), values, strict=True))) + "\n")
            start += BLOCK


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=float, default=2e9)
    parser.add_argument("--format", choices=("jsonl", "csv"), default="jsonl")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    os.environ["WORKBENCH_SETTINGS"] = str(folder / "settings")
    path = folder / f"large.{asked.format}"
    write(path, asked.size)

    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton, QTableView

    from workbench.core.project import Project
    from workbench.ui.app import Program
    from workbench.ui.data.tab import DataTab
    from workbench.ui.memory import Memory

    project = Project.create(folder / "project")
    app = QApplication([])
    program = Program(app, Memory(size=(1366, 768)))
    program.open(project.path)
    program.show()
    window = program.window
    assert window is not None
    loop = QEventLoop()

    def wait(milliseconds: int) -> None:
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def until(name: str, act: Callable[[], object], reached: Callable[[], bool]) -> float:
        heart.phase, since = name, time.monotonic()
        act()
        while not reached():
            assert time.monotonic() - since < PATIENCE_S, name
            wait(5)
        took = time.monotonic() - since
        print(f"{name:24} {took:8.2f} s")
        wait(300)
        return took

    wait(1000)
    heart = Heart(program)
    tab = window.findChild(DataTab)
    table = window.findChild(QTableView, "data.preview")
    take = window.findChild(QPushButton, "data.import")
    cancel = window.findChild(QPushButton, "data.cancel")
    bar = window.findChild(QProgressBar, "data.progress")
    summary = window.findChild(QLabel, "data.summary")
    assert tab and table and take and cancel and bar and summary
    first = until("first rows", lambda: tab.open_file(path), lambda: table.model().rowCount() > 0)
    until("imported", take.click, summary.isVisible)
    print(f"{'':24} {path.stat().st_size / 1e6:.0f} MB, {project.dataset('large').info.rows:,} rows: {summary.text()}")
    tab.open_file(path)
    wait(1000)
    until("half way again", take.click, lambda: bar.value() > 300)
    until("cancelled", cancel.click, lambda: not bar.isVisible())
    left = [found.name for found in project.data.iterdir()]
    print(f"{'':24} left in the project: {', '.join(left)}")
    good = heart.report() and first <= FIRST_ROWS_S and left == ["large"]
    window.close()
    program.close()
    shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
