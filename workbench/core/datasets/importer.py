"""From a person's file to a data set in the project, row by row, with every rejected row kept."""

import itertools
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from workbench.core.datasets import hub, presets, readers
from workbench.core.datasets.columnar import Recipe
from workbench.core.datasets.conversion import convert
from workbench.core.datasets.dataset import Dataset
from workbench.core.datasets.kinds import Kind, Row
from workbench.core.datasets.kinds import kind as find_kind
from workbench.core.datasets.mapping import columns as columns_of
from workbench.core.datasets.mapping import complete, propose, propose_kind
from workbench.core.datasets.readers import Format, How, Record, Source, flat
from workbench.core.datasets.rewrite import free_name
from workbench.core.datasets.splits import SplitRule
from workbench.core.datasets.taking import GoOn, take
from workbench.core.datasets.writer import Writer
from workbench.core.errors import UserError
from workbench.core.i18n import tr

if TYPE_CHECKING:
    from workbench.core.project import Project

FIRST_ROWS = 200
HEAD = 4 << 20
"""Bytes of a text file that its first rows are looked for in."""

LONG_HEAD = 96 << 20
"""The same where no row was found."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What a file looks like before it is imported.

    Attributes:
        how: How it was read; nothing that matters for its format is left open.
        format: Name of its format.
        records: Its first rows as they stand there, those that cannot be read among them.
        columns: Names of the columns in them.
        kind: The kind asked for, or the one that fits.
        mapping: The column of each role, as far as one can be proposed.
        preset: Name of the file whose kind and mapping are taken over, because it had the same columns; else "".
        remarks: What is passed over, or how much there is, in sentences.
    """

    path: Path
    how: How
    format: str
    columns: list[str]
    records: list[Record]
    kind: str
    mapping: dict[str, str]
    preset: str = ""
    remarks: list[str] = []


class Preview(msgspec.Struct, frozen=True):
    """What a record becomes: a canonical row, or the reason why it would be rejected."""

    line: int
    row: Row | None
    reason: str
    raw: str
    part: str = ""


def look(path: Path, kind: str | None = None, how: How | None = None, project: "Project | None" = None) -> Look:
    """Look at the first rows of a file.

    Args:
        path: The file or folder.
        kind: Of data set, if a person has said so.
        how: How it is to be read, likewise.
        project: Where the mapping of the last file of this shape is looked up.

    Raises:
        UserError: The file cannot be read, or there is no such kind or encoding.
    """
    readers.check(path)
    format = readers.format_at(path)
    known = how or How()
    if format.is_text and not known.encoding:
        known = msgspec.structs.replace(known, encoding=Source.of(path).encoding())
    source = Source.of(path).head(HEAD) if format.is_text else Source.of(path)
    known = format.settle(source, known)
    records = _first(source, format, known)
    values = [record.values for record in records if record.values is not None]
    if not values and format.is_text:  # the first row alone is longer than that
        records = _first(Source.of(path).head(LONG_HEAD), format, known)
        values = [record.values for record in records if record.values is not None]
    chosen = kind or propose_kind(values)
    found = Look(
        path=path,
        how=known,
        format=format.name,
        columns=columns_of(values),
        records=records,
        kind=chosen,
        mapping=propose(chosen, values),
        remarks=format.remarks(source),
    )
    return found if project is None else _as_before(found, kind, how, project)


def _first(source: Source, format: Format, how: How) -> list[Record]:
    """Return the first rows of a source that may be only the head of a file."""
    records = list(itertools.islice(flat(format.read(source, how)), FIRST_ROWS))
    if source.is_cut and 1 < len(records) < FIRST_ROWS:
        records.pop()  # the end of what was read goes through it
    return records


def _as_before(found: Look, kind: str | None, how: How | None, project: "Project") -> Look:
    """Return what was found with the kind and mapping that were last used in the project for a file of this shape."""
    try:
        preset = presets.recall(project, found)
    except UserError as error:
        return msgspec.structs.replace(found, remarks=[*found.remarks, error.sentence])
    if preset is None or (kind and kind != preset.kind):
        return found
    if not (how and how.unit) and preset.unit not in ("", found.how.unit):
        return look(found.path, kind, msgspec.structs.replace(how or How(), unit=preset.unit), project)
    said = list(found.remarks)
    if (preset.kind, preset.used) != (found.kind, found.mapping):
        said.append(tr("The columns are taken as they were for {file}.", file=preset.source))
    return msgspec.structs.replace(found, kind=preset.kind, mapping=preset.mapping, preset=preset.source, remarks=said)


