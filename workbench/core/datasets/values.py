"""A value of a file turned into what its role needs, or the reason why it cannot be."""

import json
from typing import Any

from workbench.core.datasets.kinds import Role
from workbench.core.datasets.several import SEPARATOR, joined
from workbench.core.i18n import tr

SPEAKERS = {
    **{"system": "system", "developer": "system"},
    **{"user": "user", "human": "user", "prompter": "user"},
    **dict.fromkeys(("assistant", "gpt", "bot", "model", "chatgpt", "bard", "bing"), "assistant"),
}


class BadValue(Exception):
    """A value is missing or of the wrong type; the message is a translated reason."""


def value_of(role: Role, value: Any) -> Any:
    """Return a value that is there as its role needs it.

    Raises:
        BadValue: It cannot be that.
    """
    return _CONVERTERS[role.type](role, value)


def is_missing(value: Any) -> bool:
    """Return whether a value counts as none: it is not there, or blank."""
    return value is None or (isinstance(value, str) and not value.strip())


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
    value = parsed(value) if role.several else value
    if role.several and isinstance(value, list):
        labels = [_label(role, item) for item in value if not is_missing(item)]
        if any(SEPARATOR in label for label in labels):
            raise BadValue(
                tr("A label in a list has “{separator}” in it, which separates labels.", separator=SEPARATOR)
            )
        return joined(labels)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, str | int | float):
        return str(value).strip()
    raise BadValue(tr("“{role}” is neither a text nor a number.", role=tr(role.label)))


def parsed(value: Any) -> Any:
    """Return the list that a text is the JSON of, which is how a table's cell holds one; others as they are."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value


def _list(role: Role, value: Any) -> list[Any]:
    value = parsed(value)
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
    return [message(item) for item in _list(role, value)]


def is_message(item: Any) -> bool:
    """Return whether something is a message: who says what."""
    return isinstance(item, dict) and ("role" in item or "from" in item) and ("content" in item or "value" in item)


def message(item: Any) -> dict[str, str]:
    """Return a message with the keys ``role`` and ``content``.

    Raises:
        BadValue: It is none, or nobody who could be talking says it.
    """
    if not isinstance(item, dict):
        raise BadValue(tr("A message has no role or no content."))
    speaker, content = item.get("role", item.get("from")), item.get("content", item.get("value"))
    if isinstance(content, list) and all(isinstance(part, dict) and part.get("type") == "text" for part in content):
        content = "".join(str(part.get("text", "")) for part in content)
    if not isinstance(speaker, str) or not isinstance(content, str):
        raise BadValue(tr("A message has no role or no content."))
    if speaker.lower() not in SPEAKERS:
        raise BadValue(
            tr("A message is from “{speaker}”; only system, user and assistant can be used.", speaker=speaker)
        )
    return {"role": SPEAKERS[speaker.lower()], "content": content}


_CONVERTERS = {
    "text": _text,
    "image": _image,
    "label": _label,
    "messages": _messages,
    "texts": _texts,
    "numbers": _numbers,
}
