"""Parquet files."""

from collections.abc import Iterator

from workbench.core.datasets.readers.columns import ROWS, batches, damaged
from workbench.core.datasets.readers.seeking import seekable
from workbench.core.datasets.readers.source import Batch, Format, How, Record, Source
from workbench.core.errors import UserError
from workbench.core.i18n import mark

AT_ONCE = 32 << 20
"""Bytes of rows in a batch, if their sizes differ little."""


def read(source: Source, how: How) -> Iterator[Record | Batch]:
    """Read the rows in batches.

    Raises:
        UserError: It is no Parquet file.
    """
    import pyarrow
    from pyarrow.parquet import ParquetFile

    with seekable(source) as file:
        try:
            parquet = ParquetFile(file, pre_buffer=False, buffer_size=1 << 20)
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
            raise UserError(damaged(source), str(error)) from error
        columns = [name for name in parquet.schema_arrow.names if name in how.columns] or None
        count = parquet.metadata.num_rows
        size = sum(parquet.metadata.row_group(number).total_byte_size for number in range(parquet.num_row_groups))
        at_once = max(1, min(ROWS, AT_ONCE * count // max(1, size)))  # rows may hold images
        tables = parquet.iter_batches(at_once, columns=columns)
        yield from batches(source, parquet.schema_arrow, tables, count, how)


FORMAT = Format(name="parquet", label=mark("Parquet"), suffixes=(".parquet", ".pq"), read=read, is_text=False)
