"""Small pictures for the preview of images that are about to be imported."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QSize, Qt
from PySide6.QtGui import QImage, QImageReader

from workbench.core.datasets.albums import Album
from workbench.core.datasets.images import BadImage
from workbench.core.datasets.readers import Record

SIDE = 48
"""Of the square that a picture fits into, in pixels; drawn at half of it where pixels are large."""


def small_images(path: Path, records: Sequence[Record], column: str) -> list[QImage]:
    """Return a picture for each record, an empty one where there is none to be seen. Belongs into the background.

    Args:
        path: The folder, archive or table that is looked at.
        records: Its first rows.
        column: The one that names the image, or holds it.
    """
    with closing(Album(path)) as album:
        return [_small(album, record, column) for record in records]


def _small(album: Album, record: Record, column: str) -> QImage:
    try:
        content = album.read((record.values or {}).get(column), record.file)
    except BadImage:  # the import says so with the row, in words
        return QImage()
    buffer = QBuffer()
    buffer.setData(QByteArray(content))
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > SIDE:
        reader.setScaledSize(size.scaled(QSize(SIDE, SIDE), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()
