"""``workbench export``."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, hush_libraries, say, show
from workbench.core import registry
from workbench.core.errors import UserError
from workbench.core.export_formats import formats
from workbench.core.i18n import tr
from workbench.core.project import Project

RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of the run whose result to export."))]
Format = Annotated[
    str, typer.Option("--format", help=tr("What to write: adapter, merged, gguf, keras or another format."))
]
Target = Annotated[Path, typer.Option("--to", metavar="PATH", help=tr("A new or empty folder."))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("export", help=tr("Write a run's result as a folder that other programs load."))(export)


def export(folder: Folder, run: RunOption, to: Target, format: Format = "", as_json: AsJson = False) -> None:
    """Write a run's result, load it again in a fresh process, and compare."""
    project = Project.open(folder)
    found = project.run(run)
    task = registry.task(found.spec().task)
    offered = formats(found)
    wanted = format or next(iter(offered))
    if wanted not in offered:
        known = ", ".join(offered)
        raise UserError(tr("The format “{format}” is not known; there is: {known}.", format=wanted, known=known))
    say(tr("Loading libraries"))
    hush_libraries()
    done = _writer(task)(project, found.id, wanted, to, say)
    result = {
        "run": found.id,
        "format": wanted,
        "path": str(done.path),
        "checked": True,
        "max_difference": done.max_difference,
    }
    if done.note:
        result["note"] = done.note
    text = tr(
        "Written to {path}, loaded again in a fresh process: it answers as the live model does (difference {value}).",
        path=done.path,
        value=f"{done.max_difference:.2g}",
    )
    show(result, as_json=as_json, text=f"{text}\n{done.note}".strip())


def _writer(task: registry.Task) -> registry.Export:
    if task.export is not None:
        return task.export
    from workbench.engine.export import export as write

    return write
