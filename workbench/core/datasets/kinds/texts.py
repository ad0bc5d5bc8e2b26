"""Kinds whose rows are texts: with labels, without, to be read, to be answered."""

from workbench.core.datasets.kinds.base import Kind, Role
from workbench.core.datasets.kinds.roles import PROMPT, TEXT, TEXT_PAIR
from workbench.core.i18n import mark

TEXT_LABEL = Kind(
    name="text-label",
    label=mark("Texts with labels"),
    help=mark("Each row is a text and the class it belongs to, to train a classifier."),
    roles=(
        TEXT,
        TEXT_PAIR,
        Role(
            name="label",
            label=mark("Label"),
            help=mark("The class of the text; where it has several, a list of them, or “;” between them."),
            type="label",
            several=True,
            columns=(
                *("label_text", "label_name", "label", "labels", "sentiment", "class", "category", "target"),
                *("rating", "stars", "emotion", "topic", "intent", "is_duplicate", "gold_label", "polarity"),
                *("ラベル", "感情", "分類", "カテゴリ", "評価"),
            ),
        ),
        Role(
            name="labelled_by",
            label=mark("Labelled by"),
            help=mark("The run or model that gave the label; nothing where a person did."),
            type="label",
            required=False,
            given=False,
        ),
        Role(
            name="confidence",
            label=mark("Confidence"),
            help=mark("How sure the model was, from 0 to 1."),
            type="number",
            required=False,
            given=False,
        ),
    ),
    group="text",
    stratum="label",
)

PLAIN = Kind(
    name="text",
    label=mark("Plain texts"),
    help=mark("Each row is a text, to make a model at home in a field."),
    roles=(TEXT,),
)

UNLABELLED = Kind(
    name="unlabelled",
    label=mark("Texts without labels"),
    help=mark("Each row is a text that still needs a label; a model can propose it and you correct it."),
    roles=(TEXT, TEXT_PAIR),
    group="text",
)

PROMPTS = Kind(
    name="prompts",
    label=mark("Prompts"),
    help=mark("Each row is something to ask a model, without an answer."),
    roles=(PROMPT,),
)
