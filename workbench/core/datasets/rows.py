"""From the values that a file gives to a canonical row, or to the reason why there is none."""

import json
import re
from collections.abc import Mapping
from typing import Any

from workbench.core.datasets.kinds import Kind, Role, Row
from workbench.core.i18n import tr

_SPEAKERS = {
    **{"system": "system", "developer": "system"},
    **{"user": "user", "human": "user", "prompter": "user"},
    **{
        "assistant": "assistant",
        "gpt": "assistant",
        "bot": "assistant",
        "model": "assistant",
        "chatgpt": "assistant",
    },
}
_HALVES = re.compile("[\ud800-\udfff]")


class BadValue(Exception):
    """A value is missing or of the wrong type; the message is a translated reason."""


def to_row(kind: Kind, values: Mapping[str, Any], mapping: Mapping[str, str]) -> tuple[Row | None, str]:
    """Make a canonical row of a kind.

    Args:
        kind: The kind wanted.
        values: What the file gives, by column.
        mapping: The column of each role.

    Returns:
        The row and "", or None and the reason why there is none.
    """
    row: Row = {}
    try:
        for role in kind.roles:
            value = values.get(mapping[role.name]) if role.name in mapping else None
            if not is_missing(value):
                row[role.name] = value_of(role, value)
            elif role.required:
                raise BadValue(tr("“{role}” is missing or empty.", role=tr(role.label)))
        if not _is_clean(row):
            raise BadValue(tr("The row holds characters that cannot be read."))
        reason = kind.check(row)
    except BadValue as bad:
        return None, str(bad)
    return (None, reason) if reason else (row, "")


def value_of(role: Role, value: Any) -> Any:
    """Return a value that is there as its role needs it.

    Raises:
        BadValue: It cannot be that.
    """
    return _CONVERTERS[role.type](role, value)


def is_missing(value: Any) -> bool:
    """Return whether a value counts as none: it is not there, or blank."""
    return value is None or (isinstance(value, str) and not value.strip())


def _is_clean(value: Any) -> bool:
    """Return whether no text holds half a character (from damaged bytes, or a lone JSON escape)."""
    if isinstance(value, str):
        return not any("\ud800" <= character <= "\udfff" for character in value) if not value.isascii() else True
    if isinstance(value, list):
        return all(_is_clean(item) for item in value)
    return all(_is_clean(item) for item in value.values()) if isinstance(value, dict) else True


def _text(role: Role, value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise BadValue(tr("“{role}” is not a text.", role=tr(role.label)))


def _image(role: Role, value: Any) -> str:
    """Return the path of an image; one that stands in the row itself may have none."""
    return str(value.get("path") or "") if isinstance(value, dict) else _text(role, value)


def _label(role: Role, value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value).strip()
    raise BadValue(tr("“{role}” is neither a text nor a number.", role=tr(role.label)))


def _list(role: Role, value: Any) -> list[Any]:
    """Return a list, also from the JSON of one, which is how a table's cell holds it."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            value = None
    if not isinstance(value, list) or not value:
        raise BadValue(tr("“{role}” is not a list.", role=tr(role.label)))
    return value


def _texts(role: Role, value: Any) -> list[str]:
    items = _list(role, value)
    if not all(isinstance(item, str) for item in items):
        raise BadValue(tr("“{role}” is not a list of texts.", role=tr(role.label)))
    return items


def _numbers(role: Role, value: Any) -> list[int]:
    items = _list(role, value)
    if not all(item.is_integer() if isinstance(item, float) else type(item) is int for item in items):
        raise BadValue(tr("“{role}” is not a list of whole numbers.", role=tr(role.label)))
    return [int(item) for item in items]


def _messages(role: Role, value: Any) -> list[dict[str, str]]:
    return [_message(item) for item in _list(role, value)]


def _message(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        raise BadValue(tr("A message has no role or no content."))
    speaker, content = item.get("role", item.get("from")), item.get("content", item.get("value"))
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(str(part.get("text", "")) for part in content)
    if not isinstance(speaker, str) or not isinstance(content, str):
        raise BadValue(tr("A message has no role or no content."))
    if speaker.lower() not in _SPEAKERS:
        raise BadValue(
            tr("A message is from “{speaker}”; only system, user and assistant can be used.", speaker=speaker)
        )
    return {"role": _SPEAKERS[speaker.lower()], "content": content}


_CONVERTERS = {
    "text": _text,
    "image": _image,
    "label": _label,
    "messages": _messages,
    "texts": _texts,
    "numbers": _numbers,
}
