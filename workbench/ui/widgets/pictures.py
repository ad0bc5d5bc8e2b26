"""Pictures of image files, read in the background: many small ones, or one as large as there is room."""

from collections import OrderedDict
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from workbench.core.datasets.images import BadImage, load_image
from workbench.runtime import jobs
from workbench.ui.theme import palette
from workbench.ui.theme.icons import pixmap

SIDE = 96
"""Of the square that a small picture fits into, in pixels."""

LARGEST = 1600
KEPT = 2000
AT_ONCE = 16
WAITING = 400
SIGN = 24


def read_image(path: Path, size: QSize) -> QImage:
    """Return an image, upright and scaled to fit a size; a null one if the file is damaged. Any thread may do so."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)
    full = reader.size()
    if full.isValid():
        reader.setScaledSize(_fitted(full, size, reader.transformation()))
    image = reader.read()
    return image if not image.isNull() else _read_with_pillow(path, size)


def _fitted(full: QSize, size: QSize, turned: QImageIOHandler.Transformation) -> QSize:
    """Return the scaled size before an image is turned; small images keep their pixels, four times as large at most."""
    frame = size.transposed() if turned & QImageIOHandler.Transformation.TransformationRotate90 else size
    return full.scaled(frame.boundedTo(full * 4), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))


def _read_with_pillow(path: Path, size: QSize) -> QImage:
    """Read what the window's own readers do not know, some kinds of TIFF for example."""
    try:
        image = load_image(path)
    except (BadImage, OSError):
        return QImage()
    image.thumbnail((size.width(), size.height()))
    return QImage(image.tobytes(), image.width, image.height, image.width * 3, QImage.Format.Format_RGB888).copy()


class SmallPictures(QObject):
    """Small pictures by file, read a few at a time, the ones asked for last first.

    Signals:
        arrived(): Some have been read; what is in view must be drawn again.
    """

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._made: OrderedDict[Path, QPixmap] = OrderedDict()
        self._wanted: OrderedDict[Path, None] = OrderedDict()
        self._busy = False
        self._blank = _square()

    def picture(self, path: Path) -> QPixmap:
        """Return the picture of a file, a blank one until it has been read."""
        if path in self._made:
            self._made.move_to_end(path)
            return self._made[path]
        self._wanted[path] = None
        self._wanted.move_to_end(path)
        if len(self._wanted) > WAITING:  # scrolled past long ago
            self._wanted.popitem(last=False)
        self._next()
        return self._blank

    def forget_wishes(self) -> None:
        """Read nothing more of what has been asked for."""
        self._wanted.clear()

    def _next(self) -> None:
        if self._busy or not self._wanted:
            return
        self._busy = True
        paths = [self._wanted.popitem()[0] for _ in range(min(AT_ONCE, len(self._wanted)))]
        jobs.start(
            self,
            lambda _report: [(path, read_image(path, QSize(SIDE, SIDE))) for path in paths],
            done=self._arrived,
        )

    def _arrived(self, images: list[tuple[Path, QImage]]) -> None:
        for path, image in images:
            self._made[path] = _centred(image)
        while len(self._made) > KEPT:
            self._made.popitem(last=False)
        self._busy = False
        self.arrived.emit()
        self._next()


def _square() -> QPixmap:
    made = QPixmap(SIDE, SIDE)
    made.fill(Qt.GlobalColor.transparent)
    return made


def _centred(image: QImage) -> QPixmap:
    """Return a square with an image in its middle; of a missing or damaged file a frame with a sign."""
    square = _square()
    painter = QPainter(square)
    if image.isNull():
        painter.setPen(palette.now().edge)
        painter.drawRect(0, 0, SIDE - 1, SIDE - 1)
        painter.drawPixmap((SIDE - SIGN) // 2, (SIDE - SIGN) // 2, pixmap("warning", SIGN, palette.now().edge))
    else:
        painter.drawImage((SIDE - image.width()) // 2, (SIDE - image.height()) // 2, image)
    painter.end()
    return square


class PictureView(QLabel):
    """One image, as large as there is room for it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self._image = QImage()
        self._path: Path | None = None

    def show_file(self, path: Path | None) -> None:
        """Show an image, which is read in the background; None shows nothing."""
        if path == self._path:
            return
        self._path = path
        self._image = QImage()
        self.clear()

        def done(image: QImage) -> None:
            if path == self._path:
                self._image = image
                self._draw()

        if path is not None:
            jobs.start(self, lambda _report: read_image(path, QSize(LARGEST, LARGEST)), done=done)

    def _draw(self) -> None:
        if not self._image.isNull():
            smooth = Qt.TransformationMode.SmoothTransformation
            scaled = self._image.scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio, smooth)
            self.setPixmap(QPixmap.fromImage(scaled))
        elif self._path is not None:
            self.setPixmap(pixmap("warning", SIGN, palette.now().edge, self.devicePixelRatioF()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the image into the room there is."""
        super().resizeEvent(event)
        if not self._image.isNull():
            self._draw()
