"""How long the window's event loop is held up by the table of a data set of millions of rows.

    python tests/benchmarks/table.py [--rows 10000000]

A data set is written into a temporary folder and opened in a real window. Then the table is used as a person does:
page by page, to the end and back, with the scroll bar dragged from top to bottom, and a text is searched whose row
lies far down. Printed are, for each of these, the longest gaps of a timer that beats every 5 ms, and the time until
the rows that were asked for stood in the table. The exit status is 1 if the window's own thread was ever at work for
more than 50 ms at a time.
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import msgspec
import pyarrow
from heartbeat import Heart

from workbench.core.datasets.dataset import DatasetInfo

BLOCK = 100_000
PAGES = 40
STEPS = 200
PATIENCE_S = 30.0


def write(folder: Path, rows: int) -> None:
    """Write a data set of texts with labels, block by block."""
    folder.mkdir(parents=True)
    names = ("text", "label", "split")
    schema = pyarrow.schema([(name, pyarrow.string()) for name in names])
    with pyarrow.OSFile(str(folder / "rows.arrow"), "wb") as sink, pyarrow.ipc.new_file(sink, schema) as out:
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            texts = [
                f"Row {start + number}: the parcel came late, and nobody could say why." for number in range(count)
            ]
            labels = ["good" if number % 2 else "bad" for number in range(count)]
            out.write_batch(pyarrow.record_batch([texts, labels, ["train"] * count], schema=schema))
    info = DatasetInfo(name=folder.name, kind="text-label", rows=rows, hash="none", splits={"train": rows})
    (folder / "info.json").write_bytes(msgspec.json.encode(info))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=10_000_000)
    rows = parser.parse_args().rows
    folder = Path(tempfile.mkdtemp())
    os.environ["WORKBENCH_SETTINGS"] = str(folder / "settings")

    from PySide6.QtCore import QEventLoop, Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QLineEdit, QTableView

    from workbench.core.project import Project
    from workbench.ui.app import Program
    from workbench.ui.memory import Memory

    project = Project.create(folder / "project")
    write(folder / "long", rows)
    app = QApplication([])
    program = Program(app, Memory(size=(1366, 768)))
    program.open(project.path)
    program.show()
    assert program.window is not None
    loop = QEventLoop()

    def wait(milliseconds: int) -> None:
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    wait(500)
    heart = Heart(program)
    table = program.window.findChild(QTableView, "data.rows")
    find = program.window.findChild(QLineEdit, "data.find")
    assert table is not None and find is not None
    bar = table.verticalScrollBar()

    def is_there(row: int) -> bool:
        return str(table.model().index(row, 0).data()).startswith(f"Row {row}:")

    def phase(name: str, act: Callable[[], object], shown: Callable[[], bool]) -> None:
        heart.phase, since = name, time.monotonic()
        act()
        while not shown() and time.monotonic() - since < PATIENCE_S:
            wait(5)
        print(f"{name:24} {'shown after' if shown() else 'NOT SHOWN after'} {time.monotonic() - since:6.2f} s")
        wait(200)

    def appear() -> None:
        (folder / "long").rename(project.data / "long")
        program.workspace.datasets_changed.emit()

    def drag() -> None:
        bar.setSliderDown(True)
        for step in range(STEPS + 1):
            bar.setSliderPosition(round(bar.maximum() * step / STEPS))
            wait(10)
        bar.setSliderDown(False)

    def page_down() -> None:
        table.selectRow(0)
        for _ in range(PAGES):
            QTest.keyClick(table, Qt.Key.Key_PageDown)
            wait(20)

    def type_and_search() -> None:
        find.setText(f"Row {rows - 1234}:")
        QTest.keyClick(find, Qt.Key.Key_Return)

    top = table.rowAt
    phase("opened", appear, lambda: is_there(0))
    phase("page down", page_down, lambda: is_there(top(0)))
    phase(
        "to the end",
        lambda: QTest.keyClick(table, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier),
        lambda: top(table.viewport().height() - 40) > rows - 100 and is_there(rows - 1),
    )
    phase("to the beginning", table.scrollToTop, lambda: is_there(0))
    phase("scroll bar dragged", drag, lambda: is_there(rows - 1))
    table.scrollToTop()
    phase("text found", type_and_search, lambda: table.currentIndex().row() == rows - 1234)
    good = heart.report()
    program.window.close()
    program.close()
    shutil.rmtree(folder)
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
