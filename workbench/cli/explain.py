"""``workbench explain``."""

from pathlib import Path
from typing import Annotated

import typer

from workbench.cli.output import AsJson, Folder, hush_libraries, say, show
from workbench.core import judging, registry
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project

RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of the run that looks."))]
Pictures = Annotated[list[Path], typer.Argument(metavar="IMAGE...", help=tr("The images."))]
Target = Annotated[Path, typer.Option("--to", metavar="FOLDER", help=tr("Where the pictures go."))]
Label = Annotated[str, typer.Option("--label", help=tr("What is looked for; else what the image is taken for."))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("explain", help=tr("Show what a run looks at in images (Grad-CAM)."))(explain)


def explain(
    folder: Folder, images: Pictures, run: RunOption, to: Target, label: Label = "", as_json: AsJson = False
) -> None:
    """Write pictures that show what a run looks at."""
    project = Project.open(folder)
    found = project.run(run)
    explained = judging.judge(project, found.id).explain
    if explained is None:
        able = ", ".join(name for name, task in registry.tasks().items() if task.explain)
        raise UserError(
            tr("Run “{run}” cannot show what it looks at; runs of these tasks can: {tasks}.", run=found.id, tasks=able)
        )
    labels: list[str] = found.result_info()["labels"]
    if label and label not in labels:
        known = ", ".join(labels)
        raise UserError(
            tr("Run “{run}” never learnt “{label}”. It knows: {known}.", run=found.id, label=label, known=known)
        )
    say(tr("Loading the model"))
    hush_libraries()
    pictures = explained(found, images, to, label)
    text = "\n".join(f"{one.label}\t{one.score:.3f}\t{one.path}\t{one.overlay}" for one in pictures)
    show(pictures, as_json=as_json, text=text)
