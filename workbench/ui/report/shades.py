"""Colours of a heat map: one hue, which every eye can tell apart, and text that stands out from it."""

from PySide6.QtGui import QColor

from workbench.ui.theme import palette

DARKEST = 0.85
"""Share of the colour of curves in the fullest cell."""


def shade(share: float) -> QColor:
    """Return the colour of a cell; small shares are spread, for a few mistakes among many rows must be seen."""
    colours = palette.now()
    ground, full, much = QColor(colours.base), QColor(colours.curves[0]), DARKEST * share**0.5
    parts = zip(ground.getRgb()[:3], full.getRgb()[:3], strict=True)  # type: ignore[index]
    return QColor(*(round(low + much * (high - low)) for low, high in parts))


def on(fill: QColor) -> QColor:
    """Return the colour of text on a cell, light or dark, whichever has more contrast (WCAG 2.2, contrast ratio)."""
    choices = [QColor(palette.LIGHT.text), QColor(palette.LIGHT.base)]
    return max(choices, key=lambda ink: _contrast(ink, fill))


def _contrast(one: QColor, other: QColor) -> float:
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: QColor) -> float:
    parts = (colour.redF(), colour.greenF(), colour.blueF())
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
