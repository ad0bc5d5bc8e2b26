import math

import pytest

from workbench.core import events
from workbench.core.context import RunContext
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec


@pytest.fixture
def run(project: Project) -> Run:
    return project.new_run(RunSpec(task="t", name="n", model="m", model_path="m", data="d", data_path="data/d"))


@pytest.fixture
def context(project: Project, run: Run) -> RunContext:
    return RunContext(project, run)


def test_a_stop_stays_asked_for_and_other_wishes_are_granted_once(run: Run, context: RunContext) -> None:
    assert not context.asked("stop")
    run.ask("save")
    run.ask("stop")
    assert context.asked("save") and not context.asked("save")
    assert context.asked("stop") and context.asked("stop")
    assert not context.asked("sample")
    run.ask("sample")
    assert context.asked("sample")


def test_a_wish_made_before_the_trainer_listens_is_heard(project: Project, run: Run) -> None:
    run.ask("stop")
    assert RunContext(project, run).asked("stop")
    run.forget_commands()
    assert not RunContext(project, run).asked("stop")
    run.forget_commands()


def test_finite_values_are_written_and_others_end_the_run(run: Run, context: RunContext) -> None:
    context.metrics(3, {"train/loss": 1.5}, epoch=0.5)
    with pytest.raises(
        UserError, match=r"diverged at step 4 \(train/loss, norm is no longer a number\).*lower learning"
    ):
        context.metrics(4, {"train/loss": math.nan, "norm": math.inf, "learning_rate": 0.1})
    written = [(event.step, event.values) for event in run.follow().read() if isinstance(event, events.Metrics)]
    assert written == [(3, {"train/loss": 1.5}), (4, {"learning_rate": 0.1})]


def test_it_knows_its_data_and_its_last_step(project: Project, run: Run, context: RunContext) -> None:
    assert context.data == project.path / "data" / "d"
    context.phase("Thinking")
    context.emit(events.Progress(step=5, total=9))
    assert context.last_step == 5
    phase, progress = run.follow().read()
    assert isinstance(phase, events.Phase) and phase.text == "Thinking"
    assert isinstance(progress, events.Progress) and progress.total == 9
