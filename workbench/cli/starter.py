"""``workbench starter``."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from workbench.cli.output import AsJson, say, show_table
from workbench.core import starters
from workbench.core.downloads import Progress
from workbench.core.i18n import tr

Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="NAME", help=tr("Names of starters; all of them if none is given.")),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=tr("Starter models and data, checked by hash."), no_args_is_help=True)
    group.command("get", help=tr("Bring starters onto this computer."))(get)
    group.command("list", help=tr("List the starters."))(list_)
    app.add_typer(group, name="starter")


def get(names: Names = None, as_json: AsJson = False) -> None:
    """Bring starters onto this computer; those that are here are left alone."""
    chosen = [starters.find(name) for name in names or [*starters.MODELS, *starters.DATA]]
    with _telling() as progress:
        for starter in chosen:
            starters.get(starter.name, progress)
    _show(chosen, as_json)


def list_(as_json: AsJson = False) -> None:
    """List all starters and whether they are here."""
    _show([*starters.MODELS.values(), *starters.DATA.values()], as_json)


def _show(chosen: list[starters.Starter], as_json: bool) -> None:
    columns = {"starter": tr("Name"), "kind": tr("Kind"), "here": tr("Here"), "help": tr("What it is")}
    rows = [_described(starter) for starter in chosen]
    if not as_json:
        rows = [{**row, "here": tr("yes") if row["ready"] else tr("no")} for row in rows]
    show_table(rows, columns, as_json=as_json)


def _described(starter: starters.Starter) -> dict[str, Any]:
    return {
        "starter": starter.name,
        "kind": starter.kind,
        "ready": starters.is_ready(starter.name),
        "path": str(starters.data_path(starter.name) if starter.data else starters.folder(starter.name)),
        "bytes": starter.size,
        "licence": starter.licence,
        "package": f"{starter.package}=={starter.version}" if starter.version else starter.package,
        "help": tr(starter.help),
    }


@contextmanager
def _telling() -> Iterator[Progress]:
    """Give what shows progress on standard error: a bar on a terminal, else a line for each thing that begins."""
    from rich.console import Console
    from rich.progress import Progress as Bars

    console = Console(stderr=True)
    last = ""

    def tell(text: str, share: float | None) -> None:
        nonlocal last
        if console.is_terminal:
            bars.update(bar, description=text, completed=share or 0.0, total=None if share is None else 1.0)
        elif text != last:
            say(text)
        last = text

    with Bars(console=console, transient=True, disable=not console.is_terminal) as bars:
        bar = bars.add_task("", total=1.0)
        yield tell
