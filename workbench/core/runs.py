"""Run folders: everything about one training run, readable while it lives and after it has ended."""

from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import msgspec
import psutil

from workbench.core import events, jsonl
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.spec import RunSpec

State = Literal["waiting", "running", "finished", "stopped", "failed"]


class Command(msgspec.Struct, frozen=True):
    """A wish to the trainer: finish the step and stop, save a checkpoint now, write samples now."""

    command: Literal["stop", "save", "sample"]


class Process(msgspec.Struct, frozen=True):
    """Which process trains a run; the creation time tells a reused process number apart."""

    pid: int
    created: float


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """A run in a few words, as ``workbench runs --json`` prints it."""

    run: str
    name: str
    task: str
    model: str
    adapter: str
    data: str
    state: State
    parents: dict[str, str]
    seconds: float
    metrics: dict[str, float]
    result: str
    step: int = 0
    total: int = 0
    reason: str = ""
    created: str = ""


class Run:
    """A run folder.

    Args:
        path: The folder; its name is the run's id.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.events_file = path / "events.jsonl"
        self.control_file = path / "control.jsonl"
        self.log_file = path / "worker.log"
        self.checkpoints = path / "checkpoints"
        self.result = path / "result"

    @cached_property
    def _spec(self) -> RunSpec:
        try:
            return msgspec.json.decode((self.path / "spec.json").read_bytes(), type=RunSpec)
        except (OSError, msgspec.DecodeError) as error:
            raise UserError(
                tr("The description of run “{run}” cannot be read; the run cannot be used.", run=self.id),
                str(error),
            ) from error

    def spec(self) -> RunSpec:
        """Return the frozen description.

        Raises:
            UserError: It is missing or damaged.
        """
        return self._spec

    def append(self, event: events.AnyEvent) -> None:
        """Write an event."""
        jsonl.append(self.events_file, event)

    def follow(self) -> jsonl.Follower[events.AnyEvent]:
        """Return a reader of all events from the first, and then of the new ones."""
        return jsonl.Follower(self.events_file, events.AnyEvent)

    def follow_control(self) -> jsonl.Follower[Command]:
        """Return a reader of the commands given since the trainer was started."""
        return jsonl.Follower(self.control_file, Command)

    def forget_commands(self) -> None:
        """Drop the commands meant for an earlier trainer; called before one is started, so that none is missed."""
        self.control_file.unlink(missing_ok=True)

    def ask(self, command: Literal["stop", "save", "sample"]) -> None:
        """Give the trainer a command; it answers within a step."""
        jsonl.append(self.control_file, Command(command))

    def claim(self, pid: int | None = None) -> None:
        """Note that a process (by default the calling one) trains this run."""
        process = psutil.Process(pid)
        jsonl.write_atomically(self.path / "process.json", Process(process.pid, process.create_time()))

    def process(self) -> psutil.Process | None:
        """Return the living process that trains this run, if there is one."""
        try:
            noted = msgspec.json.decode((self.path / "process.json").read_bytes(), type=Process)
            process = psutil.Process(noted.pid)
            alive = abs(process.create_time() - noted.created) < 1 and process.status() != psutil.STATUS_ZOMBIE
            return process if alive else None
        except (OSError, msgspec.DecodeError, psutil.NoSuchProcess):
            return None

    def log_tail(self, lines: int = 40) -> str:
        """Return the last lines of what the trainer printed."""
        if not self.log_file.exists():
            return ""
        return "\n".join(self.log_file.read_text("utf-8", errors="replace").splitlines()[-lines:])

    def result_info(self) -> dict[str, Any]:
        """Return what the task wrote about its result (``result/result.json``), empty before the end."""
        try:
            info: dict[str, Any] = msgspec.json.decode((self.result / "result.json").read_bytes())
            return info
        except (OSError, msgspec.DecodeError):
            return {}

    def can_resume(self) -> bool:
        """Return whether a whole checkpoint is there to go on from."""
        return any(self.checkpoints.glob("step-*/manifest.json"))

    def summary(self) -> Summary:
        """Return the run in a few words, from its spec, events and process."""
        spec = self.spec()
        story = summarise(self.follow().read())
        died = story.state == "running" and self.process() is None
        if died:
            story = summarise(self.follow().read())  # it may have written its ending between the two looks
        state, reason = story.state, story.reason
        if died and state == "running":
            state = "failed"
            reason = tr("The training process ended without a word (it was killed, or the computer ran out of memory).")
        return Summary(
            run=self.id,
            name=spec.name,
            task=spec.task,
            model=spec.model,
            adapter=spec.adapter,
            data=spec.data,
            state=state,
            parents=dict(spec.parents),
            seconds=story.seconds,
            metrics=story.metrics,
            result=str(self.result),
            step=story.step,
            total=story.total,
            reason=reason,
            created=spec.created,
        )


class Story(msgspec.Struct):
    """What the events of a run add up to; ``running`` means that no ending was written, not that the process lives."""

    state: State = "waiting"
    step: int = 0
    total: int = 0
    seconds: float = 0.0
    seconds_left: float | None = None
    phase: str = ""
    device: str = ""
    pid: int = 0
    reason: str = ""
    metrics: dict[str, float] = {}
    began: float = 0.0
    last: float = 0.0

    def add(self, event: events.AnyEvent) -> None:
        """Take up the next event."""
        before, self.last = self.last, event.time
        match event:
            case events.Launched() | events.Started():
                if isinstance(event, events.Launched) and self.began:  # the trainer before it died without a word
                    self.seconds, self.began = self.seconds + before - self.began, 0.0
                self.state, self.reason = "running", ""
                self.began = self.began or event.time
                self.pid = event.pid
                if isinstance(event, events.Started):
                    self.device = f"{event.device} {event.precision}"
            case events.Phase():
                self.phase = event.text
            case events.Progress():
                self.step, self.total, self.seconds_left = event.step, event.total, event.seconds_left
                self.phase = ""
            case events.Metrics():
                self.metrics.update(event.values)
            case events.Finished() | events.Stopped() | events.Failed():
                states: dict[type, State] = {events.Finished: "finished", events.Stopped: "stopped"}
                self.state = states.get(type(event), "failed")
                self.reason = event.sentence if isinstance(event, events.Failed) else ""
                self.seconds += event.time - self.began if self.began else 0.0
                self.began, self.seconds_left, self.phase = 0.0, None, ""


def summarise(history: list[events.AnyEvent]) -> Story:
    """Add up a run's events."""
    story = Story()
    for event in history:
        story.add(event)
    if story.state == "running" and story.began:
        story.seconds += story.last - story.began
    return story
