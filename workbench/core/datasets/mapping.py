"""Which column is what: proposed from the names of the columns and their content, for a person to correct."""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from workbench.core.datasets import albums, images
from workbench.core.datasets.kinds import KINDS, Kind, Role
from workbench.core.datasets.kinds import kind as find_kind
from workbench.core.datasets.shapes import holds_text
from workbench.core.datasets.values import is_message, parsed
from workbench.core.errors import UserError
from workbench.core.i18n import tr

Values = Mapping[str, Any]
MOST_LABELS = 30

_IMAGES = (*images.SUFFIXES, *albums.OTHERS)
_ANY_TEXT = Role(name="", label="", help="")

_SUREST_FIRST = ("chat", "ranking", "instruction", "text-label", "image-folder", "text", "prompts")


def columns(rows: Sequence[Values]) -> list[str]:
    """Return the names of all columns, in the order they come up."""
    return list(dict.fromkeys(name for values in rows for name in values))


def propose(kind: str, rows: Sequence[Values]) -> dict[str, str]:
    """Propose the column of each role of a kind; a role for which nothing fits is left out.

    Raises:
        UserError: There is no such kind.
    """
    wanted = find_kind(kind)
    found = _by_name(wanted, rows)
    lacking = wanted.lacks(found)
    open_roles = [role for role in wanted.mapped if role.name in lacking]
    texts = [role for role in open_roles if role.type == "text"]
    free = [column for column in columns(rows) if column not in found.values()]
    longest = sorted(_fitting(_ANY_TEXT, free, rows), key=lambda column: -_length(column, rows))[: len(texts)]
    found.update(zip((role.name for role in texts), sorted(longest, key=free.index), strict=False))
    for role in open_roles:
        left = [column for column in free if column not in found.values()]
        if role.type != "text" and (column := _by_content(role, left, rows)):
            found[role.name] = column
    return found


def propose_kind(rows: Sequence[Values]) -> str:
    """Propose the kind of data set that rows are: from the names of their columns, else from their content."""
    for name in _SUREST_FIRST:
        kind = KINDS[name]
        if not kind.lacks(_by_name(kind, rows)):
            return _with_label(rows) if name == "text" else name
    return _kind_by_content(rows)


def _with_label(rows: Sequence[Values]) -> str:
    """Return whether rows with a text have a column beside it that can only be a label."""
    there = columns(rows)
    text = _by_name(KINDS["text"], rows)["text"]
    others = [column for column in there if column != text]
    return "text-label" if len(others) == 1 and _few_values(others[0], rows) else "text"


def _kind_by_content(rows: Sequence[Values]) -> str:
    there = columns(rows)
    (messages,) = (role for role in KINDS["chat"].roles if role.name == "messages")
    if any(_fits(messages, column, rows) and _has_messages(column, rows) for column in there):
        return "chat"
    texts = _fitting(_ANY_TEXT, there, rows)
    labels = [column for column in texts if _few_values(column, rows)]
    longest = max(texts, key=lambda column: _length(column, rows), default="")
    if labels and longest not in labels:
        return "text-label"
    return "instruction" if len(texts) == len(there) == 2 and not labels else "text"


def _has_messages(column: str, rows: Sequence[Values]) -> bool:
    value = parsed(_first(column, rows))
    return isinstance(value, list) and bool(value) and is_message(value[0])


def complete(kind: Kind, mapping: Mapping[str, str], rows: Sequence[Values]) -> dict[str, str]:
    """Check a person's mapping and add what can be proposed for the roles it leaves open; "" is no column.

    Raises:
        UserError: It names a role or a column that is not there, or a required role stays without a column.
    """
    there = columns(rows)
    roles = [role.name for role in kind.mapped]
    for role, column in mapping.items():
        if role not in roles:
            raise UserError(
                tr(
                    "“{kind}” has no “{role}”; it has: {known}.",
                    kind=kind.name,
                    role=role,
                    known=", ".join(roles),
                )
            )
        if column and column not in there:
            raise UserError(
                tr(
                    "The file has no column “{column}”; it has: {known}.",
                    column=column,
                    known=", ".join(there),
                )
            )
    proposed = {role: column for role, column in propose(kind.name, rows).items() if column not in mapping.values()}
    whole = {**proposed, **mapping}
    if missing := kind.lacks([role for role, column in whole.items() if column]):
        raise UserError(
            tr(
                "No column looks like “{role}”. Say which one it is; the file has: {known}.",
                role=missing[0],
                known=", ".join(there),
            )
        )
    return {role: whole[role] for role in roles if whole.get(role)}


def _by_name(kind: Kind, rows: Sequence[Values]) -> dict[str, str]:
    plain = {_bare(column): column for column in columns(rows)}
    found: dict[str, str] = {}
    for role in kind.mapped:
        for name in role.columns:
            column = plain.get(_bare(name))
            if column is not None and column not in found.values() and _fits(role, column, rows):
                found[role.name] = column
                break
    return found


def _fits(role: Role, column: str, rows: Sequence[Values]) -> bool:
    """Return whether the first value of a column could be a value of a role."""
    value = _first(column, rows)
    if value is None:
        return True
    is_list = isinstance(value, list) or (isinstance(value, str) and value.lstrip().startswith("["))
    if role.type in ("messages", "numbers"):
        return is_list
    if role.type == "texts":
        return is_list and (not isinstance(value, list) or len(value) > 1)
    if role.type == "image":
        return _could_be_image(value)
    if role.several and isinstance(value, list):
        return all(isinstance(item, str | int) for item in value)
    return not isinstance(value, list | dict) or (role.loose and holds_text(value))


def _bare(name: str) -> str:
    """Return a name without what people write differently: System Prompt, system_prompt, systemPrompt."""
    return re.sub(r"[\s_\-]+", "", name.lower())


def _could_be_image(value: Any) -> bool:
    """Return whether a value is the path of an image, or one that stands in the row itself."""
    if isinstance(value, dict):
        return "bytes" in value or "path" in value
    return isinstance(value, str) and PurePosixPath(value.strip().replace("\\", "/")).suffix.lower() in _IMAGES


def _first(column: str, rows: Sequence[Values]) -> Any:
    return next((values[column] for values in rows if values.get(column) not in (None, "", [])), None)


def _fitting(role: Role, free: Sequence[str], rows: Sequence[Values]) -> list[str]:
    return [column for column in free if _fits(role, column, rows)]


def _by_content(role: Role, free: Sequence[str], rows: Sequence[Values]) -> str:
    fitting = _fitting(role, free, rows)
    if role.type == "label":
        return next((column for column in fitting if _few_values(column, rows)), "")
    return fitting[0] if len(fitting) == 1 else ""


def _few_values(column: str, rows: Sequence[Values]) -> bool:
    values = [str(row[column]) for row in rows if row.get(column) not in (None, "")]
    different = len(set(values))
    return 0 < different <= MOST_LABELS and different * 2 <= len(values)


def _length(column: str, rows: Sequence[Values]) -> int:
    return sum(len(row[column]) for row in rows if isinstance(row.get(column), str))
