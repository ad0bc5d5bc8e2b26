"""Arrow files and streams, as Feather and Hugging Face's ``save_to_disk`` write them."""

from collections.abc import Iterator
from typing import Any

from workbench.core.datasets.readers.columns import batches, damaged
from workbench.core.datasets.readers.seeking import seekable
from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source
from workbench.core.errors import UserError
from workbench.core.i18n import mark

MAGIC = b"ARROW1"


def read(source: Source, how: How) -> Iterator[Record | Batch]:
    """Read the rows in batches.

    Raises:
        UserError: It is neither an Arrow file nor an Arrow stream.
    """
    import pyarrow

    with seekable(source) as file:
        is_file = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        opened = file if source.path is None else pyarrow.memory_map(str(source.path))
        try:
            reader = pyarrow.ipc.open_file(opened) if is_file else pyarrow.ipc.open_stream(opened)
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise UserError(damaged(source), str(error)) from error
        count = reader.num_record_batches if is_file else 0
        tables = (reader.get_batch(number) for number in range(count)) if is_file else reader
        yield from batches(source, reader.schema, map(_checked, tables), 0, how)


def _checked(batch: Any) -> Any:
    """Return a batch all of whose offsets lie inside of it: a damaged one would be read past its end.

    Texts may still be damaged; the rows that have such are found later.
    """
    import pyarrow

    for column in batch.columns:
        bytes_only = pyarrow.types.is_string(column.type)
        (column.view(pyarrow.binary()) if bytes_only else column).validate(full=True)
    return batch


FORMAT = Format(
    name="arrow", label=mark("Arrow"), suffixes=(".arrow", ".feather", ".ipc", ".arrows"), read=read, is_text=False
)
