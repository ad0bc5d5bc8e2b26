"""Model cards: what an exported model is, what it learnt from, and how it is loaded, as a README.md."""

from pathlib import Path

import msgspec
import yaml

from workbench.core import keras_cards, registry, starters
from workbench.core.datasets.dataset import Dataset
from workbench.core.errors import UserError
from workbench.core.export_formats import GGUF_FILE
from workbench.core.i18n import tr
from workbench.core.project import Project
from workbench.core.runs import Run
from workbench.core.spec import RunSpec

AUTO = {
    "reward-model": "AutoModelForSequenceClassification",
    "text-classification": "AutoModelForSequenceClassification",
    "image-classification": "AutoModelForImageClassification",
}
"""What loads the results of tasks that give logits for a text or an image as a whole; others write."""

PIPELINES = {
    "AutoModelForCausalLM": "text-generation",
    "AutoModelForImageClassification": "image-classification",
    "AutoModelForSequenceClassification": "text-classification",
}
"""What the Hugging Face Hub calls the use of each."""


class Base(msgspec.Struct, frozen=True):
    """The base of an adapter as others are told of it.

    Attributes:
        name: What to load: a Hugging Face id where one is known, else a folder.
        note: A translated sentence on how to come by it.
    """

    name: str
    note: str


def base(project: Project, run: Run) -> Base | None:
    """Return how to name the base of a run's adapter so that it loads in as many places as possible.

    None for a run whose result is a whole model.
    """
    info, spec = run.result_info(), run.spec()
    if info.get("model"):
        return None
    folder = Path(info["base"])
    if folder.is_relative_to(project.path):
        maker = folder.relative_to(project.runs_folder).parts[0]
        note = tr("The base is the whole model that run {run} made; export that run as well.", run=maker)
        return Base(str(folder), note)
    if spec.model in starters.MODELS:
        starter = starters.MODELS[spec.model]
        if not starter.rounded:
            note = tr(
                "The base was made from the package {package} {version}, which holds {upstream}.",
                package=starter.package,
                version=starter.version,
                upstream=starter.upstream,
            )
            return Base(starter.upstream, note)
        note = tr(
            "The base was made from the package {package} {version}, which holds {upstream} in rounded "
            "form. The weights on the Hugging Face Hub are finer, so answers may differ slightly; "
            "`workbench starter get {name}` gives exactly the base of this training.",
            package=starter.package,
            version=starter.version,
            upstream=starter.upstream,
            name=starter.name,
        )
        return Base(starter.upstream, note)
    if Path(spec.model).expanduser().is_dir():
        return Base(str(folder), tr("The base is a folder on the computer of this training; take it along."))
    return Base(spec.model, tr("The base is on the Hugging Face Hub."))


