"""From records that name images to rows whose images lie in the data set itself."""

import hashlib
import itertools
import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path, PurePosixPath

import msgspec

from workbench.core.datasets import images
from workbench.core.datasets.albums import Album
from workbench.core.datasets.conversion import Converted
from workbench.core.datasets.images import BadImage
from workbench.core.datasets.readers import Record

WORKERS = min(4, os.cpu_count() or 1)
AHEAD = 4 * WORKERS
"""Records that wait for a worker; only the workers have images in memory."""

Outcome = tuple[Record, Converted]
"""A record and what became of it."""


def take(
    records: Iterator[Record], convert: Callable[[Record], Converted], column: str, path: Path, folder: Path
) -> Iterator[Outcome]:
    """Check the images of records and copy the good ones into a data set.

    Args:
        records: In their order; so are the outcomes.
        convert: Makes rows of them, whose ``image`` is not looked at.
        column: The one that names the image, or holds it.
        path: The folder or archive that has the images, or the table that names those beside it.
        folder: Of the data set; the images go below ``images``, by what is in them, so that none is there twice.
    """

    def work(record: Record) -> Outcome:
        became = convert(record)
        if became.row is None or record.values is None:
            return record, became
        try:
            content = album.read(record.values[column], record.file)
            facts = images.inspect(content)
        except BadImage as bad:
            return record, msgspec.structs.replace(became, row=None, reason=str(bad))
        row = {**became.row, "width": facts.width, "height": facts.height}
        if name := row["image"]:
            row["file"] = str(PurePosixPath(record.file).parent / name)
        row["image"] = keep(content, facts.suffix, folder)
        return record, msgspec.structs.replace(became, row=row)

    with closing(Album(path)) as album, ThreadPoolExecutor(WORKERS) as pool:
        waiting: deque[Future[Outcome]] = deque(
            pool.submit(work, record) for record in itertools.islice(records, AHEAD)
        )
        while waiting:
            outcome = waiting.popleft().result()
            waiting.extend(pool.submit(work, record) for record in itertools.islice(records, 1))
            yield outcome


def keep(content: bytes, suffix: str, folder: Path) -> str:
    """Copy an image into the folder of a data set, once; return its path there."""
    name = hashlib.sha256(content).hexdigest()[:32]
    path = folder / "images" / name[:2] / f"{name}{suffix}"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return path.relative_to(folder).as_posix()
