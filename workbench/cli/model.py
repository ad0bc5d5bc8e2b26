"""``workbench model``: the models of the Hugging Face Hub, and what any model is."""

import logging
from typing import Annotated, Any

import typer

from workbench.cli.output import AsJson, say, show, show_table, stages
from workbench.core import hub_download, hub_models, models
from workbench.core.errors import UserError
from workbench.core.hub_models import Described
from workbench.core.i18n import tr
from workbench.core.units import count, millions, size

Text = Annotated[str, typer.Argument(metavar="TEXT", help=tr("Part of a name; left out, the most downloaded."))]
Id = Annotated[str, typer.Argument(metavar="ID", help=tr("owner/name on the Hugging Face Hub."))]
Name = Annotated[str, typer.Argument(metavar="NAME", help=tr("A starter, a folder or file, or a Hugging Face id."))]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help=tr("Models: search the Hugging Face Hub, download, look."), no_args_is_help=True)
    group.command("search", help=tr("Find models on the Hugging Face Hub that can be used."))(search)
    group.command("get", help=tr("Download a model; goes on where it was interrupted."))(get)
    group.command("show", help=tr("Tell what a model is, its licence, and why it cannot be used."))(show_model)
    app.add_typer(group, name="model")


def search(text: Text = "", as_json: AsJson = False) -> None:
    """Find models on the Hugging Face Hub that can be used."""
    rows = [_row(model) for model in hub_models.search(text)]
    if not as_json:
        rows = [
            {
                **row,
                "bytes": size(row["bytes"]) if row["bytes"] else "",
                "licence": row["licence"] or tr("not stated"),
                "downloads": count(row["downloads"]),
                "gated": tr("yes") if row["gated"] else tr("no"),
            }
            for row in rows
        ]
    columns = {
        "model": tr("Model"),
        "kind": tr("Kind"),
        "bytes": tr("Size"),
        "licence": tr("Licence"),
        "downloads": tr("Downloads"),
        "gated": tr("Terms to accept"),
    }
    show_table(rows, columns, as_json=as_json, empty=tr("Nothing that can be used was found."))


def get(name: Id, as_json: AsJson = False) -> None:
    """Download a model, weights as safetensors only."""
    model = hub_models.describe(name)
    if model.refusal:
        raise UserError(model.refusal)
    _hush_hub()
    say(tr("Licence: {licence} ({link})", licence=model.licence or tr("not stated"), link=model.licence_link))
    with stages(every=1.0) as move:
        path = hub_download.download(model, lambda moved: move(moved.text(), moved.share))
    models.inspect(str(path))
    report = {**_row(model), "path": str(path)}
    show(report, as_json=as_json, text=tr("“{name}” is here: {path}", name=name, path=path))


def show_model(name: Name, as_json: AsJson = False) -> None:
    """Tell what a model is; of one that is not on this computer, what the Hub says."""
    row = _local(name) or _row(hub_models.describe(name))
    lines = [
        (tr("Model"), row["model"]),
        (tr("Family"), row.get("family")),
        (tr("Kind"), row.get("architecture")),
        (tr("Parameters"), millions(row["parameters"]) if row.get("parameters") else ""),
        (tr("Size"), size(row["bytes"]) if row.get("bytes") else ""),
        (tr("Licence"), " ".join(filter(None, [row["licence"] or tr("not stated"), row.get("licence_link")]))),
        (tr("Folder"), row.get("path")),
        (tr("Cannot be used"), row["refusal"]),
    ]
    show(row, as_json=as_json, text="\n".join(f"{label}: {value}" for label, value in lines if value))


def obtain(name: str) -> None:
    """Bring a model here that a command needs, if it is not here; tell how far that is."""
    if models.is_hub_name(name):
        _hush_hub()
        with stages(every=1.0) as move:
            models.obtain(name, lambda moved: move(moved.text(), moved.share))
    else:
        models.obtain(name)


def _local(name: str) -> dict[str, Any] | None:
    """Return what a model on this computer is; None if it has to be asked for."""
    try:
        path = models.locate(name)
    except UserError:
        if models.is_hub_name(name):
            return None
        raise
    try:
        info = models.inspect(name)
    except UserError as error:
        licence = models.licence(name, path)
        return {"model": name, "path": str(path), "here": True, "licence": licence, "refusal": error.sentence}
    return {
        "model": name,
        "path": info.path,
        "here": True,
        "architecture": info.architecture,
        "family": info.model_type,
        "parameters": info.parameters,
        "bytes": round(info.parameters * info.bytes_per_parameter),
        "licence": info.licence,
        "refusal": "",
    }


def _row(model: hub_models.Found) -> dict[str, Any]:
    row: dict[str, Any] = {
        "model": model.name,
        "here": False,
        "kind": model.kind,
        "parameters": model.parameters,
        "bytes": model.bytes,
        "licence": model.licence,
        "downloads": model.downloads,
        "likes": model.likes,
        "gated": model.gated,
    }
    if isinstance(model, Described):
        row |= {
            "revision": model.revision,
            "licence_link": model.licence_link,
            "architecture": model.architecture,
            "family": model.family,
            "files": [file.path for file in model.files],
            "refusal": model.refusal,
        }
    return row


def _hush_hub() -> None:
    """Keep the library's own remarks out of standard error, which is for sentences to a person."""
    logging.getLogger("huggingface_hub").setLevel(logging.ERROR)