def card(project: Project, run: Run, format: str = "") -> str:
    """Return the card of a run's result as Markdown; networks of Keras are loaded by the format of the export."""
    model = base(project, run) if format in ("", "adapter") else None
    by_keras = registry.task(run.spec().task).backend == "keras"
    parts = [
        _front(keras_cards.front_matter(run, format) if by_keras else _front_matter(run, model)),
        f"# {run.spec().name}",
        tr(registry.task(run.spec().task).help),
        keras_cards.loading(run, format) if by_keras else _loading(run, model, format),
        _base(model),
        _data(project, run),
        _table(tr("Settings"), _settings(run.spec())),
        _table(tr("Last values of the curves"), {k: f"{v:.6g}" for k, v in sorted(run.summary().metrics.items())}),
        _lineage(project, run),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _front(values: dict[str, object]) -> str:
    text: str = yaml.safe_dump(values, allow_unicode=True, sort_keys=False)
    return f"---\n{text}---"


def _front_matter(run: Run, model: Base | None) -> dict[str, object]:
    spec = run.spec()
    front: dict[str, object] = {"library_name": "peft" if model else "transformers"}
    if model:
        front["base_model"] = model.name
    front["pipeline_tag"] = PIPELINES[auto(run)]
    front["tags"] = sorted({spec.task, spec.adapter, "workbench"})
    return front


def auto(run: Run) -> str:
    """Return the name of the class of transformers that loads the base of a run's result, or the result itself."""
    return AUTO.get(run.spec().task, "AutoModelForCausalLM")


def own_kind(run: Run) -> str:
    """Return a translated sentence on an adapter that only this program knows; empty for any other result."""
    if not registry.adapter(run.spec().adapter).module:
        return ""
    return tr("This adapter is of a kind that peft does not know: it loads only where this program is installed.")


def _loading(run: Run, model: Base | None, format: str) -> str:
    task, classes = run.spec().task, run.result_info().get("labels", ())
    reader, load = ("processor", "AutoImageProcessor") if "Image" in auto(run) else ("tokenizer", "AutoTokenizer")
    labels = f", num_labels={len(classes) or 1}" if task in AUTO and (model or not classes) else ""
    if labels and "Image" in auto(run):  # such bases come with the head of other classes
        labels += ", ignore_mismatched_sizes=True"
    if format == "gguf":
        labels = f', gguf_file="{GGUF_FILE}"'
    if model is None:
        lines = [
            f"from transformers import {load}, {auto(run)}",
            f'{reader} = {load}.from_pretrained("FOLDER")',
            f'model = {auto(run)}.from_pretrained("FOLDER"{labels})',
        ]
    else:
        lines = [
            f"from peft import PeftModel; from transformers import {load}, {auto(run)}",
            f'{reader} = {load}.from_pretrained("FOLDER")',
            f'model = PeftModel.from_pretrained({auto(run)}.from_pretrained("{model.name}"{labels}), "FOLDER")',
        ]
    if own_kind(run) and model:
        lines.insert(0, f"import {registry.adapter(run.spec().adapter).module}")
    parts = ["## " + tr("How to load it"), "```python\n" + "\n".join(lines) + "\n```", own_kind(run)]
    if classes:
        parts.append(tr("The logits stand for these labels, in this order: {labels}.", labels=", ".join(classes)))
    elif task == "reward-model":
        parts.append(_reward_note(run))
    return "\n\n".join(part for part in parts if part)


def _reward_note(run: Run) -> str:
    info = run.result_info()
    return tr(
        "The one logit is the reward of a whole conversation, written with the chat template and read at its "
        "last token. Only differences between answers to the same prompt mean something. On reference "
        "answers its standard deviation was {deviation}.",
        deviation=f"{info['reward_deviation']:.6g}",
    )


def _base(model: Base | None) -> str:
    return f"## {tr('Base')}\n\n`{model.name}`\n\n{model.note}" if model else ""


def _data(project: Project, run: Run) -> str:
    spec = run.spec()
    rows = {tr("Name"): spec.data, tr("Hash"): f"`{spec.data_hash}`"}
    try:
        info = Dataset(project.path / spec.data_path).info
        rows |= {tr("Kind"): info.kind, tr("Rows"): str(info.rows)}
    except UserError:  # the data may have been removed since; name and hash are kept
        pass
    return _table(tr("Data"), rows)


def _settings(spec: RunSpec) -> dict[str, str]:
    own = {name: str(value) for name, value in spec.options.items()}
    return own | {f"adapter.{name}": str(value) for name, value in spec.adapter_options.items()}


def _table(title: str, rows: dict[str, str]) -> str:
    if not rows:
        return ""
    body = "\n".join(f"| {name} | {value.replace('|', '∣')} |" for name, value in rows.items())
    return f"## {title}\n\n| {tr('Name')} | {tr('Value')} |\n|---|---|\n{body}"


def _lineage(project: Project, run: Run) -> str:
    lines = "\n".join(_ancestors(project, run.id, "", 0))
    return f"## {tr('Lineage')}\n\n{lines}"


def _ancestors(project: Project, run_id: str, role: str, depth: int) -> list[str]:
    """Return a nested list of a run and, below it, the runs that it started from."""
    spec = project.run(run_id).spec()
    label = f"{role}: " if role else ""
    line = f"{'  ' * depth}- {label}{run_id} ({spec.task}, {spec.adapter}, {spec.data}, {spec.data_hash[:12]})"
    parents = (_ancestors(project, parent, its, depth + 1) for its, parent in spec.parents.items())
    return [line, *(entry for entries in parents for entry in entries)]
