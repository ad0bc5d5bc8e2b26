"""``workbench fit``."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, hush_libraries, show
from workbench.cli.train import Adapter, Data, From, Model, Reward, RunName, Setting, Task, asked
from workbench.core import models
from workbench.core.fitting import Fit, Remedy, Tried, described
from workbench.core.i18n import tr
from workbench.core.plan import Request, plan
from workbench.core.preferences import snapshot
from workbench.core.project import Project
from workbench.core.units import count, size

Only = Annotated[bool, typer.Option("--only", help=tr("Leave out what would take less."))]
Try = Annotated[bool, typer.Option("--try", help=tr("Really take one step, and measure it; nothing is kept."))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fit", help=tr("Say what a training would need, and whether it fits; nothing is trained."))(fit)


def fit(
    folder: Folder,
    task: Task,
    data: Data = "",
    model: Model = "",
    adapter: Adapter = "",
    start: From = "",
    reward: Reward = "",
    settings: Setting = None,
    name: RunName = "",
    really: Try = False,
    only: Only = False,
    as_json: AsJson = False,
) -> None:
    """Say what a training with the same arguments would need."""
    request = asked(task, data, model, adapter, start, reward, settings, name)
    hush_libraries()
    project = Project.open(folder)
    if really:
        from workbench.core.trial import try_step

        tried = try_step(project, request)
        show(tried, as_json=as_json, text=_tried(tried))
    else:
        found = _estimate(project, request, remedies=not only)
        show(found, as_json=as_json, text=_told(found))


def _estimate(project: Project, request: Request, *, remedies: bool) -> Fit:
    from workbench.core.datasets.dataset import Dataset

    spec = plan(project, request, described)
    with TemporaryDirectory() as scratch:
        own = None if spec.data_path else snapshot(project, Path(scratch) / "data")
        dataset = own or Dataset(project.path / spec.data_path)
        from workbench.engine.fit.estimate import estimate
        from workbench.engine.models import lineage

        parent = spec.parents.get("from")
        base = lineage(project, parent).base if parent else Path(models.locate(spec.model_path))
        return estimate(base, spec, dataset, remedies=remedies)


def _told(found: Fit) -> str:
    lines = [
        tr(
            "{trained} of {all} parameters are trained ({share} %).",
            trained=count(found.trainable),
            all=count(found.parameters),
            share=found.share,
        ),
        tr("Memory: about {needed}; free now: {free}", needed=size(found.memory), free=size(found.free)),
        *(f"  {name}: {size(amount)}" for name, amount in found.named().items()),
        *(
            tr("With {change}: about {needed}", change=one.adapter or _settings(one), needed=size(one.memory))
            for one in found.remedies
        ),
    ]
    return "\n".join(lines)


def _settings(remedy: Remedy) -> str:
    return ", ".join(f"{name}={value}" for name, value in remedy.settings.items())


def _tried(tried: Tried) -> str:
    return tr(
        "A real step took {memory} of memory and {seconds} s.",
        memory=size(tried.memory),
        seconds=f"{tried.step_seconds:.1f}",
    )
