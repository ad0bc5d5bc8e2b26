"""``workbench rank``."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, say_rejected, show
from workbench.core.i18n import tr


class Format(StrEnum):
    """What a line of an exported file is."""

    ranking = "ranking"
    pairs = "pairs"


Source = Annotated[
    Path, typer.Argument(metavar="FILE.jsonl", help=tr("Ranked answers, or pairs of a better and a worse one."))
]
Target = Annotated[Path, typer.Argument(metavar="FILE.jsonl", help=tr("The file to write."))]
Chosen = Annotated[Format, typer.Option("--format", help=tr("A line a ranking, or a line a preference."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=tr("Rankings: bring them in, take them out."), no_args_is_help=True)
    group.command("import", help=tr("Add the rankings of a file to those of the project."))(import_)
    group.command("export", help=tr("Write the rankings of the project to a file."))(export)
    app.add_typer(group, name="rank")


def import_(folder: Folder, path: Source, as_json: AsJson = False) -> None:
    """Add the rankings of a file to those of the project."""
    from workbench.core.preferences import RANKINGS, Preferences
    from workbench.core.project import Project

    with Preferences(Project.open(folder).database) as preferences:
        report = preferences.import_jsonl(path)
    rejected = len(report.rejected)
    if not as_json:
        say_rejected(report.reasons)
    result = {
        **{"data": RANKINGS, "rows": report.rows, "known": report.known},
        **{"rejected": rejected, "reasons": report.reasons},
    }
    text = tr(
        "{rows} rankings imported, {known} were there already, {rejected} rows rejected.",
        rows=report.rows,
        known=report.known,
        rejected=rejected,
    )
    show(result, as_json=as_json, text=text)


def export(folder: Folder, path: Target, format: Chosen = Format.ranking, as_json: AsJson = False) -> None:
    """Write the rankings of the project to a file."""
    from workbench.core.preferences import Preferences
    from workbench.core.project import Project

    with Preferences(Project.open(folder).database) as preferences:
        lines = preferences.export_jsonl(path, format.value)
    result = {"path": str(path), "format": format.value, "rows": lines}
    show(result, as_json=as_json, text=tr("{lines} lines written to {path}.", lines=lines, path=path))