def preview(records: Sequence[Record], kind: str, columns: Mapping[str, str]) -> list[Preview]:
    """Return what records become with a mapping, for a person to see before the import."""
    found = find_kind(kind)
    shown = []
    for record in records:
        became = convert(found, record, columns)
        shown.append(Preview(record.line, became.row, became.reason, record.raw, became.part))
    return shown


def import_file(
    project: "Project",
    path: Path,
    *,
    kind: str = "",
    mapping: Mapping[str, str] | None = None,
    name: str = "",
    split: float = 0.1,
    seed: int = 0,
    stratified: bool = True,
    own_split: bool = True,
    how: How | None = None,
    progress: Callable[[float], None] | None = None,
    counted: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Dataset:
    """Import a file into a project.

    Args:
        project: Gets the data set.
        path: A file of one of the `readers.formats`.
        kind: Name of the kind of data set; proposed from the columns if it is empty.
        mapping: The column of each role; what it leaves out is proposed from names and content.
        name: Of the data set; made from the file's name if it is empty.
        split: Share that is held out for validation, from 0 to 0.9.
        seed: Of the shuffle that decides the split.
        stratified: Each label gives its share for validation.
        own_split: The parts that the file itself names are kept; where it has none for validation, its share is taken
            from the training rows.
        how: How the file is to be read; what it leaves open is found out.
        progress: Told the share of the file that has been read.
        counted: Told, right before that, how many good rows there are so far.
        cancelled: Asked now and then; after a yes nothing is left behind.

    Raises:
        UserError: File, mapping or name are no good, no row can be used, or the import was cancelled.
    """
    if not (math.isfinite(split) and 0 <= split <= 0.9):
        raise UserError(tr("The held-out share must be from 0 to 0.9."))
    if kind:
        find_kind(kind)  # a slip in its name is told before the file is opened
    seen = look(path, kind or None, how, project)
    wanted = find_kind(seen.kind)
    chosen = _columns(seen, wanted, mapping or {})
    columns = {role: column for role, column in chosen.items() if own_split or role != "split"}
    folder = project.data / (_checked_name(name) if name else free_name(project.data, _safe(path.stem) or "data"))
    rule = SplitRule(share=split, seed=seed, stratified=stratified, own=own_split)
    try:
        dataset = _take_in(seen, Recipe(wanted, columns), folder, rule, GoOn(progress, counted, cancelled))
        presets.remember(project, seen, wanted, chosen)
        return dataset
    except OSError as error:
        raise UserError(
            tr("The data set could not be written. Is there room on the disk, and may you write there?"),
            str(error),
        ) from error


def _take_in(seen: Look, recipe: Recipe, folder: Path, rule: SplitRule, go_on: GoOn) -> Dataset:
    """Write the rows of a file as a data set, whole or not at all."""
    origin = hub.origin_of(seen.path)
    with Writer(folder, recipe.kind.name) as writer:
        take(seen.path, seen.how, recipe, writer, go_on)
        if not writer.count:
            raise UserError(nothing_usable(seen.path, writer.reasons))
        return writer.finish(
            folder.name,
            rule,
            train_is_open=True,
            source=origin.source,
            licence=origin.licence,
            remarks=seen.remarks,
            format=seen.format,
            how=seen.how,
            mapping=dict(recipe.columns),
        )


def _columns(seen: Look, kind: Kind, given: Mapping[str, str]) -> dict[str, str]:
    values = [record.values for record in seen.records if record.values is not None]
    if values:
        before = seen.mapping.items() if seen.preset else ()
        kept = {role: column for role, column in before if column not in given.values() or not column}
        return complete(kind, {**kept, **given}, values)
    if not seen.records:
        raise UserError(tr("{file} holds no rows.", file=seen.path.name))
    return dict(given)


def nothing_usable(path: Path, reasons: Mapping[str, int]) -> str:
    """Return why a file is refused whose every row was rejected, or that has none."""
    if not reasons:
        return tr("{file} holds no rows.", file=path.name)
    reason = max(reasons, key=lambda candidate: reasons[candidate])
    return tr(
        "No row of {file} can be used. The most frequent reason ({count} of {total} rows): {reason}",
        file=path.name,
        count=reasons[reason],
        total=sum(reasons.values()),
        reason=reason,
    )


def _checked_name(name: str) -> str:
    if name != _safe(name):
        raise UserError(tr("“{name}” cannot be a name; use letters, digits, “-”, “_” and spaces.", name=name))
    return name


def _safe(name: str) -> str:
    """Return what can be a folder's name on every system, in any script."""
    return re.sub(r"[^\w\- .]+", "-", name).strip(" .-")[:80]
