"""``workbench predict``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.output import AsJson, Folder, hush_libraries, progress, say, show
from workbench.core import judging, registry
from workbench.core.datasets import readers
from workbench.core.datasets.images import SUFFIXES, BadImage, inspect
from workbench.core.datasets.importer import look, nothing_usable
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.mapping import complete
from workbench.core.datasets.rows import to_row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project

KIND = "unlabelled"

RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of the run that judges."))]
Source = Annotated[
    str, typer.Argument(metavar="FILE", help=tr("Texts or images: a file, a folder of images, or a data set."))
]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="ROLE=COLUMN", help=tr("Which column is what; may be repeated."))
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("predict", help=tr("Let a run sort texts or images into its classes."))(predict)


def predict(folder: Folder, run: RunOption, file: Source, columns: Map = None, as_json: AsJson = False) -> None:
    """Let a run sort texts or images into its classes."""
    project = Project.open(folder)
    found = project.run(run)
    task = judging.judge(project, found.id)
    mapping = dict(_pair(text) for text in columns or [])
    rows = _images(project, file) if task.medium == "image" else _texts(project, file, mapping)
    say(tr("Loading the model"))
    hush_libraries()
    with progress(tr("Judging")) as moved:
        verdicts = judging.predict(project, found.id, rows, moved)
    judged = [_shown(row, verdict) for row, verdict in zip(rows, verdicts, strict=True)]
    text = "\n".join(map(_line, judged, verdicts))
    show(judged, as_json=as_json, text=text)


def _line(row: dict[str, Any], verdict: registry.Verdict) -> str:
    labels = verdict.label if verdict.labels is None else ", ".join(verdict.labels) or tr("no label")
    return f"{labels}\t{verdict.scores[verdict.label]:.3f}\t{row.get('text') or row['path']}"


def _shown(row: Row, verdict: registry.Verdict) -> dict[str, Any]:
    """Return a row with what it is taken for; several labels only where a row may have several."""
    what = {"path": str(row["image"])} if "image" in row else row
    several = {} if verdict.labels is None else {"labels": list(verdict.labels)}
    return {**what, "label": verdict.label, **several, "scores": verdict.scores}


def _images(project: Project, source: str) -> list[Row]:
    """Return the images of a data set of the project, of a folder with all that is in it, or one image file."""
    path = Path(source)
    names = [dataset.name for dataset in project.datasets()]
    if source in names and not path.exists():
        dataset = project.dataset(source)
        rows = [{"image": str(dataset.path / row["image"])} for row in dataset.rows() if "image" in row]
        if not rows:
            raise UserError(tr("“{name}” is {kind} and has no images to judge.", name=source, kind=dataset.info.kind))
        return _whole(rows)
    found = sorted(path.rglob("*")) if path.is_dir() else [path]
    pictures = [one for one in found if one.is_file() and one.suffix.lower() in SUFFIXES]
    if not pictures:
        raise UserError(tr("There is no image at {path}.", path=path))
    return _whole([{"image": str(one)} for one in pictures])


def _whole(rows: list[Row]) -> list[Row]:
    """Return the rows whose images can be read, and say which ones cannot."""
    found = []
    for row in rows:
        try:
            inspect(Path(row["image"]).read_bytes())
        except (BadImage, OSError) as error:
            say(tr("{path} is left out: {reason}", path=row["image"], reason=error))
        else:
            found.append(row)
    if not found:
        raise UserError(tr("None of the images can be read."))
    return found


def _texts(project: Project, source: str, columns: dict[str, str]) -> list[Row]:
    """Return the texts of a data set of the project or, if there is none of that name, of a file."""
    roles = [role.name for role in kind(KIND).roles]
    names = [dataset.name for dataset in project.datasets()]
    if source in names and not Path(source).is_file():
        dataset = project.dataset(source)
        rows = [{name: row[name] for name in roles if name in row} for row in dataset.rows()]
        if any("text" not in row for row in rows):
            raise UserError(tr("“{name}” is {kind} and has no texts to judge.", name=source, kind=dataset.info.kind))
        return rows
    return _of_file(Path(source), columns)


def _of_file(path: Path, columns: dict[str, str]) -> list[Row]:
    seen = look(path, KIND)
    values = [record.values for record in seen.records if record.values is not None]
    mapping = complete(kind(KIND), columns, values)
    rows: list[Row] = []
    reasons: dict[str, int] = {}
    for record in readers.read(path, seen.how):
        row, reason = (None, record.reason) if record.values is None else to_row(kind(KIND), record.values, mapping)
        if row is None:
            reasons[reason] = reasons.get(reason, 0) + 1
        else:
            rows.append(row)
    for reason, count in reasons.items():
        say(tr("{count} × {reason}", count=count, reason=reason))
    if not rows:
        raise UserError(nothing_usable(path, reasons))
    return rows


def _pair(text: str) -> tuple[str, str]:
    role, equals, column = text.partition("=")
    if not equals or not role:
        raise UserError(tr("“{text}” is no mapping; write it as role=column.", text=text))
    return role.strip(), column
