"""The rows of a file on their way into a data set: told of as they come, and ended when that is wanted."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import msgspec

from workbench.core.datasets import image_rows, readers
from workbench.core.datasets.columnar import Recipe
from workbench.core.datasets.conversion import convert
from workbench.core.datasets.ingest import portions
from workbench.core.datasets.readers import How, Record
from workbench.core.datasets.writer import Writer
from workbench.core.errors import UserError
from workbench.core.i18n import tr

EVERY_IMAGES = 20
"""Images between two words on the progress."""


class GoOn:
    """Tells how far an import is, and ends it if that is wanted.

    Args:
        progress: Told the share of the file that has been read.
        counted: Told, right before that, how many good rows there are so far.
        cancelled: Whether to end it.
    """

    def __init__(
        self,
        progress: Callable[[float], None] | None,
        counted: Callable[[int], None] | None,
        cancelled: Callable[[], bool] | None,
    ) -> None:
        self._progress = progress
        self._counted = counted
        self._cancelled = cancelled

    def __call__(self, done: float | None = None, rows: int | None = None) -> None:
        """Tell the share done and the good rows so far.

        Raises:
            UserError: The import was cancelled.
        """
        if self._counted and rows is not None:
            self._counted(rows)
        if self._progress and done is not None:
            self._progress(done)
        if self._cancelled and self._cancelled():
            raise UserError(tr("The import was cancelled; nothing was kept."))


def take(path: Path, how: How, recipe: Recipe, writer: Writer, go_on: GoOn) -> None:
    """Read a file and write its rows.

    Raises:
        UserError: The file is no good, or it was cancelled.
    """
    write = _write_images if any(role.type == "image" for role in recipe.kind.roles) else _write
    write(path, how, recipe, writer, go_on)


def _write(path: Path, how: How, recipe: Recipe, writer: Writer, go_on: GoOn) -> None:
    """Read a file and write its rows; the outcome is the same whether they are converted in batches or one by one."""
    if recipe.is_columnar():
        how = msgspec.structs.replace(how, columns=tuple(dict.fromkeys(recipe.columns.values())))
    for portion in portions(readers.pieces(path, how, go_on), recipe, go_on):
        for row in portion.rejected:
            writer.reject(row.line, row.reason, row.raw, row.file)
        writer.add_batch(portion.batch, portion.parts, portion.keys)
        go_on(portion.done, writer.count)


def _write_images(path: Path, how: How, recipe: Recipe, writer: Writer, go_on: GoOn) -> None:
    def watched() -> Iterator[Record]:
        for number, record in enumerate(readers.read(path, how, go_on)):
            if number % EVERY_IMAGES == 0:
                go_on(record.done, writer.count)
            yield record

    make = partial(convert, recipe.kind, columns=recipe.columns)
    for record, became in image_rows.take(watched(), make, recipe.columns.get("image", ""), path, writer.inside):
        if became.row is None:
            writer.reject(record.line, became.reason, record.raw, record.file)
        else:
            writer.add(became.row, became.part, became.group)
