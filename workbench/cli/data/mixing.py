"""``workbench data mix``."""

from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, progress, say, show
from workbench.core.i18n import tr

Names = Annotated[list[str], typer.Argument(metavar="NAME...", help=tr("Names of data sets of one kind."))]
Cap = Annotated[int, typer.Option("--cap", help=tr("Training rows that one data set can give at most."))]
RateMaximum = Annotated[
    int, typer.Option("--rate-maximum", help=tr("Rows of a data set beyond this do not make its share larger."))
]
Size = Annotated[
    int | None,
    typer.Option("--size", help=tr("Training rows of the mix; else as many as use up no data set beforehand.")),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help=tr("Of the shuffle that decides which rows are drawn."))]
NewName = Annotated[str, typer.Option("--name", help=tr("Name of the new data set."))]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("mix", help=tr("Mix data sets into a new one, so that small ones are not drowned."))(mix_)


def mix_(
    folder: Folder,
    names: Names,
    cap: Cap = 30_000,
    rate_maximum: RateMaximum = 3_000,
    size: Size = None,
    seed: Seed = 0,
    new: NewName = "",
    as_json: AsJson = False,
) -> None:
    """Mix data sets."""
    from workbench.core.datasets.mixing import Limits, mix, shares
    from workbench.core.project import Project

    project = Project.open(folder)
    datasets = [project.dataset(name) for name in names]
    limits = Limits(cap=cap, rate_maximum=rate_maximum, size=size, seed=seed)
    planned = shares(datasets, limits)
    for share in planned:
        say(
            tr(
                "{name}: {drawn} of {rows} training rows ({rate} %)",
                name=share.name,
                drawn=f"{share.drawn.get('train', 0):,}",
                rows=f"{share.rows.get('train', 0):,}",
                rate=f"{share.rate * 100:.1f}",
            )
        )
    with progress(tr("Mixing")) as move:
        made = mix(datasets, limits, new, move)
    info = made.info
    value = {
        "data": made.name,
        "kind": info.kind,
        "rows": info.rows,
        "splits": info.splits,
        "hash": info.hash,
        "shares": planned,
    }
    text = tr("“{name}”: a mix of {count} data sets, {rows} rows.", name=made.name, count=len(names), rows=info.rows)
    show(value, as_json=as_json, text=text)
