"""``workbench data mask``."""

from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, show, stages
from workbench.core.i18n import tr

Data = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of a data set."))]
NewName = Annotated[str, typer.Option("--name", help=tr("Name of the new data set."))]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("mask", help=tr("Make a copy of a data set without the personal data in its texts."))(mask_)


def mask_(folder: Folder, name: Data, new: NewName = "", as_json: AsJson = False) -> None:
    """Make a copy without personal data."""
    from workbench.core.datasets.masking import mask_dataset
    from workbench.core.project import Project

    dataset = Project.open(folder).dataset(name)
    with stages() as move:
        copy, changed = mask_dataset(dataset, new, lambda share: move(tr("Masking"), share))
    text = tr(
        "“{name}”: a copy of “{of}” in which {changed} of {rows} rows were masked.",
        name=copy.name,
        of=name,
        changed=changed,
        rows=copy.info.rows,
    )
    show({"data": copy.name, "rows": copy.info.rows, "changed": changed}, as_json=as_json, text=text)
