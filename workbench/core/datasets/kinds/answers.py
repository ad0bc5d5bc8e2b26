"""Kinds whose rows are questions with answers, and whole conversations."""

import itertools

from workbench.core.datasets.kinds.base import Kind, Role, Row
from workbench.core.datasets.kinds.roles import PROMPT
from workbench.core.i18n import mark, tr


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


INSTRUCTION = Kind(
    name="instruction",
    label=mark("Instructions with answers"),
    help=mark("Each row is something asked and a good answer to it."),
    roles=(
        PROMPT,
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
)

CHAT = Kind(
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
)
