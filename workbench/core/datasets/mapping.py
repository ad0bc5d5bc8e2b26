"""Which column is what: proposed from the names of the columns and their content, for a person to correct."""

from collections.abc import Mapping, Sequence
from typing import Any

from workbench.core.datasets.kinds import KINDS, Kind, Role
from workbench.core.datasets.kinds import kind as find_kind
from workbench.core.errors import UserError
from workbench.core.i18n import tr

Values = Mapping[str, Any]
MOST_LABELS = 30

_ANY_TEXT = Role(name="", label="", help="")

_SUREST_FIRST = ("chat", "ranking", "instruction", "text-label", "image-folder", "prompts", "text")


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
    open_roles = [role for role in wanted.mapped if role.required and role.name not in found]
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
    """Propose the kind of data set that rows are, from the names of their columns."""
    for name in _SUREST_FIRST:
        kind = KINDS[name]
        found = _by_name(kind, rows)
        if all(role.name in found for role in kind.roles if role.required):
            return name
    return "text"


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
    missing = [role.name for role in kind.roles if role.required and not whole.get(role.name)]
    if missing:
        raise UserError(
            tr(
                "No column looks like “{role}”. Say which one it is; the file has: {known}.",
                role=missing[0],
                known=", ".join(there),
            )
        )
    return {role: whole[role] for role in roles if whole.get(role)}


def _by_name(kind: Kind, rows: Sequence[Values]) -> dict[str, str]:
    plain = {column.strip().lower(): column for column in columns(rows)}
    found: dict[str, str] = {}
    for role in kind.mapped:
        for name in role.columns:
            column = plain.get(name)
            if column is not None and column not in found.values() and _fits(role, column, rows):
                found[role.name] = column
                break
    return found


def _fits(role: Role, column: str, rows: Sequence[Values]) -> bool:
    """Return whether the first value of a column could be a value of a role."""
    value = next((values[column] for values in rows if values.get(column) not in (None, "")), None)
    wants_list = role.type in ("messages", "texts", "numbers")
    is_list = isinstance(value, list) or (isinstance(value, str) and value.lstrip().startswith("["))
    return value is None or (is_list if wants_list else not isinstance(value, list | dict))


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
