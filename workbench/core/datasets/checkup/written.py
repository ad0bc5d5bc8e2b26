"""A row as training writes it, and how many tokens that is, by the files of the tokenizer alone.

`workbench.engine.lens` shows the same text; a test compares the two.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from workbench.core.datasets.kinds import Kind, Row
from workbench.core.errors import UserError
from workbench.core.i18n import tr

Message = dict[str, str]


class Ruler:
    """Counts the tokens of rows.

    Args:
        folder: Of the model; its ``tokenizer.json`` is used.
        kind: Of the rows, as tasks read them (merged).

    Raises:
        UserError: The model has no such file, or its chat template is no good.
    """

    def __init__(self, folder: Path, kind: Kind) -> None:
        from tokenizers import Tokenizer

        path = folder / "tokenizer.json"
        if not path.exists():
            raise UserError(
                tr("The model in {folder} has no tokenizer.json, so tokens cannot be counted.", folder=folder)
            )
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._write = _writer(folder)
        self._kind = kind

    def lengths(self, rows: Sequence[Row]) -> list[int]:
        """Return the tokens of each row; of a ranking, those of its longest answer with the prompt."""
        if self._kind.name in ("text-label", "unlabelled", "text"):
            pairs = [(row["text"], row["text_pair"]) if row.get("text_pair") else row["text"] for row in rows]
            return [len(found) for found in self._tokenizer.encode_batch_fast(pairs)]
        texts = [self._texts(row) for row in rows]
        flat = [text for several in texts for text in several]
        counts = iter(map(len, self._tokenizer.encode_batch_fast(flat, add_special_tokens=False)))
        return [max(next(counts) for _ in several) for several in texts]

    def _texts(self, row: Row) -> list[str]:
        system = [{"role": "system", "content": row["system"]}] if row.get("system") else []
        if "messages" in row:
            return [self._write(row["messages"], False)]
        asked = [*system, {"role": "user", "content": row["prompt"]}]
        if self._kind.name == "prompts":
            return [self._write(asked, True)]
        if "responses" not in row:
            return [self._write([*asked, {"role": "assistant", "content": row["answer"]}], False)]
        answers = [self._write([*asked, {"role": "assistant", "content": text}], False) for text in row["responses"]]
        return [answer.rstrip("\n") for answer in answers]  # a reward model reads up to the end token


def _writer(folder: Path) -> Callable[[Sequence[Message], bool], str]:
    """Return what writes a conversation; its second argument asks to end where the model is to answer."""
    config = _json(folder / "tokenizer_config.json")
    special = {
        name: value["content"] if isinstance(value, dict) else value
        for name, value in {**_json(folder / "special_tokens_map.json"), **config}.items()
        if name.endswith("_token") and isinstance(value, str | dict)
    }
    source = _template(folder, config)
    return _templated(source, special) if source else _plain(special.get("eos_token", ""))


def _template(folder: Path, config: dict[str, Any]) -> str:
    path = folder / "chat_template.jinja"
    source = path.read_text("utf-8") if path.exists() else config.get("chat_template") or ""
    if isinstance(source, list):
        return str(next((entry["template"] for entry in source if entry["name"] == "default"), ""))
    return str(source)


def _templated(source: str, special: dict[str, str]) -> Callable[[Sequence[Message], bool], str]:
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def refuse(message: str) -> None:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    environment.filters["tojson"] = lambda value, **more: json.dumps(value, ensure_ascii=False, **more)
    environment.globals.update(raise_exception=refuse, strftime_now=lambda form: datetime.now().strftime(form))
    try:
        template = environment.from_string(source)
    except TemplateError as error:
        raise UserError(tr("The chat template of the model cannot be used."), str(error)) from error

    def write(messages: Sequence[Message], answer_next: bool) -> str:
        try:
            return template.render(messages=list(messages), add_generation_prompt=answer_next, **special)
        except TemplateError as error:
            raise UserError(tr("The chat template of the model cannot be used."), str(error)) from error

    return write


def _plain(end: str) -> Callable[[Sequence[Message], bool], str]:
    def write(messages: Sequence[Message], answer_next: bool) -> str:
        ends = {"assistant": end}
        turns = "".join(f"{m['role'].capitalize()}: {m['content']}{ends.get(m['role'], '')}\n" for m in messages)
        return turns + "Assistant:" * answer_next

    return write


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    except ValueError as error:
        raise UserError(
            tr("{file} is damaged. Copy or download the model again.", file=path.name), str(error)
        ) from error
    return found
