"""The kinds of data sets: what a row of each is made of, and when a row is good.

A new kind is one more entry in `KINDS`. Labels and help are marked here and translated where they are shown.
"""

import itertools
from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, Literal

from workbench.core.errors import UserError
from workbench.core.i18n import mark, tr

Row = dict[str, Any]
"""A canonical row: values by the names of the stored roles of its kind."""

Type = Literal["text", "label", "number", "messages", "texts", "numbers", "image", "reply"]


@dataclass(frozen=True, kw_only=True)
class Role:
    """One thing that a column of a file can be to a row.

    Attributes:
        type: What its value must be, or can be turned into.
        required: A row without it is rejected.
        stored: False for a role that only says how a row is used (see `COMMON`).
        given: False for what the program writes itself, which no column of a file is taken for.
        loose: Its column may also hold lists or objects with the text inside (see `shapes.holds_text`).
        several: Its column may also hold lists of labels, which are stored as one text (see `several.joined`).
        hashed: False for what the hash of a data set does not depend on.
        columns: Names that columns with this role usually have, the surest first.
    """

    name: str
    label: str
    help: str
    type: Type = "text"
    required: bool = True
    stored: bool = True
    given: bool = True
    loose: bool = False
    several: bool = False
    hashed: bool = True
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of data set.

    Attributes:
        check: Returns why a row whose values have the right types is no good, or "".
        merge: Turns a stored row into what a task reads: the extra input joins the prompt, for example.
        group: Role whose equal values must be in the same split; "" means the whole row.
        stratum: Role whose values are shared out evenly over the splits; "" for none.
        ways: Sets of roles of which one must have columns, where there are several ways to give a row; where there
            are none, the required roles must.
    """

    name: str
    label: str
    help: str
    roles: tuple[Role, ...]
    check: Callable[[Row], str] = lambda row: ""
    merge: Callable[[Row], Row] = lambda row: row
    group: str = ""
    stratum: str = ""
    ways: tuple[tuple[str, ...], ...] = ()

    def lacks(self, mapped: Container[str]) -> list[str]:
        """Return which roles still need a column."""
        return [name for name in self.needs(mapped) if name not in mapped]

    def needs(self, mapped: Container[str]) -> tuple[str, ...]:
        """Return which roles must have a column, by the way that lacks the fewest."""
        ways = self.ways or (tuple(role.name for role in self.roles if role.required),)
        return min(ways, key=lambda way: sum(name not in mapped for name in way))

    @property
    def several(self) -> bool:
        """Whether a row may have several labels."""
        return any(role.several for role in self.roles)

    @property
    def stored(self) -> tuple[Role, ...]:
        """The roles that are columns of the stored rows."""
        return tuple(role for role in self.roles if role.stored)

    @property
    def mapped(self) -> tuple[Role, ...]:
        """The roles that a column of a file can have: its own that a file may give, and the common ones."""
        return (*(role for role in self.roles if role.given), *COMMON)


def _add_input(row: Row) -> Row:
    if "input" not in row:
        return row
    rest = {name: value for name, value in row.items() if name != "input"}
    return {**rest, "prompt": f"{row['prompt']}\n\n{row['input']}"}


def _check_messages(row: Row) -> str:
    roles = [message["role"] for message in row["messages"]]
    if any(not message["content"].strip() for message in row["messages"]):
        return tr("A message is empty.")
    if "system" in roles[1:]:
        return tr("A system message is not the first one.")
    if ("user", "assistant") not in itertools.pairwise(roles):
        return tr("No message of the user is followed by an answer.")
    return ""


def _check_ranking(row: Row) -> str:
    responses, ranks = row["responses"], row["ranks"]
    if len(responses) < 2:
        return tr("A ranking needs at least two answers.")
    if len(responses) != len(ranks):
        return tr("There are not as many ranks as answers.")
    if min(ranks) < 1 or max(ranks) > len(responses):
        return tr("Ranks are whole numbers from 1 (the best) to the number of answers.")
    if len(set(ranks)) == 1:
        return tr("All answers have the same rank, so nothing can be learnt from them.")
    return ""


_PROMPT = Role(
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
_TEXT = Role(
    name="text",
    label=mark("Text"),
    help=mark("The text itself."),
    columns=(
        *("text", "sentence", "content", "review", "body", "document", "comment", "tweet", "message"),
        *("text1", "sentence1", "sentence_a", "premise", "question1", "headline"),
        *("本文", "文章", "テキスト", "文", "レビュー", "内容"),
    ),
)

_TEXT_PAIR = Role(
    name="text_pair",
    label=mark("Second text"),
    help=mark("What the text is compared with, where a row is about two: a hypothesis, a paraphrase."),
    required=False,
    columns=("text_pair", "text2", "sentence2", "sentence_b", "hypothesis", "question2", "文2", "仮説"),
)

COMMON = (
    Role(
        name="split",
        label=mark("Part"),
        help=mark("Says which rows are for training, for validation and for a last test."),
        type="label",
        required=False,
        stored=False,
        columns=("split",),
    ),
    Role(
        name="group",
        label=mark("Group"),
        help=mark("Rows with the same value are never separated: all reviews of one customer, say."),
        type="label",
        required=False,
        stored=False,
    ),
)
"""Roles that a column can have in every kind; they decide the split and are not stored as such."""

KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            name="text-label",
            label=mark("Texts with labels"),
            help=mark("Each row is a text and the class it belongs to, to train a classifier."),
            roles=(
                _TEXT,
                _TEXT_PAIR,
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
        ),
        Kind(
            name="instruction",
            label=mark("Instructions with answers"),
            help=mark("Each row is something asked and a good answer to it."),
            roles=(
                _PROMPT,
                Role(
                    name="answer",
                    label=mark("Answer"),
                    help=mark("What the model should learn to answer."),
                    loose=True,
                    columns=(
                        *("answer", "output", "response", "completion", "reply", "target", "assistant"),
                        *("answers", "solution"),
                        *("回答", "応答", "答え", "出力"),
                    ),
                ),
                Role(
                    name="input",
                    label=mark("Extra input"),
                    help=mark("Put below the prompt, where a row has it."),
                    required=False,
                    columns=("input", "context", "passage", "入力", "文脈"),
                ),
                Role(
                    name="system",
                    label=mark("System message"),
                    help=mark("How the model should behave, said before the prompt."),
                    required=False,
                    columns=("system", "system_prompt"),
                ),
            ),
            merge=_add_input,
        ),
        Kind(
            name="chat",
            label=mark("Conversations"),
            help=mark("Each row is a conversation: a list of messages with a role and a content."),
            roles=(
                Role(
                    name="messages",
                    label=mark("Messages"),
                    help=mark("The conversation, oldest message first."),
                    type="messages",
                    columns=(
                        "messages",
                        "conversations",
                        "conversation",
                        "chat",
                        "dialog",
                        "dialogue",
                        "会話",
                    ),
                ),
                Role(
                    name="system",
                    label=mark("System message"),
                    help=mark("How the model should behave, said before the conversation."),
                    required=False,
                    stored=False,
                    columns=("system", "system_prompt"),
                ),
            ),
            check=_check_messages,
        ),
        Kind(
            name="text",
            label=mark("Plain texts"),
            help=mark("Each row is a text, to make a model at home in a field."),
            roles=(_TEXT,),
        ),
        Kind(
            name="unlabelled",
            label=mark("Texts without labels"),
            help=mark("Each row is a text that still needs a label; a model can propose it and you correct it."),
            roles=(_TEXT, _TEXT_PAIR),
            group="text",
        ),
        Kind(
            name="image-folder",
            label=mark("Images with labels"),
            help=mark("Each row is an image and the class it belongs to: the folder that it lies in."),
            roles=(
                Role(
                    name="image",
                    label=mark("Image"),
                    help=mark("The image itself."),
                    type="image",
                    columns=("image", "file_name", "path", "file", "filename", "image_path", "画像", "ファイル"),
                ),
                Role(
                    name="label",
                    label=mark("Label"),
                    help=mark("The class of the image."),
                    type="label",
                    columns=("label", "class", "category", "target", "ラベル", "分類", "カテゴリ"),
                ),
                Role(
                    name="file",
                    label=mark("Original file"),
                    help=mark("Where the image was when it was imported."),
                    required=False,
                    given=False,
                    hashed=False,
                ),
                *(
                    Role(name=name, label=label, help=mark("In pixels."), type="number", required=False, given=False)
                    for name, label in (("width", mark("Width")), ("height", mark("Height")))
                ),
            ),
            group="image",
            stratum="label",
        ),
        Kind(
            name="prompts",
            label=mark("Prompts"),
            help=mark("Each row is something to ask a model, without an answer."),
            roles=(_PROMPT,),
        ),
        Kind(
            name="ranking",
            label=mark("Rankings"),
            help=mark("Each row is a prompt with several answers and the rank of each."),
            roles=(
                _PROMPT,
                Role(
                    name="responses",
                    label=mark("Answers"),
                    help=mark("The answers that were compared."),
                    type="texts",
                    columns=("responses", "answers", "completions", "candidates", "generations", "回答"),
                ),
                Role(
                    name="ranks",
                    label=mark("Ranks"),
                    help=mark("The rank of each answer, 1 for the best; equal ranks are ties."),
                    type="numbers",
                    columns=("ranks", "ranking", "rank"),
                ),
                *(
                    Role(
                        name=name,
                        label=label,
                        help=help,
                        type="reply",
                        required=False,
                        stored=False,
                        loose=True,
                        columns=columns,
                    )
                    for name, label, help, columns in (
                        (
                            "chosen",
                            mark("Better answer"),
                            mark("The better one of two answers, instead of answers and ranks."),
                            ("chosen", "preferred", "accepted"),
                        ),
                        (
                            "rejected",
                            mark("Worse answer"),
                            mark("The worse one of two answers."),
                            ("rejected", "dispreferred"),
                        ),
                    )
                ),
                Role(
                    name="scores",
                    label=mark("Scores"),
                    help=mark("A number for each answer, higher is better, instead of ranks."),
                    type="numbers",
                    required=False,
                    stored=False,
                    columns=("scores", "ratings", "rewards"),
                ),
                Role(
                    name="annotator",
                    label=mark("Annotator"),
                    help=mark("Who ranked."),
                    required=False,
                    columns=("annotator", "ranker", "user_id", "worker"),
                ),
            ),
            check=_check_ranking,
            group="prompt",
            ways=(("prompt", "responses"), ("chosen", "rejected")),
        ),
    )
}


def kind(name: str) -> Kind:
    """Return a kind of data set.

    Raises:
        UserError: There is none of that name.
    """
    if name not in KINDS:
        raise UserError(tr("There is no kind of data “{name}”; there are: {known}.", name=name, known=", ".join(KINDS)))
    return KINDS[name]
