"""Bytes for readers that must jump about in a file, as those of Parquet, Arrow and Excel do."""

import shutil
import tempfile
from typing import IO, cast

from workbench.core.datasets.readers.source import Source

IN_MEMORY = 32 << 20
"""Bytes of an archive's member that are unpacked into memory; more go into a nameless file for the time being."""


def seekable(source: Source) -> IO[bytes]:
    """Open a source so that any place in it is reached at once; the member of an archive is unpacked for that."""
    if source.path is not None:
        return source.path.open("rb")
    unpacked = cast(IO[bytes], tempfile.SpooledTemporaryFile(IN_MEMORY))  # noqa: SIM115  the caller closes it
    with source.open() as packed:
        shutil.copyfileobj(packed, unpacked, 1 << 20)
    unpacked.seek(0)
    return unpacked
