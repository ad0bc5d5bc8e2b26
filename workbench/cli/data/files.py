"""``workbench data import`` and ``list``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from workbench.cli.output import AsJson, Folder, progress, say, say_rejected, show, show_table
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from workbench.core.datasets.dataset import Dataset
    from workbench.core.project import Project

File = Annotated[
    Path,
    typer.Argument(metavar="PATH", help=tr("A file or a folder, or hf:owner/name for a data set of Hugging Face.")),
]
Kind = Annotated[str, typer.Option("--kind", help=tr("What its rows are, “instruction” for example; else proposed."))]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="ROLE=COLUMN", help=tr("Which column is what; may be repeated."))
]
Name = Annotated[str, typer.Option("--name", help=tr("Name of the data set; else that of the file."))]
Split = Annotated[float, typer.Option("--split", help=tr("Share that is held out for validation."))]
Seed = Annotated[int, typer.Option("--seed", help=tr("Of the shuffle that decides what is held out."))]
Stratify = Annotated[bool, typer.Option("--stratify/--no-stratify", help=tr("Each label gives its share."))]
OwnSplit = Annotated[bool, typer.Option("--own-split/--no-own-split", help=tr("Keep the parts that the file names."))]
Header = Annotated[
    bool | None,
    typer.Option("--header/--no-header", help=tr("Whether the first line of a table names the columns.")),
]
Unit = Annotated[
    Literal["line", "paragraph", "file"] | None, typer.Option("--unit", help=tr("What of a text file is one row."))
]
Encoding = Annotated[str, typer.Option("--encoding", help=tr("Of the text; found out if it is not given."))]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("import", help=tr("Import a file as a data set."))(import_)
    group.command("list", help=tr("List the data sets of a project."))(list_)


def import_(
    folder: Folder,
    path: File,
    kind: Kind = "",
    columns: Map = None,
    name: Name = "",
    split: Split = 0.1,
    seed: Seed = 0,
    stratify: Stratify = True,
    own_split: OwnSplit = True,
    header: Header = None,
    unit: Unit = None,
    encoding: Encoding = "",
    as_json: AsJson = False,
) -> None:
    """Import a file as a data set."""
    from workbench.core.datasets import hub
    from workbench.core.datasets.importer import import_file
    from workbench.core.datasets.readers import How
    from workbench.core.project import Project

    project = Project.open(folder)
    if not path.exists() and (address := hub.parse(str(path))):
        with progress(tr("Downloading {name}", name=address.name)) as move:
            path = hub.fetch(hub.describe(address.name), address.config, progress=move).path
    with progress(tr("Importing {file}", file=path.name)) as move:
        dataset = import_file(
            project,
            path,
            kind=kind,
            mapping=dict(_pair(text) for text in columns or []),
            name=name,
            split=split,
            seed=seed,
            stratified=stratify,
            own_split=own_split,
            how=How(encoding=encoding, header=header, unit=unit or ""),
            progress=move,
        )
    info = dataset.info
    if not as_json:
        for remark in info.remarks:
            say(remark)
        say_rejected(info.reasons)
    text = tr(
        "“{name}”: {rows} rows imported, {rejected} rejected.", name=info.name, rows=info.rows, rejected=info.rejected
    )
    show(_described(dataset), as_json=as_json, text=text)


def list_(folder: Folder, as_json: AsJson = False) -> None:
    """List the data sets of a project, its own rankings among them."""
    from workbench.core.project import Project

    project = Project.open(folder)
    rows = [_described(dataset) for dataset in project.datasets()]
    columns = {"data": tr("Name"), "kind": tr("Kind"), "rows": tr("Rows"), "rejected": tr("Rejected")}
    empty = tr("There are no data sets yet. Import one: workbench data import {path} FILE --kind KIND", path=folder)
    show_table(rows + _rankings(project), columns, as_json=as_json, empty=empty)


def _pair(text: str) -> tuple[str, str]:
    role, equals, column = text.partition("=")
    if not equals or not role:
        raise UserError(tr("“{text}” is no mapping; write it as role=column.", text=text))
    return role.strip(), column


def _described(dataset: "Dataset") -> dict[str, Any]:
    info = dataset.info
    return {
        "data": dataset.name,
        "kind": info.kind,
        "rows": info.rows,
        "rejected": info.rejected,
        "reasons": info.reasons,
        "format": info.format,
        "encoding": info.encoding,
        "mapping": info.mapping,
        "hash": info.hash,
        "splits": info.splits,
        "rule": info.rule,
        "source": info.source,
        "licence": info.licence,
        "remarks": info.remarks,
        "path": str(dataset.path),
    }


def _rankings(project: "Project") -> list[dict[str, Any]]:
    from workbench.core.preferences import RANKINGS, Preferences

    if not project.database.exists():
        return []
    with Preferences(project.database) as preferences:
        count = preferences.count()
    return [{"data": RANKINGS, "kind": "ranking", "rows": count, "rejected": 0, "reasons": {}}] if count else []
