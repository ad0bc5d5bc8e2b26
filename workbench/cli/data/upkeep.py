"""``workbench data rejected``, ``remove`` and ``restore``."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, show, show_table
from workbench.core.i18n import tr

MOST_SHOWN = 1000

Name = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of the data set."))]
To = Annotated[
    Path | None,
    typer.Option("--to", metavar="FILE", help=tr("Write all of them into a file: JSON lines, or CSV by its ending.")),
]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("rejected", help=tr("Show or export the rows of a file that were left out."))(rejected)
    group.command("remove", help=tr("Remove a data set; it can be restored."))(remove)
    group.command("restore", help=tr("Bring a removed data set back."))(restore)


def rejected(folder: Folder, name: Name, to: To = None, as_json: AsJson = False) -> None:
    """Show the rows that were left out, or write them into a file."""
    from workbench.core.project import Project

    dataset = Project.open(folder).dataset(name)
    if to is not None:
        count = dataset.export_rejected(to)
        text = tr("{count} rows written to {path}.", count=count, path=to)
        show({"data": name, "rejected": count, "path": str(to)}, as_json=as_json, text=text)
        return
    rows = [
        {"line": found.line, "reason": found.reason, "raw": found.raw, "file": found.file}
        for found in dataset.rejected(0, MOST_SHOWN)
    ]
    columns = {"line": tr("Line"), "reason": tr("Reason"), "raw": tr("Row")}
    show_table(rows, columns, as_json=as_json, empty=tr("No row was left out."))


def remove(folder: Folder, name: Name, as_json: AsJson = False) -> None:
    """Move a data set into the trash of the project."""
    from workbench.core.project import Project

    Project.open(folder).remove_dataset(name)
    text = tr("“{name}” was removed. Bring it back with: workbench data restore {path} {name}", name=name, path=folder)
    show({"data": name, "removed": True}, as_json=as_json, text=text)


def restore(folder: Folder, name: Name, as_json: AsJson = False) -> None:
    """Bring a data set back from the trash of the project."""
    from workbench.core.project import Project

    dataset = Project.open(folder).restore_dataset(name)
    show({"data": name, "rows": dataset.info.rows}, as_json=as_json, text=tr("“{name}” is back.", name=name))
