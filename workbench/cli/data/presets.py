"""``workbench data presets``."""

from typing import Annotated

import msgspec
import typer

from workbench.cli.output import AsJson, Folder, show, show_table
from workbench.core.i18n import tr

Forget = Annotated[int, typer.Option("--forget", metavar="NUMBER", help=tr("Delete the one with this number."))]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("presets", help=tr("List the mappings kept for files of the same shape."))(presets)


def presets(folder: Folder, forget: Forget = 0, as_json: AsJson = False) -> None:
    """List the mappings that are kept, or delete one."""
    from workbench.core.datasets import presets as kept
    from workbench.core.project import Project

    project = Project.open(folder)
    if forget:
        gone = kept.forget(project, forget)
        show(gone, as_json=as_json, text=tr("The mapping made for {file} is deleted.", file=gone.source))
        return
    rows = [{"number": number, **msgspec.to_builtins(preset)} for number, preset in enumerate(kept.listed(project), 1)]
    names = {"number": tr("Number"), "source": tr("Made for"), "kind": tr("Kind"), "mapping": tr("Mapping")}
    show_table(rows, names, as_json=as_json, empty=tr("No mapping is kept yet; each import keeps its own."))
