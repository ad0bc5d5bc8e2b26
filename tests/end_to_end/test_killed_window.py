import os
import signal
import subprocess
import sys
from pathlib import Path

from pytestqt.qtbot import QtBot

from tests.engine.tiny import save_tiny
from workbench.core.datasets.writer import write_dataset
from workbench.core.project import Project
from workbench.ui.main_window import MainWindow
from workbench.ui.memory import Memory
from workbench.ui.train.tab import TrainTab
from workbench.ui.workspace import Workspace

WINDOW = """
import sys
from pathlib import Path
from PySide6.QtWidgets import QApplication
from workbench.core.plan import Request
from workbench.ui.app import Program
from workbench.ui.memory import Memory

application = QApplication([])
program = Program(application, Memory(language="en"))
program.open(Path(sys.argv[1]))
program.show()
settings = {"max_steps": 1_000_000, "batch_size": 2, "samples": 0, "save_every": 0, "eval_every": 500_000}
request = Request(task="instruction-tuning", data="talk", model=sys.argv[2], adapter="lora", settings=settings)
program.workspace.start(request, started=lambda run: print(run.id, flush=True))
application.exec()
"""


def test_a_killed_window_opened_again_shows_the_whole_curve_of_the_live_run(
    project: Project, settings_folder: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    model = save_tiny(tmp_path / "model")
    rows = [{"prompt": f"{word}?", "answer": f"{word} it is."} for word in ("sun", "rain", "snow", "fog", "hail")]
    write_dataset(project.data / "talk", "talk", "instruction", rows, split=0.2)
    window = subprocess.Popen(
        [sys.executable, "-c", WINDOW, str(project.path), str(model)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
    )
    assert window.stdout is not None
    run = project.run(window.stdout.readline().strip())
    qtbot.waitUntil(lambda: run.summary().step >= 5, timeout=60_000)
    window.send_signal(signal.SIGKILL)
    assert window.wait() == -signal.SIGKILL
    window.stdout.close()
    before = run.summary().step
    qtbot.waitUntil(lambda: run.summary().step > before, timeout=30_000)  # the trainer does not mind
    workspace = Workspace()
    workspace.open(project.path)
    again = MainWindow(workspace, Memory(language="en"))
    qtbot.addWidget(again)
    again.show()
    qtbot.waitUntil(lambda: [live.id for live in workspace.live.runs()] == [run.id], timeout=10_000)
    workspace.run_selected.emit(run.id)
    curves = again.findChildren(TrainTab)[0].run_view.curves
    qtbot.waitUntil(lambda: "train/loss" in curves.metrics(), timeout=10_000)
    qtbot.waitUntil(lambda: len(curves.series("train/loss")) > before, timeout=30_000)
    steps = curves.series("train/loss").x.tolist()
    assert steps == list(range(1, len(steps) + 1)), "a step is missing, or there twice"
    run.ask("stop")
    qtbot.waitUntil(lambda: run.summary().state == "stopped", timeout=30_000)
    qtbot.waitUntil(lambda: not workspace.live.runs(), timeout=10_000)
    again.close()
    workspace.close()
