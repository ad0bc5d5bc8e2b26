"""What happens in a run, as written to ``events.jsonl``: the truth that curves, lists and reports are made from."""

import time
from typing import Literal

import msgspec


class Event(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag=str.lower, omit_defaults=True):
    """Base of all events; ``time`` is seconds since the epoch."""

    time: float = msgspec.field(default_factory=time.time)


class Launched(Event, frozen=True, tag="launched"):
    """A trainer process was started for the run; from here on it counts as running."""

    pid: int


class Started(Event, frozen=True, tag="started"):
    """The trainer process is at work; after a resume there is another one."""

    pid: int
    device: str = "cpu"
    precision: str = "fp32"
    threads: int = 1
    resumed_step: int | None = None


class Phase(Event, frozen=True, tag="phase"):
    """What the trainer does now, as one translated phrase ("Loading the model")."""

    text: str


class Progress(Event, frozen=True, tag="progress"):
    """Steps done of all, and seconds left when that can be told."""

    step: int
    total: int
    seconds_left: float | None = None


class Metrics(Event, frozen=True, tag="metrics"):
    """Values by metric name (``train/loss``, ``eval/accuracy``) at a step; all finite."""

    step: int
    values: dict[str, float]
    epoch: float = 0.0


class Sample(Event, frozen=True, tag="sample"):
    """A prompt and what the model wrote for it at a step; ``values`` may hold reward and KL."""

    step: int
    prompt: str
    response: str
    values: dict[str, float] = {}


class Note(Event, frozen=True, tag="note"):
    """A translated sentence for a person that ends nothing."""

    text: str
    level: Literal["info", "warning"] = "info"


class Saved(Event, frozen=True, tag="saved"):
    """A whole checkpoint is on disk."""

    step: int


class Finished(Event, frozen=True, tag="finished"):
    """The run came to its end and ``result/`` is complete."""

    step: int
    seconds: float


class Stopped(Event, frozen=True, tag="stopped"):
    """The run was asked to stop, saved a checkpoint and can be resumed."""

    step: int
    seconds: float


class Failed(Event, frozen=True, tag="failed"):
    """The run ended with an error: one translated sentence, and the detail behind it."""

    sentence: str
    detail: str = ""
    seconds: float = 0.0


AnyEvent = Launched | Started | Phase | Progress | Metrics | Sample | Note | Saved | Finished | Stopped | Failed
"""Every event that a run may hold; the type for decoding a line."""

Ending = Finished | Stopped | Failed
