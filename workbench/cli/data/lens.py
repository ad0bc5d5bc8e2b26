"""``workbench data show``."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from workbench.cli.output import UNCUT, AsJson, Folder, show
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from workbench.core.lens import Segment, Shown

SHORTEST = 8
"""Tokens; as in the settings of every task."""

Data = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of a data set."))]
Model = Annotated[str, typer.Option("--model", help=tr("A starter's name, a folder, or a Hugging Face id."))]
Row = Annotated[int, typer.Option("--row", help=tr("Number of the first row."))]
Count = Annotated[int, typer.Option("--count", help=tr("How many rows."))]
MaxLength = Annotated[int, typer.Option("--max-length", help=tr("Tokens of a row that training keeps."))]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("show", help=tr("Show rows exactly as the model sees them, special tokens marked."))(show_)


def show_(
    folder: Folder,
    name: Data,
    model: Model,
    row: Row = 1,
    count: Count = 1,
    max_length: MaxLength = 512,
    as_json: AsJson = False,
) -> None:
    """Show rows as the model sees them."""
    from workbench.core import models
    from workbench.core.project import Project
    from workbench.engine.lens import Lens

    if max_length < SHORTEST:
        raise UserError(tr("{label} must be at least {low}.", label=tr("Longest example"), low=SHORTEST))
    dataset = Project.open(folder).dataset(name)
    rows = Lens(models.locate(model)).rows(dataset, row, max(count, 1), max_length)
    if as_json:
        show(rows, as_json=True)
    else:
        _print(rows)


def _print(rows: "list[Shown]") -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(width=None if sys.stdout.isatty() else UNCUT, highlight=False)
    console.print(tr("‹special token›  «learnt»  ⟦cut off⟧"), style="dim", markup=False)
    for row in rows:
        label = tr(", label “{label}”", label=row.label) if row.label else ""
        console.print(tr("Row {row} ({part})", row=row.row, part=row.split) + label, style="bold", markup=False)
        for view in row.views:
            tokens = tr("{kept} of {tokens} tokens", kept=view.kept, tokens=view.tokens)
            console.print(" · ".join(filter(None, [view.title, tokens])), style="dim", markup=False)
            console.print(Text.assemble(*map(_styled, view.segments)), soft_wrap=True)


def _styled(segment: "Segment") -> Any:
    text = f"‹{segment.text}›" if segment.special else segment.text
    text = f"«{text}»" if segment.trained else text
    text = f"⟦{text}⟧" if segment.cut else text
    style = "strike dim" if segment.cut else "bold cyan" if segment.trained else ""
    return text, style + (" reverse" if segment.special else "")
