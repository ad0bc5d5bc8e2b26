"""``workbench report``."""

from typing import Annotated, Any

import msgspec
import typer

from workbench.cli.output import AsJson, Folder, show, show_table
from workbench.core import report_rows, reports
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.report_rows import ReportRows
from workbench.core.reports import Report
from workbench.core.runs import Run

WIDEST = 12
"""Labels up to which the whole confusion matrix is printed; of more only what is confused most."""
CONFUSED = 20
"""Pairs of labels that are printed then."""
CHARACTERS = 100
"""Of a text that are printed in a table."""

RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of a run."))]
Mistakes = Annotated[int, typer.Option("--mistakes", min=0, max=50, help=tr("How many mistakes are listed."))]
Cell = Annotated[
    tuple[str, str] | None,
    typer.Option("--cell", metavar="TRUTH SAID", help=tr("List the rows of one label that are taken for another.")),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report", help=tr("Tell how good a classifier has become, and where it errs."))(report)


def report(folder: Folder, run: RunOption, cell: Cell = None, mistakes: Mistakes = 10, as_json: AsJson = False) -> None:
    """Tell how good a classifier has become on rows that it never learnt from, and where it errs."""
    found = Project.open(folder).run(run)
    summed = reports.load(found)
    if summed is None:
        raise UserError(tr("Run “{run}” has no report: it is no classifier, or nothing was held out.", run=found.id))
    rows = report_rows.load(found, summed)
    if cell is not None:
        _show_cell(found, rows, *cell, as_json=as_json)
        return
    worst = [_row(rows, number) for number in rows.report.mistakes[:mistakes]]
    if as_json:
        show({"run": found.id, **msgspec.to_builtins(rows.report), "worst": worst}, as_json=True)
    else:
        _tell(found, rows.report, worst)


def _show_cell(run: Run, rows: ReportRows, truth: str, said: str, *, as_json: bool) -> None:
    labels = rows.report.labels
    for label in (truth, said):
        if label not in labels:
            raise UserError(
                tr("There is no label “{label}”; there are: {known}.", label=label, known=", ".join(labels))
            )
    listed = [_row(rows, number) for number in rows.cell(labels.index(truth), labels.index(said))]
    if as_json:
        show({"run": run.id, "truth": truth, "said": said, "rows": listed}, as_json=True)
    else:
        _tell_rows(listed, empty=tr("No row of “{truth}” is taken for “{said}”.", truth=truth, said=said))


def _row(rows: ReportRows, number: int) -> dict[str, Any]:
    """Return a row as it is told: its number from 0, what it is, its labels and those that it gets."""
    name = "path" if rows.report.medium == "image" else "text"
    pair = {"text_pair": rows.pairs[number]} if rows.pairs[number] else {}
    return {
        "row": number,
        name: rows.what[number],
        **pair,
        "truth": rows.true_labels(number),
        "said": rows.said_labels(number),
        "sure": float(rows.sure[number]),
        "scores": dict(zip(rows.report.labels, rows.scores[number].tolist(), strict=True)),
    }


def _tell(run: Run, report: Report, worst: list[dict[str, Any]]) -> None:
    words = {"run": run.id, "data": report.data, "count": report.rows}
    _headline(tr("Run “{run}” on {count} held-out rows of “{data}”", **words))
    _tell_scores(report)
    _headline(tr("Labels"))
    _tell_labels(report)
    if report.confusion:
        _tell_confusion(report)
    _headline(tr("Most confident mistakes"))
    _tell_rows(worst, empty=tr("There is no mistake among the {count} held-out rows.", count=report.rows))


def _headline(text: str) -> None:
    show(None, as_json=False, text=f"\n{text}\n")


def _tell_scores(report: Report) -> None:
    names = {"accuracy": tr("Accuracy"), "macro_f1": tr("Macro-F1"), "loss": tr("Loss")}
    before = msgspec.to_builtins(report.before) if report.before else {}
    after = msgspec.to_builtins(report.after)
    values = [
        {"name": text, "before": f"{before[name]:.4f}" if before else "–", "after": f"{after[name]:.4f}"}
        for name, text in names.items()
    ]
    calibration = {"name": tr("Calibration error"), "before": "–", "after": f"{report.calibration_error:.4f}"}
    columns = {"name": tr("Measure"), "before": tr("Before"), "after": tr("After")}
    show_table([*values, calibration], columns, as_json=False)


def _tell_labels(report: Report) -> None:
    columns = {
        "label": tr("Label"),
        "rows": tr("Rows"),
        "said": tr("Said"),
        "precision": tr("Precision"),
        "recall": tr("Recall"),
        "f1": tr("F1"),
    }
    rounded = [
        {
            name: f"{value:.3f}" if isinstance(value, float) else value
            for name, value in msgspec.to_builtins(one).items()
        }
        for one in report.by_label
    ]
    show_table(rounded, columns, as_json=False)


def _tell_confusion(report: Report) -> None:
    labels, counts = report.labels, report.confusion
    if len(labels) <= WIDEST:
        _headline(tr("Confusion matrix: a line for each true label, a column for what the model says"))
        columns = {"truth": tr("True label"), **{str(number): label for number, label in enumerate(labels)}}
        lines = [
            {"truth": label, **{str(number): count for number, count in enumerate(line)}}
            for label, line in zip(labels, counts, strict=True)
        ]
        show_table(lines, columns, as_json=False)
        return
    _headline(tr("Confused most"))
    wrong = [
        (count, labels[truth], labels[said])
        for truth, line in enumerate(counts)
        for said, count in enumerate(line)
        if truth != said and count
    ]
    wrong.sort(key=lambda one: -one[0])
    pairs = [{"truth": truth, "said": said, "rows": count} for count, truth, said in wrong]
    columns = {"truth": tr("True label"), "said": tr("The model says"), "rows": tr("Rows")}
    show_table(
        pairs[:CONFUSED],
        columns,
        as_json=False,
        empty=tr("There is no mistake among the {count} held-out rows.", count=report.rows),
    )


def _tell_rows(rows: list[dict[str, Any]], empty: str) -> None:
    columns = {"sure": tr("Sure"), "truth": tr("True label"), "said": tr("The model says"), "what": tr("Row")}
    none = tr("no label")
    shown = [
        {
            "sure": f"{row['sure']:.1%}",
            "truth": ", ".join(row["truth"]) or none,
            "said": ", ".join(row["said"]) or none,
            "what": _shortened(" / ".join(filter(None, (row.get("text") or row["path"], row.get("text_pair"))))),
        }
        for row in rows
    ]
    show_table(shown, columns, as_json=False, empty=empty)


def _shortened(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CHARACTERS else f"{line[: CHARACTERS - 2]} …"
