"""Colours of a heat map: one hue, which every eye can tell apart, and text that stands out from it."""

from functools import cache

from PySide6.QtGui import QColor

from workbench.ui.theme import palette

DARKEST = 0.85
"""Share of the colour of curves in the fullest cell."""

LEVELS = 100

INKS = (QColor("#000000"), QColor("#ffffff"))
"""One of these has a contrast of 4.5 or better on any colour."""


def shade(share: float, scheme: str) -> tuple[QColor, QColor]:
    """Return the colours of a cell and of the text on it.

    Args:
        share: How full it is, from 0 to 1. Small shares are spread: a few mistakes among many rows must be seen.
        scheme: Name of the palette in use.
    """
    return _colours(round(LEVELS * share**0.5), scheme)


@cache
def _colours(level: int, scheme: str) -> tuple[QColor, QColor]:
    colours = palette.DARK if scheme == palette.DARK.name else palette.LIGHT
    ground, full, much = QColor(colours.base), QColor(colours.curves[0]), DARKEST * level / LEVELS
    red, green, blue = (
        round(low + much * (high - low))
        for low, high in (
            (ground.red(), full.red()),
            (ground.green(), full.green()),
            (ground.blue(), full.blue()),
        )
    )
    fill = QColor(red, green, blue)
    return fill, max(INKS, key=lambda ink: contrast(ink, fill))


def contrast(one: QColor, other: QColor) -> float:
    """Return how well two colours can be told apart, from 1 to 21 (WCAG 2.2, contrast ratio)."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
