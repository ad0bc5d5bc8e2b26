import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from workbench.core import events
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Run, summarise
from workbench.core.spec import RunSpec

HISTORY: list[events.AnyEvent] = [
    events.Launched(time=100.0, pid=7),
    events.Started(time=102.0, pid=7, device="cpu", precision="bf16"),
    events.Phase(time=103.0, text="Loading"),
    events.Metrics(time=104.0, step=1, values={"train/loss": 2.0, "eval/loss": 3.0}),
    events.Progress(time=105.0, step=1, total=4, seconds_left=9.0),
    events.Metrics(time=106.0, step=2, values={"train/loss": 1.0}),
    events.Progress(time=107.0, step=2, total=4, seconds_left=6.0),
]


@pytest.fixture
def run(project: Project) -> Run:
    spec = RunSpec(task="ppo", name="mine", model="m", model_path="/m", data="d", data_path="data/d", created="now")
    return project.new_run(spec)


@pytest.fixture
def child() -> Callable[[Run], subprocess.Popen[str]]:
    """Start a process that says that it trains the run, and then waits."""
    program = (
        "import os, sys; from pathlib import Path; from workbench.core import events\n"
        "from workbench.core.runs import Run\n"
        "run = Run(Path(sys.argv[1])); run.claim(); run.append(events.Started(pid=os.getpid()))\n"
        "print('claimed', flush=True); sys.stdin.read()"
    )

    def start(run: Run) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", program, str(run.path)]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None and process.stdout.readline() == "claimed\n"
        return process

    return start


def test_every_event_comes_back_as_it_was_written(run: Run) -> None:
    written = [
        *HISTORY,
        events.Sample(step=2, prompt="問", response="答", values={"reward": 1.0}),
        events.Note(text="Careful.", level="warning"),
        events.Saved(step=2),
        events.Stopped(step=2, seconds=7.5),
        events.Failed(sentence="No.", detail="a\nb"),
        events.Finished(step=4, seconds=12.0),
    ]
    for event in written:
        run.append(event)
    assert run.follow().read() == written


def test_a_running_story() -> None:
    story = summarise(HISTORY)
    assert (story.state, story.step, story.total, story.seconds_left) == ("running", 2, 4, 6.0)
    assert story.metrics == {"train/loss": 1.0, "eval/loss": 3.0}
    assert story.seconds == 7.0
    assert story.phase == ""
    assert summarise(HISTORY[:3]).phase == "Loading"
    assert summarise([]).state == "waiting"


@pytest.mark.parametrize(
    ("ending", "state", "reason"),
    [
        (events.Finished(time=110.0, step=4, seconds=8.0), "finished", ""),
        (events.Stopped(time=110.0, step=2, seconds=8.0), "stopped", ""),
        (events.Failed(time=110.0, sentence="It broke.", detail="here"), "failed", "It broke."),
    ],
)
def test_each_ending(ending: events.Ending, state: str, reason: str) -> None:
    story = summarise([*HISTORY, ending])
    assert (story.state, story.reason, story.seconds, story.seconds_left) == (state, reason, 10.0, None)


def test_time_between_a_stop_and_a_resume_is_not_counted() -> None:
    later = [
        events.Stopped(time=110.0, step=2, seconds=8.0),
        events.Launched(time=5000.0, pid=8),
        events.Started(time=5001.0, pid=8, resumed_step=2),
    ]
    assert summarise([*HISTORY, *later]).state == "running"
    story = summarise([*HISTORY, *later, events.Finished(time=5003.0, step=4, seconds=2.0)])
    assert (story.state, story.seconds) == ("finished", 13.0)


def test_time_between_a_kill_and_a_resume_is_not_counted() -> None:
    later = [events.Launched(time=5000.0, pid=8), events.Started(time=5001.0, pid=8)]
    story = summarise([*HISTORY, *later, events.Finished(time=5003.0, step=4, seconds=2.0)])
    assert (story.state, story.seconds) == ("finished", 7.0 + 3.0)


def test_a_resume_forgets_why_it_failed() -> None:
    story = summarise([*HISTORY, events.Failed(sentence="It broke."), events.Launched(pid=9)])
    assert (story.state, story.reason) == ("running", "")


def test_a_run_waits_runs_and_is_failed_when_its_process_is_killed(
    run: Run, child: Callable[[Run], subprocess.Popen[str]]
) -> None:
    assert run.process() is None
    assert run.summary().state == "waiting"
    process = child(run)
    found = run.process()
    assert found is not None and found.pid == process.pid
    assert run.summary().state == "running"
    process.send_signal(signal.SIGKILL)
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is dead, but as if the window had not looked yet
    assert run.process() is None
    summary = run.summary()
    assert (summary.state, summary.reason[:40]) == ("failed", "The training process ended without a wor")
    process.communicate()
    assert run.summary().state == "failed"


def test_another_process_with_the_same_number_is_not_the_trainer(run: Run) -> None:
    run.claim()
    assert run.process() is not None
    noted = msgspec.json.decode((run.path / "process.json").read_bytes())
    (run.path / "process.json").write_bytes(msgspec.json.encode({**noted, "created": noted["created"] - 60}))
    assert run.process() is None


def test_an_ending_written_between_the_two_looks_counts(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    run.append(events.Started(pid=1))

    def gone() -> None:
        run.append(events.Finished(step=4, seconds=1.0))

    monkeypatch.setattr(run, "process", gone)
    assert run.summary().state == "finished"


def test_the_summary_is_what_the_command_line_promises(run: Run) -> None:
    for event in [*HISTORY, events.Finished(time=110.0, step=4, seconds=8.0)]:
        run.append(event)
    summary = msgspec.to_builtins(run.summary())
    wanted = {"run", "task", "model", "adapter", "data", "state", "parents", "seconds", "metrics", "result"}
    assert wanted <= set(summary)
    assert summary["run"] == "001-ppo"
    assert summary["metrics"] == {"train/loss": 1.0, "eval/loss": 3.0}
    assert summary["result"] == str(run.path / "result")


def test_a_damaged_description_is_a_plain_word(run: Run, tmp_path: Path) -> None:
    (run.path / "spec.json").write_text('{"task": "ppo"')
    with pytest.raises(UserError, match="description of run “001-ppo” cannot be read"):
        run.spec()
    assert Run(run.path).result_info() == {}


def test_the_end_of_the_log(run: Run) -> None:
    assert run.log_tail() == ""
    run.log_file.write_bytes(b"\xff first\n" + b"".join(b"line %d\n" % n for n in range(100)))
    assert run.log_tail(2) == "line 98\nline 99"
