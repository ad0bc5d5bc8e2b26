"""Tables that are written for other programs, spreadsheets among them."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from workbench.core.errors import UserError
from workbench.core.i18n import tr


def write(path: Path, names: Sequence[str], rows: Iterable[msgspec.Struct]) -> None:
    """Write rows into a file: a table for spreadsheets if its name ends in .csv, else JSON lines.

    Cells that a spreadsheet would take for formulas get an apostrophe in front.

    Raises:
        UserError: The file cannot be written.
    """
    try:
        if path.suffix.lower() == ".csv":
            with path.open("w", encoding="utf-8-sig", newline="") as file:  # the mark tells Excel the encoding
                table = csv.writer(file)
                table.writerow(names)
                table.writerows(map(_harmless, msgspec.structs.astuple(row)) for row in rows)
        else:
            with path.open("wb") as lines:
                lines.writelines(msgspec.json.encode(row) + b"\n" for row in rows)
    except OSError as error:
        raise UserError(
            tr("{path} cannot be written. Is there room on the disk, and may you write there?", path=path),
            str(error),
        ) from error


def _harmless(cell: object) -> object:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell
