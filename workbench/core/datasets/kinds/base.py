"""What a kind of data set is: the roles that columns can have to its rows, and when a row is good."""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Any, Literal

from workbench.core.i18n import mark

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
