"""``workbench data template`` and ``templates``."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import typer

from workbench.cli.output import AsJson, Folder, progress, say_rejected, show, show_table
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from workbench.core.templates.filling import Fill

Pairs = list[str] | None

Data = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of a data set."))]
Family = Annotated[str, typer.Option("--family", help=tr("What its rows are about, “sentiment” say; else proposed."))]
Language = Annotated[
    Literal["en", "ja", "both"] | None, typer.Option("--language", help=tr("Of the wordings; else that of the rows."))
]
Ids = Annotated[
    list[str] | None, typer.Option("--wording", metavar="ID", help=tr("Use only this wording; may be repeated."))
]
Options = Annotated[
    bool | None, typer.Option("--options/--no-options", help=tr("List the possible labels below a prompt."))
]
Words = Annotated[
    Pairs,
    typer.Option("--label", metavar="LABEL=WORD", help=tr("What a label is called; may be repeated.")),
]
Japanese = Annotated[
    Pairs,
    typer.Option("--label-ja", metavar="LABEL=WORD", help=tr("What it is called in Japanese wordings, if not so.")),
]
Slots = Annotated[
    Pairs,
    typer.Option("--fill", metavar="SLOT=ROLE", help=tr("Which role fills a slot, or in which language it is.")),
]
PerRow = Annotated[int, typer.Option("--per-row", help=tr("Different wordings that each row is put into."))]
Turned = Annotated[float, typer.Option("--turned", help=tr("Share of wordings that ask for the usual answer's text."))]
Seed = Annotated[int, typer.Option("--seed", help=tr("Of the draw of wordings."))]
NewName = Annotated[str, typer.Option("--name", help=tr("Name of the new data set."))]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("template", help=tr("Turn a data set into prompts and answers, in many wordings."))(template)
    group.command("templates", help=tr("List the families of wordings."))(templates)


def template(
    folder: Folder,
    name: Data,
    family: Family = "",
    language: Language = None,
    wording: Ids = None,
    options: Options = None,
    label: Words = None,
    label_ja: Japanese = None,
    fill: Slots = None,
    per_row: PerRow = 1,
    turned: Turned = 0.2,
    seed: Seed = 0,
    new: NewName = "",
    as_json: AsJson = False,
) -> None:
    """Turn a data set into prompts and answers."""
    from workbench.core.project import Project
    from workbench.core.templates import families
    from workbench.core.templates.applying import Draw, apply
    from workbench.core.templates.proposing import Proposal, propose
    from workbench.core.templates.wordings import LANGUAGES, Wordings

    project = Project.open(folder)
    dataset = project.dataset(name)
    proposal: Proposal = propose(dataset)
    chosen = families.family(family) if family else proposal.family()
    filled = _worded(proposal.fill(chosen, dict(_pairs(fill))), label, label_ja)
    if options is not None:
        filled = msgspec.structs.replace(filled, options=options)
    own_language = proposal.language if proposal.language in LANGUAGES else "en"
    languages = () if language == "both" or (wording and not language) else (language or own_language,)
    wordings = Wordings(project.path, chosen).chosen(languages, wording or ())
    with progress(tr("Putting rows into words")) as move:
        made = apply(dataset, chosen, wordings, filled, Draw(per_row=per_row, turned=turned, seed=seed), new, move)
    info = made.info
    if not as_json:
        say_rejected(info.reasons)
    value = {
        "data": made.name,
        "kind": info.kind,
        "family": chosen.name,
        "wordings": [one.id for one in wordings],
        "rows": info.rows,
        "rejected": info.rejected,
        "reasons": info.reasons,
        "splits": info.splits,
        "hash": info.hash,
    }
    text = tr(
        "“{name}”: {rows} prompts with answers, as {family}, in {count} wordings.",
        name=made.name,
        rows=info.rows,
        family=tr(chosen.label),
        count=len(wordings),
    )
    show(value, as_json=as_json, text=text)


def _worded(fill: "Fill", labels: Pairs, japanese: Pairs) -> "Fill":
    """Return what fills the slots, with what the person calls the labels."""
    from workbench.core.templates.wordings import LANGUAGES

    words = {language: {**fill.words.get(language, {}), **dict(_pairs(labels))} for language in LANGUAGES}
    words["ja"].update(_pairs(japanese))
    return msgspec.structs.replace(fill, words=words)


def _pairs(texts: Sequence[str] | None) -> list[tuple[str, str]]:
    found = []
    for text in texts or ():
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise UserError(tr("“{text}” is no pair; write it as name=value.", text=text))
        found.append((name.strip(), value.strip()))
    return found


def templates(as_json: AsJson = False) -> None:
    """List the families of wordings."""
    from workbench.core.templates.families import FAMILIES
    from workbench.core.templates.wordings import builtin

    rows = [
        {
            "family": family.name,
            "label": tr(family.label),
            "help": tr(family.help),
            "slots": [slot.name for slot in family.slots],
            "needs": ", ".join(family.names),
            "options": family.options,
            "wordings": [msgspec.to_builtins(wording) for wording in builtin(family.name)],
            "count": len(builtin(family.name)),
        }
        for family in FAMILIES.values()
    ]
    columns = {"family": tr("Name"), "count": tr("Wordings"), "needs": tr("Slots"), "help": tr("What it is for")}
    show_table(rows, columns, as_json=as_json)
