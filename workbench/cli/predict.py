"""``workbench predict``."""

from pathlib import Path
from typing import Annotated, Any

import typer

from workbench.cli.output import AsJson, Folder, hush_libraries, progress, say, show
from workbench.core.datasets import readers
from workbench.core.datasets.importer import look, nothing_usable
from workbench.core.datasets.kinds import Row, kind
from workbench.core.datasets.mapping import complete
from workbench.core.datasets.rows import to_row
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project

KIND = "unlabelled"

RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of the run that judges."))]
Texts = Annotated[str, typer.Argument(metavar="FILE", help=tr("A file with texts, or the name of a data set."))]
Map = Annotated[
    list[str] | None, typer.Option("--map", metavar="ROLE=COLUMN", help=tr("Which column is what; may be repeated."))
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("predict", help=tr("Let a run sort texts into its classes."))(predict)


def predict(folder: Folder, run: RunOption, file: Texts, columns: Map = None, as_json: AsJson = False) -> None:
    """Let a run sort texts into its classes."""
    project = Project.open(folder)
    found = project.run(run)
    rows = _rows(project, file, dict(_pair(text) for text in columns or []))
    say(tr("Loading the model"))
    hush_libraries()
    from workbench.engine.classification import Classifier
    from workbench.engine.device import probe

    classifier = Classifier.load(project, found.id, probe())
    with progress(tr("Judging texts")) as moved:
        shares = classifier.probabilities(rows, moved)
    judged: list[dict[str, Any]] = [
        {**row, "label": label, "scores": dict(zip(classifier.labels, share, strict=True))}
        for row, label, share in zip(rows, classifier.labels_of(shares), shares.tolist(), strict=True)
    ]
    text = "\n".join(f"{one['label']}\t{one['scores'][one['label']]:.3f}\t{one['text']}" for one in judged)
    show(judged, as_json=as_json, text=text)


def _rows(project: Project, source: str, columns: dict[str, str]) -> list[Row]:
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
