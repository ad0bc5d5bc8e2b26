"""Icons drawn for the program: SVG files in resources/icons, coloured from the palette."""

from functools import cache

from PySide6.QtCore import QByteArray, QObject, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractButton

from workbench.core.paths import resources
from workbench.ui.theme import palette
from workbench.ui.theme.style import theme

SIZES = (16, 20, 24, 32, 48, 64)


def pixmap(name: str, size: int, colour: str, ratio: float = 1.0) -> QPixmap:
    """Draw an icon ``size`` pixels wide in a colour."""
    image = QPixmap(QSize(round(size * ratio), round(size * ratio)))
    image.setDevicePixelRatio(ratio)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    drawing = _drawing(name).replace("currentColor", colour)
    QSvgRenderer(QByteArray(drawing.encode())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return image


@cache
def _drawing(name: str) -> str:
    return (resources() / "icons" / f"{name}.svg").read_text("utf-8")


def icon(name: str) -> QIcon:
    """Return an icon in the colours of the palette in use: plain, disabled, and accented when on."""
    colours, made = palette.now(), QIcon()
    states = (
        (QIcon.Mode.Normal, QIcon.State.Off, colours.text),
        (QIcon.Mode.Normal, QIcon.State.On, colours.accent),
        (QIcon.Mode.Disabled, QIcon.State.Off, colours.edge),
    )
    for size in SIZES:
        for mode, state, colour in states:
            made.addPixmap(pixmap(name, size, colour), mode, state)
    return made


class _Dress(QObject):
    """Belongs to a button, so that the connection to the theme ends with it."""

    def __init__(self, button: QAbstractButton, name: str) -> None:
        super().__init__(button)
        self._button = button
        self._name = name
        theme().changed.connect(self.put_on)
        self.put_on()

    def put_on(self) -> None:
        self._button.setIcon(icon(self._name))


def dress(button: QAbstractButton, name: str) -> None:
    """Give a button an icon that changes its colours with the theme."""
    _Dress(button, name)
