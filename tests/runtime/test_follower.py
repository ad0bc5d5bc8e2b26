import os
import signal
from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from workbench.core import events
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.runtime import launcher
from workbench.runtime.ending import Ending
from workbench.runtime.follower import BATCH, RunFollower, Stopper
from workbench.runtime.live import LiveRuns


class Seen:
    """Gathers what a follower says."""

    def __init__(self, run: Run) -> None:
        self.events: list[events.AnyEvent] = []
        self.states: list[str] = []
        self.endings: list[Ending] = []
        self.follower = RunFollower(run)
        self.follower.events.connect(self.events.extend)
        self.follower.state_changed.connect(self.states.append)
        self.follower.ended.connect(self.endings.append)

    def steps(self) -> list[int]:
        return [event.step for event in self.events if isinstance(event, events.Metrics)]


def test_a_whole_run_is_followed_in_order(qtbot: QtBot, train: Callable[[str], Run]) -> None:
    seen = Seen(train("short"))
    qtbot.waitUntil(lambda: bool(seen.endings), timeout=10000)
    assert seen.steps() == list(range(1, 21))
    assert seen.states == ["running", "finished"]
    assert seen.endings[0].state == "finished"
    seen.follower.close()


def test_a_killed_trainer_becomes_a_sentence_with_its_log(qtbot: QtBot, train: Callable[[str], Run]) -> None:
    run = train("obedient")
    seen = Seen(run)
    qtbot.waitUntil(lambda: len(seen.steps()) > 3, timeout=10000)
    process = run.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: bool(seen.endings), timeout=10000)
    how = seen.endings[0]
    assert how.state == "died" and "was killed" in how.sentence and "a line in the log" in how.detail
    assert seen.states == ["running", "died"]
    assert run.summary().state == "failed"
    seen.follower.close()


def test_the_exit_status_is_told(qtbot: QtBot, train: Callable[[str], Run]) -> None:
    seen = Seen(train("exit"))
    qtbot.waitUntil(lambda: bool(seen.endings), timeout=10000)
    assert "exit status 7" in seen.endings[0].sentence
    seen.follower.close()


def test_closing_leaves_the_trainer_alone_and_a_new_follower_sees_everything(
    qtbot: QtBot, train: Callable[[str], Run]
) -> None:
    run = train("obedient")
    first = Seen(run)
    qtbot.waitUntil(lambda: len(first.steps()) > 3, timeout=10000)
    first.follower.close()
    known = len(first.events)
    assert run.process() is not None
    second = Seen(run)
    qtbot.waitUntil(lambda: len(second.steps()) > len(first.steps()) + 3, timeout=10000)
    assert second.steps() == list(range(1, len(second.steps()) + 1))
    assert len(first.events) == known
    second.follower.close()


def test_a_long_history_comes_whole_in_several_batches(qtbot: QtBot, make_run: Callable[[], Run]) -> None:
    run = make_run()
    run.append(events.Launched(pid=1))
    for step in range(3 * BATCH):
        run.append(events.Metrics(step=step, values={"train/loss": 1.0}))
    run.append(events.Finished(step=3 * BATCH, seconds=1.0))
    seen = Seen(run)
    sizes: list[int] = []
    seen.follower.events.connect(lambda batch: sizes.append(len(batch)))
    qtbot.waitUntil(lambda: bool(seen.endings), timeout=10000)
    assert seen.steps() == list(range(3 * BATCH))
    assert max(sizes) <= BATCH and len(sizes) > 3
    seen.follower.close()


def test_a_run_that_waits_is_followed_until_it_starts(qtbot: QtBot, make_run: Callable[[], Run]) -> None:
    run = make_run()
    seen = Seen(run)
    qtbot.waitUntil(lambda: seen.states == ["waiting"], timeout=10000)
    run.claim()
    run.append(events.Launched(pid=os.getpid()))
    run.append(events.Stopped(step=4, seconds=1.0))
    qtbot.waitUntil(lambda: bool(seen.endings), timeout=10000)
    assert seen.endings[0].state == "stopped" and "step 4" in seen.endings[0].sentence
    seen.follower.close()


def test_a_stop_is_obeyed(qtbot: QtBot, train: Callable[[str], Run]) -> None:
    run = train("obedient")
    stopper = Stopper(run)
    with qtbot.waitSignal(stopper.finished, timeout=20000):
        stopper.start()
    assert run.summary().state == "stopped"


def test_a_trainer_that_does_not_listen_is_ended(qtbot: QtBot, train: Callable[[str], Run]) -> None:
    run = train("deaf")
    stopper = Stopper(run, patience=0.3, notice=0.5)
    with qtbot.waitSignal(stopper.finished, timeout=20000):
        stopper.start()
    assert run.process() is None


def test_live_runs_are_found_again(qtbot: QtBot, project: Project, train: Callable[[str], Run]) -> None:
    run = train("obedient")
    live = LiveRuns()
    ended: list[tuple[str, Ending]] = []
    live.ended.connect(lambda id, how: ended.append((id, how)))
    with qtbot.waitSignal(live.progressed, timeout=10000):
        live.look(project)
    assert [found.id for found in live.runs()] == [run.id]
    live.stop(run)
    assert live.is_stopping(run)
    qtbot.waitUntil(lambda: bool(ended), timeout=20000)
    assert (ended[0][0], ended[0][1].state) == (run.id, "stopped")
    assert live.runs() == []
    live.close()


def test_a_trainer_that_has_said_its_last_word_may_be_followed_by_another(train: Callable[[str], Run]) -> None:
    run = train("slow to go")
    process = run.process()
    assert process is not None
    while run.summary().state != "stopped":
        assert process.is_running()
    launcher.start(run, resume=True)
    assert run.process() not in (None, process)


def test_a_run_is_never_trained_twice_at_once(train: Callable[[str], Run]) -> None:
    run = train("obedient")
    with pytest.raises(UserError, match="being trained already"):
        launcher.start(run, resume=True)
