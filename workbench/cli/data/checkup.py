"""``workbench data check`` and ``relabel``."""

from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.output import AsJson, Folder, show, stages
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from workbench.core.datasets.checkup.report import Report, Sameness, Scope

Data = Annotated[str, typer.Argument(metavar="NAME", help=tr("Name of a data set."))]
Model = Annotated[str, typer.Option("--model", help=tr("Count the tokens of this model; characters without one."))]
MaxLength = Annotated[int, typer.Option("--max-length", min=8, help=tr("Tokens of a row that training keeps."))]
NewName = Annotated[str, typer.Option("--name", help=tr("Name of the new data set."))]
Right = Annotated[
    list[str] | None, typer.Option("--set", metavar="ROW=LABEL", help=tr("The right label of a row; may be repeated."))
]


def register(group: typer.Typer) -> None:
    """Add the commands."""
    group.command("check", help=tr("Check a data set: lengths, duplicates, labels, personal data."))(check_)
    group.command("relabel", help=tr("Make a copy of a data set with some labels set right."))(relabel_)


def check_(folder: Folder, name: Data, model: Model = "", max_length: MaxLength = 512, as_json: AsJson = False) -> None:
    """Check a data set."""
    from workbench.core import models
    from workbench.core.datasets.checkup import check
    from workbench.core.datasets.checkup.kept import keep
    from workbench.core.project import Project

    dataset = Project.open(folder).dataset(name)
    tokenizer = models.locate(model) if model else None
    with stages() as move:
        report = check(dataset, tokenizer=tokenizer, model=model, max_length=max_length, progress=move)
    keep(dataset, report)
    show(report, as_json=as_json, text="\n".join(_lines(report)))


def relabel_(folder: Folder, name: Data, right: Right = None, new: NewName = "", as_json: AsJson = False) -> None:
    """Make a copy with some labels set right."""
    from workbench.core.datasets.relabelling import relabel
    from workbench.core.project import Project

    dataset = Project.open(folder).dataset(name)
    labels = dict(_numbered(text) for text in right or [])
    with stages() as move:
        copy = relabel(dataset, labels, new, lambda share: move("", share))
    text = tr("“{name}”: a copy of “{of}” with {count} labels changed.", name=copy.name, of=name, count=len(labels))
    show({"data": copy.name, "changed": len(labels)}, as_json=as_json, text=text)


def _numbered(text: str) -> tuple[int, str]:
    row, equals, label = text.partition("=")
    if not equals or not row.strip().isdecimal() or not label.strip():
        raise UserError(tr("“{text}” names no row and label; write it as row=label.", text=text))
    return int(row), label.strip()


def _lines(report: "Report") -> list[str]:
    """Return the report in words, a finding a line."""
    parts = ", ".join(f"{part} {count:,}" for part, count in report.parts.items())
    lines = [tr("“{name}”: {rows} rows ({parts}).", name=report.data, rows=f"{report.rows:,}", parts=parts)]
    for label in report.labels[:20]:
        lines.append(tr("Label “{label}”: {count} rows.", label=label.label, count=sum(label.parts.values())))
    if found := report.lengths:
        unit = tr("tokens") if found.unit == "tokens" else tr("characters")
        text = tr(
            "Length: {median} {unit} in the middle, {longest} at most.",
            median=f"{found.median:.0f}",
            unit=unit,
            longest=found.longest,
        )
        lines.append(text + _of(found.scope))
    if found and found.cut is not None:
        lines.append(
            tr("{share} % would be cut at {length} tokens.", share=f"{found.cut:.1%}"[:-1], length=report.max_length)
        )
    if report.same:
        lines += _same(report.same)
    lines += [
        tr("Empty or nearly: “{field}” in {count} rows.", field=one.field, count=one.count) for one in report.empty
    ]
    if report.suspects and not report.suspects.reason:
        lines.append(tr("Suspicious labels: {count}.", count=report.suspects.count) + _of(report.suspects.scope))
        for row in report.suspects.rows[:10]:
            text = tr(
                "  row {row}: “{given}”, rather “{proposed}” ({sure} %): {text}",
                row=row.row,
                given=row.given,
                proposed=row.proposed,
                sure=round(100 * row.probability),
                text=row.text,
            )
            lines.append(text)
    if report.personal:
        lines.append(
            tr("Personal data: {count} findings.", count=sum(one.count for one in report.personal.types))
            + _of(report.personal.scope)
        )
        lines += [f"  {one.type}: {one.count}" for one in report.personal.types]
    return lines


def _same(same: "Sameness") -> list[str]:
    return [
        tr("Duplicates: {exact} exact, {near} nearly.", exact=same.duplicates.count, near=same.near_duplicates.count)
        + _of(same.scope),
        tr(
            "Held-out rows that are in training too: {same}; with another label there: {other}.",
            same=same.leaks.count,
            other=same.leaks_other_label.count,
        ),
        tr("Rows whose text also has another label: {count}.", count=same.contradictions.count),
    ]


def _of(scope: "Scope") -> str:
    return (
        ""
        if scope.complete
        else " " + tr("(a sample of {rows} of {of} rows)", rows=f"{scope.rows:,}", of=f"{scope.of:,}")
    )
