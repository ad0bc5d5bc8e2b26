"""``workbench data label``."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from workbench.cli.model import obtain
from workbench.cli.output import AsJson, Folder, say, show
from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.units import duration

if TYPE_CHECKING:
    from workbench.core.datasets.dataset import Dataset
    from workbench.core.labelling.setup import Setup
    from workbench.core.labelling.standing import Standing
    from workbench.core.project import Project

EVERY = 1.0
"""Seconds between two lines of progress."""

Data = Annotated[str, typer.Argument(metavar="NAME", help=tr("The data set whose texts get labels."))]
RunOption = Annotated[str, typer.Option("--run", help=tr("Id or name of the run that labels."))]
ModelOption = Annotated[str, typer.Option("--model", help=tr("A plain language model that labels."))]
Labels = Annotated[
    str,
    typer.Option("--labels", help=tr("The labels for a language model: “good, bad”, or with words: “1=good, 0=bad”.")),
]
PromptOption = Annotated[
    str, typer.Option("--prompt", help=tr("What a language model is asked, with the slots text and labels in {{ }}."))
]
Contextual = Annotated[
    bool,
    typer.Option(
        "--contextual/--no-contextual", help=tr("Take out what a language model would answer to an empty text.")
    ),
]
Calibrate = Annotated[
    str, typer.Option("--calibrate", help=tr("A labelled data set on which it is measured how often it is right."))
]
Threshold = Annotated[
    float | None, typer.Option("--threshold", min=0, max=1, help=tr("Take proposals that are at least so sure."))
]
Accuracy = Annotated[
    float | None,
    typer.Option("--accuracy", min=0, max=1, help=tr("Find the threshold from which on so many are right.")),
]
Beside = Annotated[str, typer.Option("--with", help=tr("A labelled data set that is joined to the new one."))]
Name = Annotated[str, typer.Option("--name", help=tr("Name of the new data set."))]


def register(group: typer.Typer) -> None:
    """Add the command."""
    words = tr("Let a run or a model label texts; with a threshold or an accuracy, make a data set of what is sure.")
    group.command("label", help=words)(label)


def label(
    folder: Folder,
    data: Data,
    run: RunOption = "",
    model: ModelOption = "",
    labels: Labels = "",
    prompt: PromptOption = "",
    contextual: Contextual = True,
    calibrate: Calibrate = "",
    threshold: Threshold = None,
    accuracy: Accuracy = None,
    beside: Beside = "",
    name: Name = "",
    as_json: AsJson = False,
) -> None:
    """Let a run or a model label texts; what was done before a stop is kept."""
    from workbench.core.datasets.rewrite import free_name
    from workbench.core.labelling.result import make_dataset
    from workbench.core.labelling.setup import describe
    from workbench.core.labelling.standing import Standing
    from workbench.core.labelling.store import Labelling
    from workbench.core.project import Project

    if bool(run) == bool(model):
        raise UserError(tr("Say who labels: either --run or --model."))
    project = Project.open(folder)
    setup = describe(project, data, run=run, model=model, labels=labels, prompt=prompt, contextual=contextual)
    known = _known(project, setup, calibrate)
    if beside:
        project.dataset(beside)  # says so now if it is not there
    if model:
        obtain(model)
    from workbench.engine import labelling as engine  # only now: a slip is told without waiting for the libraries
    from workbench.engine.device import probe

    work = Labelling.begin(project, setup)
    say(tr("Loading the model"))
    labeller = engine.load(project, setup, probe())
    if known is not None:
        say(tr("Measuring on “{name}”", name=known.name))
        engine.measure(work, labeller, known)
    engine.propose(work, labeller, _Teller())
    standing = Standing.read(work)
    if accuracy is not None:
        threshold = _threshold(standing, accuracy)
    made = ""
    if threshold is not None:
        made = name or free_name(project.data, f"{data}-labelled")
        make_dataset(work, made, threshold, beside=beside)
    report = {"labelling": work.name, **standing.report(threshold), "made": made}
    show(report, as_json=as_json, text=_sentence(standing, threshold, made))


def _known(project: "Project", setup: "Setup", calibrate: str) -> "Dataset | None":
    """Return the data set to measure on: the chosen one, or what a classifier learnt from, for its held-out part."""
    if calibrate:
        return project.dataset(calibrate)
    spec = project.run(setup.run).spec() if setup.run else None
    if spec is None or setup.words:
        return None
    return next((one for one in project.datasets() if (one.name, one.info.hash) == (spec.data, spec.data_hash)), None)


class _Teller:
    """Says now and then how far it is, with the time that is left; a line begins with the percentage."""

    def __init__(self) -> None:
        self._said = 0.0
        self._began: tuple[float, int] | None = None

    def __call__(self, done: int, total: int) -> None:
        at = time.monotonic()
        since, before = self._began = self._began or (at, done)
        if at - self._said < EVERY and done < total:
            return
        self._said = at
        numbers = {"percent": 100 * done // max(total, 1), "done": f"{done:,}", "total": f"{total:,}"}
        if before < done < total:
            left = duration((at - since) * (total - done) / (done - before))
            say(tr("{percent} % · {done} of {total} rows · about {left} left", left=left, **numbers))
        else:
            say(tr("{percent} % · {done} of {total} rows", **numbers))


def _threshold(standing: "Standing", accuracy: float) -> float:
    from workbench.core.labelling.reliability import threshold_for

    confidence, right = standing.known()
    found = threshold_for(confidence, right, accuracy)
    if found is None:
        raise UserError(
            tr(
                "What was measured ({count} rows) does not show that {percent} % can be right. "
                "Ask for less, or measure on more rows with --calibrate.",
                count=len(right),
                percent=round(accuracy * 100, 1),
            )
        )
    return found


def _sentence(standing: "Standing", threshold: float | None, made: str) -> str:
    if threshold is None:
        return tr(
            "{count} rows have a proposal. Choose a threshold or an accuracy.", count=f"{standing.proposals.count:,}"
        )
    count = standing.above(threshold)
    return tr(
        "“{name}”: {count} of {total} rows are at least {threshold} sure.",
        name=made,
        count=f"{count:,}",
        total=f"{len(standing.proposals.label):,}",
        threshold=f"{threshold:.2f}",
    )
