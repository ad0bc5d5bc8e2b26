"""``workbench project``."""

import typer

from workbench.cli.output import AsJson, Folder, show
from workbench.core.i18n import tr


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=tr("Projects: a folder for data, runs and rankings."), no_args_is_help=True)
    group.callback()(lambda: None)
    group.command("new", help=tr("Make a new project."))(new)
    app.add_typer(group, name="project")


def new(folder: Folder, as_json: AsJson = False) -> None:
    """Make a new project."""
    from workbench.core.project import Project

    project = Project.create(folder)
    text = tr("There is a new project in {path}.", path=project.path)
    show({"project": str(project.path)}, as_json=as_json, text=text)
