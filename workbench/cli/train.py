"""``workbench train``, ``resume``, ``runs`` and ``evaluate``."""

import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from workbench.cli.model import obtain
from workbench.cli.output import AsJson, Folder, hush_libraries, say, show, show_table
from workbench.core import events, judging
from workbench.core.errors import RunFailed, UserError
from workbench.core.i18n import tr
from workbench.core.preferences import RANKINGS, snapshot
from workbench.core.project import Project
from workbench.core.runs import Run, Summary

if TYPE_CHECKING:
    from workbench.core.plan import Request

POLL = 0.2
"""Seconds between two looks at a run's events."""

Task = Annotated[str, typer.Option("--task", help=tr("What to train: instruction-tuning, reward-model, ppo …"))]
Data = Annotated[str, typer.Option("--data", help=tr("Name of a data set; left out, the rankings of the project."))]
Model = Annotated[
    str,
    typer.Option(
        "--model", help=tr("A starter, a base of Keras (keras:vgg16), a folder or file, or a Hugging Face id.")
    ),
]
Adapter = Annotated[str, typer.Option("--adapter", help=tr("How to adapt the model: lora, full …"))]
From = Annotated[str, typer.Option("--from", help=tr("The run to start from."))]
Reward = Annotated[str, typer.Option("--reward", help=tr("The run that trained the reward model."))]
Setting = Annotated[
    list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help=tr("A setting; may be repeated."))
]
RunName = Annotated[str, typer.Option("--name", help=tr("A name for the run."))]
RunArgument = Annotated[str, typer.Argument(metavar="RUN", help=tr("Id or name of a run."))]
RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of a run."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("train", help=tr("Train, and wait for the end; Ctrl+C stops and saves."))(train)
    app.command("resume", help=tr("Go on with a run from its last checkpoint."))(resume)
    app.command("runs", help=tr("List the runs of a project: state, metrics, lineage."))(runs)
    app.command("evaluate", help=tr("Measure a run's result on a data set."))(evaluate)


def train(
    folder: Folder,
    task: Task,
    data: Data = "",
    model: Model = "",
    adapter: Adapter = "",
    start: From = "",
    reward: Reward = "",
    settings: Setting = None,
    name: RunName = "",
    as_json: AsJson = False,
) -> None:
    """Train, and wait for the end."""
    from workbench.core.plan import create
    from workbench.runtime import launcher

    request = asked(task, data, model, adapter, start, reward, settings, name)
    project = Project.open(folder)
    ready(project, request)
    run = create(project, request)
    launcher.start(run)
    _follow(run, as_json)


def asked(
    task: str,
    data: str,
    model: str,
    adapter: str,
    start: str,
    reward: str,
    settings: list[str] | None,
    name: str,
) -> "Request":
    """Return what the arguments of a command that trains ask for."""
    from workbench.core.plan import Request

    return Request(
        task=task,
        data=data,
        model=model,
        adapter=adapter,
        settings=pairs(settings),
        parents={role: run for role, run in (("from", start), ("reward", reward)) if run},
        name=name,
    )


def resume(folder: Folder, run: RunArgument, as_json: AsJson = False) -> None:
    """Go on with a run from its last checkpoint, and wait for the end."""
    from workbench.runtime import launcher

    found = Project.open(folder).run(run)
    if found.summary().state == "finished":
        raise UserError(tr("Run “{run}” has finished; there is nothing to resume.", run=found.id))
    launcher.start(found, resume=True)
    _follow(found, as_json)


def runs(folder: Folder, as_json: AsJson = False) -> None:
    """List the runs of a project."""
    rows = [msgspec.to_builtins(run.summary()) for run in Project.open(folder).runs()]
    columns = {
        "run": tr("Run"),
        "name": tr("Name"),
        "state": tr("State"),
        "data": tr("Data"),
        "model": tr("Model"),
        "adapter": tr("Adapter"),
    }
    show_table(rows, columns, as_json=as_json, empty=tr("There are no runs yet."))


def evaluate(folder: Folder, run: RunOption, data: Data, as_json: AsJson = False) -> None:
    """Measure a run's result on a data set: its held-out part, if it has one."""
    project = Project.open(folder)
    found = project.run(run)
    hush_libraries()

    with tempfile.TemporaryDirectory() as scratch:
        own = data == RANKINGS and not (project.data / RANKINGS).exists()
        dataset = snapshot(project, Path(scratch) / RANKINGS) if own else project.dataset(data)
        metrics = judging.evaluate(project, found.id, dataset)
    text = "\n".join(f"{name} {value:.4g}" for name, value in metrics.items())
    show({"run": found.id, "data": dataset.name, "metrics": metrics}, as_json=as_json, text=text)


def ready(project: Project, request: "Request") -> None:
    """Bring along the model of a request; a slip in the request is told before anything is downloaded.

    Raises:
        UserError: The request does not fit together, or the model cannot be had.
    """
    from workbench.core.plan import check

    check(project, request)
    if request.model:
        obtain(request.model)


def pairs(settings: list[str] | None) -> dict[str, object]:
    """Return settings that are written as key=value.

    Raises:
        UserError: One is not.
    """
    return dict(_pair(text) for text in settings or [])


def _pair(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(tr("Write a setting as key=value; “{given}” has no “=”.", given=text))
    return key.strip(), value.strip()


def _follow(run: Run, as_json: bool) -> None:
    """Report a living run until it ends, and how it ended."""
    summary = watch(run)
    show(
        summary,
        as_json=as_json,
        text=tr("Run “{run}”: {state}. Result: {folder}", run=run.id, state=summary.state, folder=summary.result),
    )
    if summary.state == "failed":
        raise RunFailed(summary.reason)


def train_all(upcoming: Callable[[], Run | None], again: str) -> None:
    """Train what is missing of a study, one run after the other.

    Args:
        upcoming: Gives the run that is next.
        again: A sentence on how it goes on when one of them has failed.

    Raises:
        RunFailed: One failed or was stopped; the study can go on.
    """
    from workbench.runtime import launcher

    while (run := upcoming()) is not None:
        say(f"{run.id}: {run.spec().name}")
        if run.summary().state != "running":
            launcher.start(run, resume=run.can_resume())
        summary = watch(run)
        if summary.state != "finished":
            reason = summary.reason or tr("Run “{run}” was stopped.", run=run.id)
            raise RunFailed(f"{reason} {again}")


def watch(run: Run) -> Summary:
    """Report a living run until it ends; a Ctrl+C asks it to stop and save, and waits for that."""
    reader = run.follow()
    alive = True
    while alive:
        try:
            alive = run.process() is not None
            for event in reader.read():
                _report(event)
            time.sleep(POLL if alive else 0)
        except KeyboardInterrupt:
            say(tr("Stopping after this step and saving …"))
            run.ask("stop")
    return run.summary()


def _report(event: events.AnyEvent) -> None:
    match event:
        case events.Phase() | events.Note():
            say(event.text)
        case events.Metrics():
            chosen = {name: value for name, value in event.values.items() if "/" in name}
            say(f"{event.step:>6}  " + "  ".join(f"{name} {value:.4g}" for name, value in chosen.items()))
        case events.Sample():
            say(f"  {event.prompt!r} -> {event.response!r}")
