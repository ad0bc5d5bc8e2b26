"""``workbench learning-curve``."""

from typing import Annotated, Any

import msgspec
import typer

from workbench.cli.output import AsJson, Folder, say, show, show_table
from workbench.cli.train import Adapter, Data, Model, RunName, Setting, Task, pairs, ready, train_all
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project

Shares = Annotated[str, typer.Option("--shares", help=tr("Shares of the training rows, separated by commas."))]
Seeds = Annotated[str, typer.Option("--seeds", help=tr("Seeds, separated by commas: one training of each share each."))]
StudyOption = Annotated[str, typer.Option("--study", help=tr("Number of a study that goes on."))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("learning-curve", help=tr("Train on shares of the rows: will labelling more pay?"))(learning_curve)


def learning_curve(
    folder: Folder,
    task: Task = "",
    data: Data = "",
    model: Model = "",
    adapter: Adapter = "",
    shares: Shares = "0.1,0.25,0.5,1",
    seeds: Seeds = "",
    settings: Setting = None,
    name: RunName = "",
    study: StudyOption = "",
    as_json: AsJson = False,
) -> None:
    """Train on shares of the rows, and hold accuracy against rows."""
    from workbench.core.learning_curve import study as studies
    from workbench.core.plan import Request

    project = Project.open(folder)
    if not study:
        request = Request(task=task, data=data, model=model, adapter=adapter, settings=pairs(settings), name=name)
        ready(project, request)
        study = studies.make(project, request, _numbers(shares, float), _numbers(seeds, int)).id
        say(tr("Study {study}: {count} trainings.", study=study, count=len(studies.load(project, study).parts)))
    again = tr("The study goes on with --study {study}.", study=study)
    train_all(lambda: studies.upcoming(project, study), again)
    _tell(project, study, as_json)


def _numbers(text: str, kind: type[float] | type[int]) -> list[Any]:
    try:
        return [kind(part) for part in text.split(",") if part.strip()]
    except ValueError as error:
        raise UserError(tr("“{text}” is no list of numbers separated by commas.", text=text)) from error


def _tell(project: Project, study: str, as_json: bool) -> None:
    from workbench.core.learning_curve.outlook import outlook, points
    from workbench.core.learning_curve.study import load

    found = load(project, study)
    known = points(project, found)
    told = outlook(project, found, known)
    if as_json:
        show({"study": study, "points": known, **msgspec.structs.asdict(told)}, as_json=True)
        return
    rows = [
        {
            "rows": f"{point.rows:,}",
            "share": f"{100 * point.share:g} %",
            "run": point.run,
            "accuracy": f"{point.accuracy:.3f}",
            "range": f"{point.low:.3f} – {point.high:.3f}",
        }
        for point in known
        if point.accuracy is not None
    ]
    columns = {
        "rows": tr("Rows"),
        "share": tr("Share"),
        "accuracy": tr("Accuracy"),
        "range": tr("between"),
        "run": tr("Run"),
    }
    show_table(rows, columns, as_json=False)
    show(None, as_json=False, text=told.sentence)
