"""Mappings that are kept for the next file of the same shape: the same format with the same columns."""

from typing import TYPE_CHECKING

import msgspec

from workbench.core import jsonl
from workbench.core.clock import now
from workbench.core.datasets.kinds import Kind
from workbench.core.datasets.readers.source import Unit
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from workbench.core.datasets.importer import Look
    from workbench.core.project import Project

MOST = 200
"""Presets that are kept; the oldest one goes."""


class Preset(msgspec.Struct, frozen=True, kw_only=True):
    """How files of one shape are imported.

    Attributes:
        format: Name of the format.
        columns: Names of the columns, sorted.
        mapping: The column of each role; "" for a role that a person wants to have none.
        header: Whether the first line names the columns, where that means something.
        unit: What a row of a text is, likewise.
        source: Name of the file that it was made for.
    """

    format: str
    columns: list[str]
    kind: str
    mapping: dict[str, str]
    header: bool | None = None
    unit: Unit = ""
    source: str = ""
    saved: str = ""

    @property
    def shape(self) -> tuple[str, ...]:
        """What it is found by."""
        return (self.format, *self.columns)

    @property
    def used(self) -> dict[str, str]:
        """The roles that have a column."""
        return {role: column for role, column in self.mapping.items() if column}


def listed(project: "Project") -> "Sequence[Preset]":
    """Return the presets of a project, the newest first.

    Raises:
        UserError: Their file is damaged.
    """
    path = project.path / "presets.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Preset])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise UserError(
            tr("The mappings kept in {path} cannot be read; delete the file to begin anew.", path=path), str(error)
        ) from error


def recall(project: "Project", look: "Look") -> Preset | None:
    """Return the preset for files that look like this one, if there is one.

    Raises:
        UserError: The file of the presets is damaged.
    """
    wanted = _shape(look)
    return next((preset for preset in listed(project) if preset.shape == wanted), None)


def remember(project: "Project", look: "Look", kind: Kind, mapping: "Mapping[str, str]") -> None:
    """Keep how a file was imported for the next one of its shape; a file of presets that is damaged is left alone."""
    format, *columns = _shape(look)
    preset = Preset(
        format=format,
        columns=columns,
        kind=kind.name,
        mapping={role.name: mapping.get(role.name, "") for role in kind.mapped},
        header=look.how.header,
        unit=look.how.unit,
        source=look.path.name,
        saved=now(),
    )
    try:
        keep(project, preset)
    except (UserError, OSError):  # the data set is there; only this convenience is lost, and `recall` says why
        return


def keep(project: "Project", preset: Preset) -> None:
    """Put a preset in front of the list, in the place of an older one for the same shape.

    Raises:
        UserError: The file of the presets is damaged.
    """
    others = [other for other in listed(project) if other.shape != preset.shape]
    jsonl.write_atomically(project.path / "presets.json", [preset, *others][:MOST])


def forget(project: "Project", number: int) -> Preset:
    """Delete a preset by its number in the list, from 1.

    Raises:
        UserError: There is none with this number, or the file of the presets is damaged.
    """
    there = list(listed(project))
    if not 1 <= number <= len(there):
        raise UserError(tr("There is no mapping number {number}; there are {count}.", number=number, count=len(there)))
    preset = there.pop(number - 1)
    jsonl.write_atomically(project.path / "presets.json", there)
    return preset


def _shape(look: "Look") -> tuple[str, ...]:
    return (look.format, *sorted(look.columns))
