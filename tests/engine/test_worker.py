import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import SafetensorError

from tests.engine.tiny import metrics, new_run
from workbench.core import events, registry
from workbench.core.checkpoints import latest
from workbench.core.context import RunContext
from workbench.core.errors import UserError
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.engine import worker

SETTINGS: dict[str, Any] = {"batch_size": 4, "eval_every": 1_000_000, "samples": 0}
PATIENCE = 120


def command(run: Run, *more: str) -> list[str]:
    return [sys.executable, "-m", "workbench", "worker", str(run.path), *more]


def work(run: Run, *more: str) -> int:
    with run.log_file.open("ab") as log:
        return subprocess.run(command(run, *more), stdout=log, stderr=log, timeout=PATIENCE, check=False).returncode


def wait_for(run: Run, found: Callable[[events.AnyEvent], bool]) -> None:
    reader, until = run.follow(), time.monotonic() + PATIENCE
    while not any(found(event) for event in reader.read()):
        assert time.monotonic() < until, run.log_tail()
        time.sleep(0.01)


def endings(run: Run) -> list[events.AnyEvent]:
    return [event for event in run.follow().read() if isinstance(event, events.Ending)]


def test_stopped_before_it_even_listened_and_resumed_to_the_end(weather: Project, tiny_model: Path) -> None:
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), max_steps=3, **SETTINGS)
    run.ask("stop")
    assert work(run) == 3, run.log_tail()
    (stopped,) = endings(run)
    assert isinstance(stopped, events.Stopped) and stopped.step == 1
    assert run.can_resume() and run.result_info()["adapter"] == "adapter"
    assert run.summary().state == "stopped"
    run.forget_commands()
    assert work(run, "--resume") == 0, run.log_tail()
    finished = endings(run)[-1]
    assert isinstance(finished, events.Finished) and finished.step == 3 and finished.seconds > 0
    starts = [event for event in run.follow().read() if isinstance(event, events.Started)]
    assert [event.resumed_step for event in starts] == [None, 1]
    assert starts[0].pid != starts[1].pid != os.getpid()
    assert list(metrics(run)["train/loss"]) == [1, 2, 3]
    summary = run.summary()
    assert (summary.state, summary.step, summary.total) == ("finished", 3, 3)
    assert {"train/loss", "eval/loss", "eval/accuracy", "tokens_per_second", "memory_mb"} <= set(summary.metrics)


def test_killed_and_resumed(weather: Project, tiny_model: Path) -> None:
    more = {**SETTINGS, "max_steps": 1_000_000, "save_every": 5}
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model), **more)
    with run.log_file.open("ab") as log:
        child = subprocess.Popen(command(run), stdout=log, stderr=log)
    wait_for(run, lambda event: isinstance(event, events.Saved) and event.step >= 10)
    assert run.summary().state == "running"
    child.kill()
    assert child.wait() == -signal.SIGKILL
    summary = run.summary()
    assert (summary.state, endings(run)) == ("failed", [])
    assert summary.reason.startswith("The training process ended without a word")
    checkpoint = latest(run.checkpoints)
    assert checkpoint is not None and run.can_resume()
    saved = int(checkpoint.name.removeprefix("step-"))
    run.ask("stop")
    assert work(run, "--resume") == 3, run.log_tail()
    (stopped,) = endings(run)
    assert isinstance(stopped, events.Stopped) and stopped.step == saved + 1
    assert run.summary().state == "stopped"
    assert sorted(metrics(run)["train/loss"])[: saved + 1] == list(range(1, saved + 2))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UserError("The moon is full.", "really"), "The moon is full."),
        (MemoryError(), "There was not enough memory. Try a smaller batch size"),
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2 GiB"), "There was not enough memory."),
        ("allocate", "There was not enough memory."),
        (OSError(28, "No space left on device"), "The disk is full. Free some space and resume"),
        (SafetensorError("I/O error: No space left on device (os error 28)"), "The disk is full."),
        (ValueError("nothing\nlike this"), "Training failed unexpectedly: nothing"),
        (KeyError(), "Training failed unexpectedly: KeyError"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_error_is_one_sentence_with_its_detail(
    weather: Project, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, error: Exception | str, sentence: str
) -> None:
    run = new_run(weather, "instruction-tuning", "talk", model=str(tiny_model))

    def broken(context: RunContext) -> None:
        if isinstance(error, Exception):
            raise error
        torch.empty(1 << 50)

    task = replace(registry.task("instruction-tuning"), run=broken)
    monkeypatch.setattr(worker.registry, "task", lambda name: task)
    assert worker.main([str(run.path)]) == 1
    (failed,) = endings(run)
    assert isinstance(failed, events.Failed)
    assert failed.sentence.startswith(sentence) and "\n" not in failed.sentence
    assert failed.detail == "really" if isinstance(error, UserError) else "Traceback" in failed.detail
    assert run.summary().reason == failed.sentence
