"""``workbench data augment``."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, hush_libraries, show
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.options import parse
from workbench.tasks.keras_image_classification import Options

Data = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of a data set of images."))]
Target = Annotated[Path, typer.Option("--to", metavar="FOLDER", help=tr("Where the pictures go."))]
Count = Annotated[int, typer.Option("--count", min=1, max=256, help=tr("How many altered images."))]
Setting = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help=tr("A setting, shear for example; may be repeated.")),
]


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command("augment", help=tr("Show how augmentation alters some of your own images."))(augment)


def augment(
    folder: Folder, name: Data, to: Target, count: Count = 8, settings: Setting = None, as_json: AsJson = False
) -> None:
    """Write some images of a data set as they are and as augmentation alters them."""
    from workbench.core.project import Project

    dataset = Project.open(folder).dataset(name)
    if dataset.info.kind != "image-folder":
        raise UserError(tr("“{name}” is {kind} and has no images.", name=name, kind=dataset.info.kind))
    options = parse(Options, dict(_pair(text) for text in settings or []))
    hush_libraries()
    from workbench.engine.keras.preview import preview

    pictures = preview(dataset, to, count, options)
    show(pictures, as_json=as_json, text="\n".join(f"{one.path}\t{one.plain}\t{one.augmented}" for one in pictures))


def _pair(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not equals:
        raise UserError(tr("Write a setting as key=value; “{given}” has no “=”.", given=text))
    return key.strip(), value.strip()
