"""Roles that several kinds have."""

from workbench.core.datasets.kinds.base import Role
from workbench.core.i18n import mark

PROMPT = Role(
    name="prompt",
    label=mark("Prompt"),
    help=mark("What the model is asked."),
    loose=True,
    columns=(
        "prompt",
        "instruction",
        "question",
        "query",
        "input",
        "user",
        "problem",
        "指示",
        "質問",
        "問い",
        "プロンプト",
    ),
)
TEXT = Role(
    name="text",
    label=mark("Text"),
    help=mark("The text itself."),
    columns=(
        *("text", "sentence", "content", "review", "body", "document", "comment", "tweet", "message"),
        *("text1", "sentence1", "sentence_a", "premise", "question1", "headline"),
        *("本文", "文章", "テキスト", "文", "レビュー", "内容"),
    ),
)

TEXT_PAIR = Role(
    name="text_pair",
    label=mark("Second text"),
    help=mark("What the text is compared with, where a row is about two: a hypothesis, a paraphrase."),
    required=False,
    columns=("text_pair", "text2", "sentence2", "sentence_b", "hypothesis", "question2", "文2", "仮説"),
)
