import itertools
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from tests.ui.model_folders import write_model
from workbench.core import events
from workbench.core.datasets.writer import write_dataset
from workbench.core.learning_curve.study import make, upcoming
from workbench.core.plan import Request
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import launcher
from workbench.runtime.live import LiveRuns
from workbench.runtime.study import StudyQueue

TRAINER = Path(__file__).parents[1] / "fake_trainer.py"


class Trainer:
    """How the trainers behave that are started from now on."""

    how = "accurate"


@pytest.fixture
def trainer(monkeypatch: pytest.MonkeyPatch) -> Trainer:
    made = Trainer()

    def command(run: Run, *, resume: bool) -> list[str]:
        return [sys.executable, str(TRAINER), str(run.path), made.how]

    monkeypatch.setattr(launcher, "command", command)
    return made


@pytest.fixture
def study(project: Project, tmp_path: Path) -> Project:
    """A project with a study of three trainings."""
    rows = [{"text": f"text {number}", "label": "ab"[number % 2]} for number in range(100)]
    write_dataset(project.data / "reviews", "reviews", "text-label", rows, split=0.2)
    model = str(write_model(tmp_path / "model", architectures=["BertModel"]))
    make(project, Request(task="text-classification", data="reviews", model=model), shares=[0.1, 0.5, 1.0])
    return project


@pytest.fixture
def queue(qapp: object, trainer: Trainer) -> Iterator[StudyQueue]:
    live = LiveRuns()
    queue = StudyQueue(live, upcoming, live)
    yield queue
    queue.close()
    followed = [process for run in live.runs() if (process := run.process())]
    live.close()
    for process in followed:
        process.kill()


def states(project: Project) -> list[str]:
    return [run.summary().state for run in project.runs()]


def spans(project: Project) -> list[tuple[float, float]]:
    """Return when each run began and ended."""
    history = [run.follow().read() for run in project.runs()]
    return [(some[0].time, some[-1].time) for some in history]


def test_runs_are_trained_one_after_the_other(queue: StudyQueue, study: Project, qtbot: QtBot) -> None:
    with qtbot.waitSignal(queue.finished, timeout=30000) as done:
        queue.start(study, "001")
        assert queue.is_running
    assert done.args == ["001"] and not queue.is_running
    assert states(study) == ["finished"] * 3
    times = spans(study)
    assert all(ended <= begun for (_, ended), (begun, _) in itertools.pairwise(times))


def test_a_stop_ends_the_run_and_begins_no_other_and_it_can_go_on(
    queue: StudyQueue, study: Project, trainer: Trainer, qtbot: QtBot
) -> None:
    trainer.how = "obedient"
    queue.start(study, "001")
    qtbot.waitUntil(lambda: states(study) == ["running"], timeout=10000)
    queue.stop()
    assert not queue.is_running
    qtbot.waitUntil(lambda: states(study) == ["stopped"], timeout=10000)
    trainer.how = "accurate"
    with qtbot.waitSignal(queue.finished, timeout=30000):
        queue.start(study, "001")
    assert states(study) == ["finished"] * 3


def test_a_run_that_fails_ends_the_study_with_its_reason(
    queue: StudyQueue, study: Project, trainer: Trainer, qtbot: QtBot
) -> None:
    trainer.how = "exit"
    with qtbot.waitSignal(queue.failed, timeout=10000) as failed:
        queue.start(study, "001")
    assert "Run 001-text-classification" in failed.args[0] and "exit status 7" in failed.args[0]
    assert not queue.is_running and len(study.runs()) == 1


def test_a_study_whose_data_is_gone_says_so(queue: StudyQueue, study: Project, qtbot: QtBot) -> None:
    study.remove_dataset("reviews")
    with qtbot.waitSignal(queue.failed, timeout=10000) as failed:
        queue.start(study, "001")
    assert "There is no data set “reviews”" in failed.args[0]
    assert study.runs() == []


def test_a_window_that_comes_back_takes_up_the_run_that_is_still_trained(
    queue: StudyQueue, study: Project, trainer: Trainer, qtbot: QtBot
) -> None:
    trainer.how = "obedient"
    queue.start(study, "001")
    qtbot.waitUntil(lambda: states(study) == ["running"], timeout=10000)
    queue.close()  # the window is gone
    (run,) = study.runs()
    process = run.process()
    assert process is not None
    trainer.how = "accurate"
    live = LiveRuns()
    again = StudyQueue(live, upcoming, live)
    begun: list[int] = []
    again.changed.connect(lambda: begun.append(len(study.runs())))
    again.start(study, "001")
    qtbot.waitUntil(lambda: begun == [1], timeout=10000)
    assert run.process() == process, "no second trainer was started for it"
    with qtbot.waitSignal(again.finished, timeout=30000):
        run.append(events.Finished(step=9, seconds=1.0))
        process.kill()
    assert states(study) == ["finished"] * 3
    live.close()
