"""From records that name images to rows whose images lie in the data set itself."""

import hashlib
import itertools
import os
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from workbench.core.datasets import images
from workbench.core.datasets.albums import Album
from workbench.core.datasets.images import BadImage
from workbench.core.datasets.kinds import Kind, Row
from workbench.core.datasets.readers import Record
from workbench.core.datasets.rows import to_row

WORKERS = min(4, os.cpu_count() or 1)
AHEAD = 2 * WORKERS
"""Images that may be in memory at once."""

Outcome = tuple[Record, Row | None, str]
"""A record, and the row it became or the reason why it became none."""


def take(
    records: Iterator[Record], kind: Kind, columns: Mapping[str, str], album: Album, folder: Path
) -> Iterator[Outcome]:
    """Check the images of records and copy the good ones into a data set.

    Args:
        records: In their order; so are the outcomes.
        kind: One whose role ``image`` is an image.
        columns: The column of each role.
        album: Has the images.
        folder: Of the data set; the images go below ``images``, by what is in them, so that none is there twice.
    """

    def work(record: Record) -> Outcome:
        if record.values is None:
            return record, None, record.reason
        row, reason = to_row(kind, record.values, columns)
        if row is None:
            return record, None, reason
        try:
            content = album.read(record.values[columns["image"]], record.file)
            facts = images.inspect(content)
        except BadImage as bad:
            return record, None, str(bad)
        row["image"] = keep(content, facts.suffix, folder)
        row["width"], row["height"] = facts.width, facts.height
        return record, row, ""

    with ThreadPoolExecutor(WORKERS) as pool:
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
