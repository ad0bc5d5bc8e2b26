"""``workbench bake-off``."""

from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, say, show, show_table
from workbench.cli.train import Data, Model, RunName, Setting, Task, pairs, ready, train_all
from workbench.core import registry, units
from workbench.core.i18n import tr
from workbench.core.project import Project

Adapters = Annotated[str, typer.Option("--adapters", help=tr("Names of adapters, separated by commas."))]
BakeOffOption = Annotated[str, typer.Option("--bake-off", help=tr("Number of a comparison that goes on."))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("bake-off", help=tr("Train with several adapters, and compare what they reach and cost."))(bake_off)


def bake_off(
    folder: Folder,
    task: Task = "",
    data: Data = "",
    model: Model = "",
    adapters: Adapters = "",
    settings: Setting = None,
    name: RunName = "",
    study: BakeOffOption = "",
    as_json: AsJson = False,
) -> None:
    """Train with several adapters, one after the other, and hold them against each other."""
    from workbench.core.bake_off import bake_off as studies
    from workbench.core.plan import Request

    project = Project.open(folder)
    if not study:
        wanted = [part.strip() for part in adapters.split(",") if part.strip()]
        request = Request(task=task, data=data, model=model, settings=pairs(settings), name=name)
        ready(project, request)
        study = studies.make(project, request, wanted or registry.task(task).adapters).id
        count = len(studies.load(project, study).parts)
        say(tr("Comparison {study}: {count} trainings.", study=study, count=count))
    again = tr("The comparison goes on with --bake-off {study}.", study=study)
    train_all(lambda: studies.upcoming(project, study), again)
    _tell(project, study, as_json)


def _tell(project: Project, study: str, as_json: bool) -> None:
    from workbench.core.bake_off.bake_off import load
    from workbench.core.bake_off.results import measure, results, shown, verdict

    found = load(project, study)
    known, task = results(project, found), registry.task(found.request.task)
    if as_json:
        told = {"bake_off": study, "measure": measure(task), "results": known, "sentence": verdict(task, known)}
        show(told, as_json=True)
        return
    rows = [
        {
            "adapter": tr(registry.adapter(result.adapter).label),
            "quality": shown(task, result),
            "trainable": units.count(result.trainable),
            "memory": units.size(result.memory * 2**20),
            "time": units.duration(result.seconds),
            "size": units.size(result.size),
            "run": result.run,
        }
        for result in known
        if result.quality is not None
    ]
    columns = {
        "adapter": tr("Adapter"),
        "quality": tr("Held-out"),
        "trainable": tr("Trainable"),
        "memory": tr("Memory"),
        "time": tr("Time"),
        "size": tr("On disk"),
        "run": tr("Run"),
    }
    show_table(rows, columns, as_json=False)
    show(None, as_json=False, text=verdict(task, known))
