"""How long the window's event loop is held up while a real run trains.

    python tests/benchmarks/heartbeat.py [--steps 40] [--replay 50000]

A timer beats every 5 ms in a real window. Printed are the longest gaps between two beats, and how much of each the
window's own thread was at work (its processor time); the rest of a gap is other processes having the processor. With
``--replay`` a finished run of so many points is opened as well.
"""

import argparse
import os
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
LIMIT_MS = 50.0
BEAT_MS = 5


@dataclass(order=True)
class Gap:
    wall_ms: float
    busy_ms: float
    at: str


class Heart:
    """Beats in the event loop of the window."""

    def __init__(self, parent: object) -> None:
        from PySide6.QtCore import QObject, Qt, QTimer

        assert isinstance(parent, QObject)
        self.gaps: list[Gap] = []
        self.phase = "start"
        self._timer = QTimer(parent, interval=BEAT_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)
        self._wall, self._busy = time.perf_counter(), time.thread_time()
        self._timer.start()

    def _beat(self) -> None:
        wall, busy = time.perf_counter(), time.thread_time()
        self.gaps.append(Gap((wall - self._wall) * 1000, (busy - self._busy) * 1000, self.phase))
        self._wall, self._busy = wall, busy

    def report(self) -> bool:
        """Print the longest gaps of each phase; return whether the window's thread was never at work too long."""
        good = True
        for phase in dict.fromkeys(gap.at for gap in self.gaps):
            gaps = [gap for gap in self.gaps if gap.at == phase]
            longest, busiest = max(gaps), max(gaps, key=lambda gap: gap.busy_ms)
            good = good and busiest.busy_ms <= LIMIT_MS
            print(
                f"{phase:24} {len(gaps):6} beats   longest gap {longest.wall_ms:6.1f} ms"
                f" (at work {longest.busy_ms:5.1f} ms)   most at work {busiest.busy_ms:5.1f} ms"
            )
        return good


def long_run(project: object, points: int) -> str:
    """Write a finished run of many points and return its id."""
    import msgspec

    from workbench.core import events
    from workbench.core.project import Project
    from workbench.core.spec import RunSpec

    assert isinstance(project, Project)
    spec = RunSpec(task="instruction-tuning", name="long", model="m", model_path="m", data="d", data_path="data/d")
    run = project.new_run(spec)
    story: list[events.AnyEvent] = [events.Launched(pid=1)]
    for step in range(points):
        values = {"train/loss": 1.0 + (step * 7919 % 100) / 100, "gradient_norm": 1.0, "learning_rate": 1e-4}
        story.append(events.Metrics(step=step, values=values))
    story.append(events.Finished(step=points, seconds=1.0))
    run.events_file.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in story))
    return run.id


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--replay", type=int, default=50_000)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp())
    os.environ["WORKBENCH_SETTINGS"] = str(folder / "settings")

    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from workbench.core import starters
    from workbench.core.datasets.importer import import_file
    from workbench.core.plan import Request
    from workbench.core.project import Project
    from workbench.ui.app import Program
    from workbench.ui.memory import Memory

    project = Project.create(folder / "project")
    starters.get("smollm2-135m-instruct")
    starters.get("small-talk")
    import_file(project, starters.data_path("small-talk"), kind="instruction", name="small-talk")
    old = long_run(project, asked.replay)
    app = QApplication([])
    program = Program(app, Memory(size=(1366, 768)))
    program.open(project.path)
    program.show()
    loop = QEventLoop()

    def wait(milliseconds: int) -> None:
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    wait(1500)
    heart = Heart(program)
    heart.phase = "a long run is opened"
    program.workspace.run_selected.emit(old)
    wait(6000)
    heart.phase = "a real run trains"
    request = Request(
        task="instruction-tuning",
        data="small-talk",
        model="smollm2-135m-instruct",
        settings={"max_steps": asked.steps, "batch_size": 4, "max_length": 64, "eval_every": 20, "samples": 1},
    )
    ended: list[object] = []
    program.workspace.live.ended.connect(lambda _run, how: (ended.append(how), loop.quit()))
    program.workspace.start(request)
    while not ended:
        loop.exec()
    print(ended[0])
    good = heart.report()
    assert program.window is not None
    program.window.close()
    program.close()
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
