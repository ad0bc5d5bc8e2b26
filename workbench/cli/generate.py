"""``workbench generate``."""

from typing import Annotated, Any

import typer

from workbench.cli.model import obtain
from workbench.cli.output import AsJson, Folder, progress, say, show
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project

KINDS = ("prompts", "instruction", "chat")
TOGETHER = 32
"""Answers that are written at the same time."""

RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of the run that answers."))]
ModelOption = Annotated[str, typer.Option("--model", help=tr("A plain model instead of a run."))]
PromptsOption = Annotated[str, typer.Option("--prompts", help=tr("Name of a data set with prompts."))]
Count = Annotated[int, typer.Option("--k", min=1, max=64, help=tr("Answers to each prompt."))]
Longest = Annotated[int, typer.Option("--max-new-tokens", min=1, help=tr("Where an answer is cut off, in tokens."))]
Limit = Annotated[int, typer.Option("--limit", min=0, help=tr("Only so many prompts; 0 takes them all."))]
Seed = Annotated[int, typer.Option("--seed", min=0, help=tr("The same seed gives the same answers."))]
Temperature = Annotated[
    float, typer.Option("--temperature", min=0.0, help=tr("0 takes the likeliest token each time."))
]
TopP = Annotated[float, typer.Option("--top-p", min=0.01, max=1.0, help=tr("Leaves out the unlikeliest tokens."))]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("generate", help=tr("Let a run or a model answer prompts."))(generate)


def generate(
    folder: Folder,
    prompts: PromptsOption,
    run: RunOption = "",
    model: ModelOption = "",
    k: Count = 4,
    max_new_tokens: Longest = 64,
    limit: Limit = 0,
    seed: Seed = 0,
    temperature: Temperature = 1.0,
    top_p: TopP = 0.95,
    as_json: AsJson = False,
) -> None:
    """Let a run or a model answer prompts."""
    if bool(run) == bool(model):
        raise UserError(tr("Say who answers: either --run or --model."))
    project = Project.open(folder)
    rows = _rows(project.dataset(prompts))
    say(tr("Loading the model"))
    if model:
        obtain(model)
    settings = {"max_new_tokens": max_new_tokens, "temperature": temperature, "top_p": top_p}
    answered = _answer(project, run, model, rows[: limit or None], k, seed, settings)
    text = "\n\n".join("\n".join([f"# {one['prompt']}", *one["responses"]]) for one in answered)
    show(answered, as_json=as_json, text=text)


def _rows(dataset: Dataset) -> list[dict[str, Any]]:
    if dataset.info.kind not in KINDS:
        raise UserError(
            tr(
                "“{name}” is {kind}; prompts come from data of the kinds {kinds}.",
                name=dataset.name,
                kind=dataset.info.kind,
                kinds=", ".join(KINDS),
            )
        )
    return dataset.rows()


def _answer(
    project: Project, run: str, model: str, rows: list[dict[str, Any]], k: int, seed: int, settings: dict[str, Any]
) -> list[dict[str, Any]]:
    """Return each prompt with its answers; a few prompts at a time."""
    from workbench.engine import chat
    from workbench.engine.author import Author
    from workbench.engine.device import probe

    author = Author(project, run, model, probe())
    messages = [chat.prompt_of(row) for row in rows]
    ids = [author.encode(prompt, settings["max_new_tokens"]) for prompt in messages]
    size = max(1, TOGETHER // k)
    texts: list[str] = []
    with progress(tr("Writing answers")) as moved:
        for start in range(0, len(ids), size):
            answers = author.write(ids[start : start + size], count=k, seed=seed + start, **settings)
            texts += [author.text(row) for row in answers.rows()]
            moved(len(texts) / (k * len(ids)))
    return [
        {"prompt": prompt[-1]["content"], "responses": texts[index * k : (index + 1) * k]}
        for index, prompt in enumerate(messages)
    ]
