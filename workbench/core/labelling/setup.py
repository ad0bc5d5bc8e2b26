"""Who labels what, and with which labels."""

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr
from workbench.core.project import Project

VERSION = 1
KINDS = ("unlabelled", "text")
"""Kinds of data sets that can be labelled."""


class Setup(msgspec.Struct, frozen=True, kw_only=True):
    """``labelling.json``: what a labelling was begun with.

    Attributes:
        data: Name of the data set whose texts get labels.
        hash: Its content hash.
        run: Id of the run that labels; empty for a plain model.
        model: The plain model that labels; empty for a run.
        labels: The labels in their order; a proposal is a probability for each.
        words: What a language model answers for each label; empty for a classifier.
        prompt: What a language model is asked: a template with ``text``, ``text_pair`` and ``labels``.
        contextual: Its answers are corrected by what it says to an empty text.
        created: When it was begun.
    """

    version: int = VERSION
    data: str
    hash: str
    run: str = ""
    model: str = ""
    labels: tuple[str, ...]
    words: tuple[str, ...] = ()
    prompt: str = ""
    contextual: bool = False
    created: str = ""

    @property
    def labeller(self) -> str:
        """The run or model whose labels these are."""
        return self.run or self.model

    @property
    def name(self) -> str:
        """Name of its folder: the same for the same setup, so that a labelling begun twice goes on."""
        same = msgspec.structs.replace(self, version=VERSION, created="")
        return f"{self.data}-{hashlib.sha256(msgspec.json.encode(same)).hexdigest()[:8]}"


def parse_labels(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the labels and the words for them from ``positive, negative`` or ``1=positive, 0=negative``.

    Raises:
        UserError: There are fewer than two, or the same one twice.
    """
    parts = [part.strip() for part in text.replace("、", ",").replace("，", ",").split(",")]
    pairs = [(part.partition("=")[0].strip(), part.rpartition("=")[2].strip()) for part in parts if part]
    labels, words = tuple(label for label, _ in pairs), tuple(word for _, word in pairs)
    if len(labels) < 2 or "" in (*labels, *words):
        raise UserError(tr("Give at least two labels, separated by commas."))
    if len(set(labels)) < len(labels) or len(set(words)) < len(words):
        raise UserError(tr("The same label stands there twice; each one must be different."))
    return labels, words


def default_prompt() -> str:
    """Return what a language model is asked unless the person says it in their own words."""
    return tr(
        "Which word describes the following text: {{ labels }}?\n\n{{ text }}\n\nAnswer with one of the words only."
    )


class Prompt:
    """A template that asks for the label of a text.

    Args:
        template: Jinja with the slots ``text``, ``text_pair`` and ``labels``.
        words: The words that are listed as ``labels``.

    Raises:
        UserError: It is not well written, or never shows the text.
    """

    def __init__(self, template: str, words: Sequence[str]) -> None:
        from jinja2 import StrictUndefined, TemplateError
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
        self._labels = ", ".join(words)
        try:
            self._template = environment.from_string(template)
            shown = self.fill({"text": PROBE})
        except TemplateError as error:
            raise UserError(
                tr("The prompt cannot be filled in: {reason}", reason=str(error)), f"{type(error).__name__}: {error}"
            ) from error
        if PROBE not in shown:
            raise UserError(tr("The prompt never shows the text: write {slot} where it belongs.", slot="{{ text }}"))

    def fill(self, row: dict[str, Any]) -> str:
        """Return the prompt for a row."""
        return self._template.render(text=row["text"], text_pair=row.get("text_pair", ""), labels=self._labels)


PROBE = "\u241ftext\u241f"
"""Stands for a text while a prompt is tried."""


def is_classifier(project: Project, run: str) -> bool:
    """Return whether a run is a classifier of texts, which knows its labels by itself."""
    return bool(run) and project.run(run).spec().task == "text-classification"


def describe(
    project: Project,
    data: str,
    *,
    run: str = "",
    model: str = "",
    labels: str = "",
    prompt: str = "",
    contextual: bool = True,
) -> Setup:
    """Return the setup of a labelling, checked.

    Args:
        project: The project.
        data: Name of the data set whose texts get labels.
        run: Id or name of the run that labels.
        model: The plain language model that labels, without a run.
        labels: The labels as `parse_labels` reads them; a classifier has its own.
        prompt: What a language model is asked; "" takes the usual one.
        contextual: Correct a language model by what it says to an empty text.

    Raises:
        UserError: Something of it cannot be.
    """
    info = project.dataset(data).info
    if info.kind not in KINDS:
        raise UserError(tr("“{name}” is not made of texts without labels, so there is nothing to label.", name=data))
    if bool(run) == bool(model):
        raise UserError(tr("Say who labels: either a run or a model."))
    run = project.run(run).id if run else ""
    if is_classifier(project, run):
        known = tuple(project.run(run).result_info().get("labels", ()))
        if not known:
            raise UserError(tr("Run “{run}” has no result yet.", run=run))
        if project.run(run).result_info().get("several"):
            raise UserError(
                tr(
                    "Run “{run}” gives a text several labels, but one is proposed for each. Choose another run.",
                    run=run,
                )
            )
        return Setup(data=data, hash=info.hash, run=run, labels=known)
    chosen, words = parse_labels(labels)
    prompt = prompt or default_prompt()
    Prompt(prompt, words)  # says so now if it is not well written
    language: dict[str, Any] = {"words": words, "prompt": prompt, "contextual": contextual}
    return Setup(data=data, hash=info.hash, run=run, model=model, labels=chosen, **language)
